// Items from delimited text. The file is read twice: to learn what its columns are and how many
// rows there are, then to fill them, so that embeddings need not be held as text.
#include <algorithm>
#include <functional>
#include <unordered_set>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/text_parts.h"
#include "data/files/csv_reader.h"
#include "expr/calendar.h"
#include "lab/file_formats.h"
#include "lab/interaction_columns_internal.h"
#include "lab/item_files_internal.h"

namespace coterie::lab {
namespace {

using recommend::ContentKind;

constexpr int64_t kLinesBetweenChecks = 65'536;
constexpr double kMicrosOfDay = 86'400e6;

// Days since 1970; dates may be written with / too.
std::optional<double> days_of(std::string_view text) {
  std::string date(text);
  std::replace(date.begin(), date.end(), '/', '-');
  const auto micros = expr::parse_timestamp(date);
  if (!micros) return std::nullopt;
  return static_cast<double>(*micros) / kMicrosOfDay;
}

// What the cells of a column have in common; missing ones do not count.
struct Census {
  bool numbers = true, dates = true;
  int64_t filled = 0;
  std::unordered_set<size_t> different;  // hashes: texts may be long

  void add(std::string_view cell, bool named) {
    ++filled;
    numbers = numbers && number_of(cell).has_value();
    dates = dates && days_of(cell).has_value();
    if (!named) different.insert(std::hash<std::string_view>()(cell));
  }
};

class ItemTextReader {
 public:
  explicit ItemTextReader(const std::string& path) : path_(path) {}

  Result<ItemFile> run() {
    RETURN_IF_ERROR(take_census());
    ItemRows rows(path_, names_[id_], ItemRows::Place::kLine);
    RETURN_IF_ERROR(rows.begin(rows_));
    std::vector<Wanted> wanted;
    for (size_t i = 0; i < names_.size(); ++i) {
      const auto kind = i == id_ ? std::nullopt : kind_of(i);
      if (!kind) continue;
      wanted.push_back({.column = i, .as_days = *kind == ContentKind::kAge && census_[i].dates});
      rows.add_column(*kind, names_[i]);
    }
    const auto fill = [&](const data::CsvRecord& record) -> Status {
      RETURN_IF_ERROR(rows.add_row(record.line, record.fields[id_]));
      for (size_t c = 0; c < wanted.size(); ++c) {
        const std::string_view cell = trimmed(record.fields[wanted[c].column]);
        const auto days = wanted[c].as_days ? days_of(cell) : std::nullopt;
        RETURN_IF_ERROR(rows.set(c, days ? fmt::format("{}", *days) : std::string(cell)));
      }
      return {};
    };
    RETURN_IF_ERROR(for_each_row(fill));
    return rows.take();
  }

 private:
  struct Wanted {
    size_t column = 0;
    bool as_days = false;
  };

  Status take_census() {
    return for_each_row([this](const data::CsvRecord& record) -> Status {
      ++rows_;
      for (size_t i = 0; i < names_.size(); ++i) {
        const std::string_view cell = trimmed(record.fields[i]);
        if (i != id_ && !cell.empty()) census_[i].add(cell, named_[i]);
      }
      return {};
    });
  }

  Status read_header(const std::vector<std::string_view>& fields) {
    if (!names_.empty()) return {};
    names_.assign(fields.begin(), fields.end());
    census_.resize(names_.size());
    auto id = id_column(names_, kItem);
    if (!id.ok()) return std::move(id).error().at(path_);
    id_ = *id;
    for (const std::string& name : names_) named_.push_back(kind_by_name(name).has_value());
    return {};
  }

  std::optional<ContentKind> kind_of(size_t column) const {
    if (const auto kind = kind_by_name(names_[column])) return kind;
    const Census& census = census_[column];
    if (census.numbers || census.dates) return std::nullopt;
    const bool shared = is_attribute(census.filled, std::ssize(census.different));
    return shared ? std::optional(ContentKind::kAttribute) : std::nullopt;
  }

  Status for_each_row(const std::function<Status(const data::CsvRecord&)>& take) {
    ASSIGN_OR_RETURN(const std::string head, data::first_line(path_));
    data::CsvOptions options;
    options.delimiter = extension_of(path_) == ".tsv" ? "\t" : data::guess_delimiter(head);
    ASSIGN_OR_RETURN(data::CsvReader reader, data::CsvReader::open(path_, options));
    data::CsvRecord record;
    for (int64_t lines = 0;; ++lines) {
      if (lines % kLinesBetweenChecks == 0) RETURN_IF_ERROR(check_cancelled());
      ASSIGN_OR_RETURN(const bool more, next_record(reader, path_, names_.size(), record));
      if (!more) break;
      if (lines == 0) {
        RETURN_IF_ERROR(read_header(record.fields));
      } else {
        RETURN_IF_ERROR(take(record));
      }
    }
    if (!names_.empty()) return {};
    return invalid_input("is empty")
        .at(path_)
        .with_mend("begin it with a line of column names, item among them");
  }

  const std::string& path_;
  std::vector<std::string> names_;
  std::vector<bool> named_;
  std::vector<Census> census_;
  size_t id_ = 0;
  int64_t rows_ = 0;
};

}  // namespace

Result<ItemFile> read_text_items(const std::string& path) { return ItemTextReader(path).run(); }

}  // namespace coterie::lab
