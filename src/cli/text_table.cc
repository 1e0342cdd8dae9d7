#include "cli/text_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"
#include "base/utf8.h"

namespace coterie::cli {
std::string fit_cell(std::string_view text, int width) {
  const bool cut = display_width(text) > width;
  std::string_view left = cut ? fit_width(text, width - 1) : text;
  std::string result;
  while (!left.empty()) {
    const CodePoint next = next_code_point(left);
    const bool control = next.value < 0x20 || next.value == 0x7F;
    if (!next.valid) {
      result += "\uFFFD";
    } else if (control) {
      result += ' ';
    } else {
      result += left.substr(0, next.bytes);
    }
    left.remove_prefix(next.bytes);
  }
  return cut ? result + "…" : result;
}

std::string bar(double share, int width) {
  constexpr std::array<const char*, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width * 8));
  std::string text;
  for (int i = 0; i < eighths / 8; ++i) text += "█";
  text += kEighths[static_cast<size_t>(eighths % 8)];
  const int used = (eighths + 7) / 8;
  return text + std::string(static_cast<size_t>(width - used), ' ');
}

void TextTable::add(std::vector<std::string> row) {
  CHECK(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::string TextTable::render(int indent, int max_cell) const {
  std::vector<int> widths;
  for (size_t c = 0; c < columns_.size(); ++c) {
    int width = display_width(columns_[c].title);
    for (const auto& row : rows_)
      width = std::max(width, std::min(display_width(row[c]), max_cell));
    widths.push_back(width);
  }
  std::string text;
  const auto add_line = [&](const auto& cell_of) {
    std::string line(static_cast<size_t>(indent), ' ');
    for (size_t c = 0; c < columns_.size(); ++c) {
      const std::string cell = fit_cell(cell_of(c), std::max(widths[c], 1));
      const std::string pad(static_cast<size_t>(std::max(0, widths[c] - display_width(cell))), ' ');
      line += c > 0 ? "  " : "";
      line += columns_[c].align == Align::kRight ? pad + cell : cell + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_line([&](size_t c) { return columns_[c].title; });
  std::string rule(static_cast<size_t>(indent), ' ');
  for (size_t c = 0; c < columns_.size(); ++c) {
    rule += c > 0 ? "  " : "";
    for (int i = 0; i < widths[c]; ++i) rule += "─";
  }
  text += rule + "\n";
  for (const auto& row : rows_) add_line([&](size_t c) { return row[c]; });
  return text;
}

}  // namespace coterie::cli
