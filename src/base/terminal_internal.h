#pragma once
// Standard error, shared by log lines and the progress bar: lines go above the bar, and no two
// writers mix. All functions are thread-safe.

#include <string>
#include <string_view>

namespace coterie::internal {

// Whether standard error is a terminal that understands cursor movement (TERM is not "dumb").
bool error_is_terminal();
// Columns of the terminal now; 80 where it does not say.
int error_columns();
// Its rows; 24 where it does not say.
int error_rows();

// Writes `line` and a line end; a bar that is shown is cleared first and drawn again after.
void write_error_line(std::string_view line);
// Shows `bar` (lines narrower than the terminal and fewer than its rows; none needs a line end) in
// place of the one before; empty clears it.
void show_bar(std::string_view bar);

// `text` fit for a terminal or a log: control characters as \xNN, further lines indented.
std::string printable(std::string_view text);

}  // namespace coterie::internal
