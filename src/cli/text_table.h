#pragma once
// Tables for people: aligned columns, a rule under the header, cells cut to a width. Widths count
// characters as a terminal shows them, so names with accents stay aligned.

#include <string>
#include <string_view>
#include <vector>

namespace coterie::cli {

class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> row);  // one cell a column
  size_t rows() const { return rows_.size(); }
  // Lines begin with `indent` spaces; cells wider than `max_cell` end in "…".
  std::string render(int indent = 0, int max_cell = 60) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// At most `width` cells, "…" at the end if something was cut; control characters become spaces.
std::string fit_cell(std::string_view text, int width);
// `share` of `width` as blocks: "██████▌   ".
std::string bar(double share, int width);

}  // namespace coterie::cli
