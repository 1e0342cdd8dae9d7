#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "data/engine/sql_text.h"
#include "features/offline/row_merge_internal.h"

namespace coterie::features {
namespace {

constexpr const char* kRowNumber = "row number";

}  // namespace

parquet::Column row_number_column(std::span<const int64_t> rows) {
  parquet::Column column{.name = kRowNumber, .type = parquet::ColumnType::kInteger};
  column.integers.assign(rows.begin(), rows.end());
  return column;
}

Status merge_rows(data::Connection& connection, const Spine& spine,
                  const std::vector<std::string>& parts, const std::string& path) {
  const std::string number = data::quote_name(kRowNumber);
  return connection.execute(fmt::format(
      "COPY (SELECT s.* EXCLUDE ({0}), f.* EXCLUDE ({0}) FROM (SELECT *, row_number() OVER () - 1 "
      "AS {0} FROM {1}) s JOIN read_parquet({2}) f ON s.{0} = f.{0} ORDER BY s.{0}) TO {3} (FORMAT "
      "parquet, COMPRESSION zstd, ROW_GROUP_SIZE {4})",
      number, spine.relation, data::quote_text_list(parts), data::quote_text(path),
      parquet::kRowGroupRows));
}

const std::string& PartFiles::add(std::string path) {
  paths_.push_back(std::move(path));
  return paths_.back();
}

PartFiles::~PartFiles() {
  std::error_code ignored;
  for (const std::string& path : paths_) std::filesystem::remove(path, ignored);
}

}  // namespace coterie::features
