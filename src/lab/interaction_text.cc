// Interactions from delimited text, line by line.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/cancel.h"
#include "data/files/csv_reader.h"
#include "lab/file_formats.h"
#include "lab/interaction_columns_internal.h"

namespace coterie::lab {
namespace {

constexpr int64_t kLinesBetweenChecks = 65'536;

struct Line {
  int64_t number = 0;
  std::vector<std::string> fields;
};

Result<std::string> delimiter_of(const std::string& path) {
  if (extension_of(path) == ".tsv") return std::string("\t");
  ASSIGN_OR_RETURN(const std::string line, data::first_line(path));
  if (line.find("::") != std::string::npos) return std::string("::");
  const std::string guess = data::guess_delimiter(line);
  const bool blank = line.find(guess) == std::string::npos && line.find(' ') != std::string::npos;
  return blank ? " " : guess;
}

bool is_whole(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool has_digit(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Whether the first line of a file, whose names say nothing, stands above the data.
bool is_unnamed_header(const Line& first, const Line& second, const Layout& layout) {
  if (std::any_of(first.fields.begin(), first.fields.end(), has_digit)) return false;
  const auto cell = [&](const Line& line, Role role) -> const std::string& {
    return line.fields[layout.columns[role]];
  };
  if (second.fields.size() != first.fields.size()) return false;
  if (layout.columns[kValue] >= 0 && number_of(cell(second, kValue))) return true;
  return is_whole(cell(second, kUser)) && is_whole(cell(second, kItem));
}

class TextReader {
 public:
  TextReader(const std::string& path, data::CsvReader reader, Codes& users, Codes& items)
      : path_(path), reader_(std::move(reader)), users_(users), items_(items) {}

  Result<Interactions> run() {
    RETURN_IF_ERROR(find_layout());
    for (const Line& line : ahead_) {
      RETURN_IF_ERROR(add(line.number, {line.fields.begin(), line.fields.end()}));
    }
    data::CsvRecord record;
    for (int64_t lines = 1;; ++lines) {
      ASSIGN_OR_RETURN(const bool more, next(record));
      if (!more) break;
      RETURN_IF_ERROR(add(record.line, record.fields));
      if (lines % kLinesBetweenChecks == 0) RETURN_IF_ERROR(check_cancelled());
    }
    if (result_.users.empty()) return invalid_input("holds no rows").at(path_);
    return std::move(result_);
  }

 private:
  Result<bool> next(data::CsvRecord& record) {
    ASSIGN_OR_RETURN(const bool more, reader_.next(record));
    if (more && !record.problem.empty()) {
      return invalid_input(record.problem)
          .at(path_, record.line)
          .with_mend("mend or remove the line");
    }
    return more;
  }

  // Reads the first two lines; those that hold data stay in `ahead_`.
  Status find_layout() {
    data::CsvRecord record;
    for (int i = 0; i < 2; ++i) {
      ASSIGN_OR_RETURN(const bool more, next(record));
      if (!more) break;
      ahead_.push_back({record.line, {record.fields.begin(), record.fields.end()}});
    }
    if (ahead_.empty()) return invalid_input("holds no rows").at(path_);
    width_ = ahead_.front().fields.size();
    bool header = true;
    if (const auto named = layout_by_names(ahead_.front().fields)) {
      layout_ = *named;
    } else {
      auto layout = layout_by_position(static_cast<int>(width_));
      if (!layout.ok()) return std::move(layout).error().at(path_, ahead_.front().number);
      layout_ = *layout;
      header = ahead_.size() == 2 && is_unnamed_header(ahead_[0], ahead_[1], layout_);
    }
    if (header) ahead_.erase(ahead_.begin());
    return {};
  }

  Error cell_error(Error error, int64_t line, Role role) const {
    return std::move(error).in_table("", layout_.names[role]).at(path_, line);
  }

  Status add(int64_t line, const std::vector<std::string_view>& fields) {
    if (fields.size() != width_) {
      return invalid_input(fmt::format("has {} columns, the first line {}", fields.size(), width_))
          .at(path_, line)
          .with_mend("mend or remove the line");
    }
    for (const Role role : {kUser, kItem}) {
      if (!fields[layout_.columns[role]].empty()) continue;
      return cell_error(
          invalid_input("an id is missing").with_mend("fill it in or remove the line"), line, role);
    }
    float confidence = 1;
    if (layout_.columns[kValue] >= 0) {
      const std::string_view text = fields[layout_.columns[kValue]];
      auto value = confidence_of(number_of(text).value_or(-1), text);
      if (!value.ok()) return cell_error(std::move(value).error(), line, kValue);
      confidence = *value;
    }
    if (layout_.columns[kTime] >= 0) {
      auto time = times_.read(fields[layout_.columns[kTime]]);
      if (!time.ok()) return cell_error(std::move(time).error(), line, kTime);
      result_.times.push_back(*time);
      result_.dates = times_.dates();
    }
    result_.users.push_back(users_.code_of(fields[layout_.columns[kUser]]));
    result_.items.push_back(items_.code_of(fields[layout_.columns[kItem]]));
    result_.values.push_back(confidence);
    return {};
  }

  const std::string& path_;
  data::CsvReader reader_;
  Codes& users_;
  Codes& items_;
  Layout layout_;
  size_t width_ = 0;
  std::vector<Line> ahead_;
  TimeReader times_;
  Interactions result_;
};

}  // namespace

Result<Interactions> read_text_interactions(const std::string& path, Codes& users, Codes& items) {
  data::CsvOptions options;
  ASSIGN_OR_RETURN(options.delimiter, delimiter_of(path));
  ASSIGN_OR_RETURN(data::CsvReader reader, data::CsvReader::open(path, options));
  return TextReader(path, std::move(reader), users, items).run();
}

}  // namespace coterie::lab
