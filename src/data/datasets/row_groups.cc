#include <algorithm>
#include <string>
#include <utility>

#include "base/cancel.h"
#include "base/check.h"
#include "data/datasets/row_groups_internal.h"

namespace coterie::data {
namespace {

using parquet::ColumnType;

ColumnType type_of(std::string_view type) {
  if (type == "customer" || type == "article" || type == "name" || type == "INTEGER")
    return ColumnType::kInteger32;
  if (type == "BIGINT") return ColumnType::kInteger;
  if (type == "DOUBLE") return ColumnType::kReal;
  if (type == "DATE") return ColumnType::kDate;
  if (type == "TIMESTAMP") return ColumnType::kTimestamp;
  if (type == "money" || type.starts_with("DECIMAL(18,")) return ColumnType::kDecimal;
  CHECK(type == "VARCHAR");
  return ColumnType::kText;
}

// Parts in memory at once, a thread.
constexpr int64_t kPartsAhead = 4;
constexpr auto kCompression = parquet::Compression::kZstd;

}  // namespace

std::vector<parquet::Column> stored_columns(const DatasetTable& table, const Facts& facts) {
  std::vector<parquet::Column> columns;
  for (const DatasetColumn& declared : table.columns) {
    parquet::Column& column = columns.emplace_back();
    column.name = declared.name;
    column.type = type_of(declared.type);
    column.nullable = true;
    if (declared.type == "money") column.decimals = facts.money_decimals;
    if (declared.type.starts_with("DECIMAL(18,"))
      column.decimals = std::stoi(std::string(declared.type.substr(11)));
  }
  return columns;
}

Result<int64_t> write_groups(const std::string& path, const std::vector<parquet::Column>& columns,
                             ThreadPool& pool, int64_t tasks, const GroupTask& task) {
  ASSIGN_OR_RETURN(auto writer, parquet::ParquetWriter::create(path, columns, kCompression));
  std::vector<std::vector<parquet::Column>> scratch(static_cast<size_t>(pool.threads()), columns);
  const int64_t wave = kPartsAhead * pool.threads();
  for (int64_t first = 0; first < tasks; first += wave) {
    RETURN_IF_ERROR(check_cancelled());
    std::vector<Result<EncodedRows>> done(static_cast<size_t>(std::min(wave, tasks - first)),
                                          EncodedRows());
    pool.parallel_for_worker(std::ssize(done), 1, [&](int64_t begin, int64_t end, int worker) {
      for (int64_t i = begin; i < end; ++i)
        done[static_cast<size_t>(i)] = task(first + i, scratch[static_cast<size_t>(worker)]);
    });
    for (Result<EncodedRows>& groups : done) {
      if (!groups.ok()) return groups.error();
      for (parquet::RowGroup& group : *groups) RETURN_IF_ERROR(writer.append(std::move(group)));
    }
  }
  const Result<int64_t> bytes = writer.finish();
  if (!bytes.ok()) return bytes.error();
  return writer.rows();
}

int64_t even_group(int64_t rows) {
  const int64_t groups =
      std::max<int64_t>(1, (rows + parquet::kRowGroupRows - 1) / parquet::kRowGroupRows);
  return std::max<int64_t>(1, (rows + groups - 1) / groups);
}

parquet::RowGroup take_group(std::vector<parquet::Column>& columns) {
  parquet::RowGroup group = parquet::encode_row_group(columns, kCompression);
  for (parquet::Column& column : columns) column.clear();
  return group;
}

}  // namespace coterie::data
