#pragma once
// Which column of a file of interactions is what, and what a cell says.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/files/csv_reader.h"
#include "lab/interaction_files.h"

namespace coterie::lab {

enum Role { kUser, kItem, kValue, kTime, kRoles };

struct Layout {
  int columns[kRoles] = {-1, -1, -1, -1};  // -1: not in the file
  std::string names[kRoles];               // for errors
};
// By the names of a header; nullopt unless user and item are among them.
std::optional<Layout> layout_by_names(const std::vector<std::string>& names);
// Error kInvalidInput below two columns.
Result<Layout> layout_by_position(int columns);

// The first column with a name that `role` (user or item) may have. Error kInvalidInput without
// place: there is none.
Result<size_t> id_column(const std::vector<std::string>& names, Role role);

// The next record of a file all of whose records have `width` fields (0: any). Error kInvalidInput
// naming file and line: it is damaged, or of another width.
Result<bool> next_record(data::CsvReader& reader, const std::string& path, size_t width,
                         data::CsvRecord& record);

std::optional<double> number_of(std::string_view text);

// Times of one column are all numbers or all dates.
class TimeReader {
 public:
  // Error kInvalidInput without place.
  Result<int64_t> read(std::string_view text);
  bool dates() const { return kind_ == Kind::kDate; }

 private:
  enum class Kind { kUnknown, kNumber, kDate } kind_ = Kind::kUnknown;
};

// A value as a confidence. Error kInvalidInput without place; `text` is what the file says.
Result<float> confidence_of(double value, std::string_view text);

Result<Interactions> read_text_interactions(const std::string& path, Codes& users, Codes& items);
Result<Interactions> read_parquet_interactions(data::Connection& connection,
                                               const std::string& path, Codes& users, Codes& items);

}  // namespace coterie::lab
