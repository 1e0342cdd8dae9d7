#include <algorithm>
#include <map>
#include <mutex>
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

constexpr auto kCompression = parquet::Compression::kZstd;

// Parts that arrive in any order, written in theirs by whoever brings the one that is next, while
// the other threads go on.
class InOrder {
 public:
  explicit InOrder(parquet::ParquetWriter& writer) : writer_(writer) {}

  void put(int64_t part, Result<EncodedRows> groups) {
    std::unique_lock lock(mutex_);
    ready_.emplace(part, std::move(groups));
    if (writing_) return;
    writing_ = true;
    for (auto found = ready_.find(next_); found != ready_.end(); found = ready_.find(++next_)) {
      Result<EncodedRows> taken = std::move(found->second);
      ready_.erase(found);
      if (!status_.ok()) continue;
      lock.unlock();
      Status written = write(std::move(taken));
      lock.lock();
      status_ = std::move(written);
    }
    writing_ = false;
  }
  bool failed() {
    const std::lock_guard lock(mutex_);
    return !status_.ok();
  }
  // Of the first part that failed. After the last put().
  const Status& status() const { return status_; }

 private:
  Status write(Result<EncodedRows> groups) {
    if (!groups.ok()) return groups.error();
    for (parquet::RowGroup& group : *groups) RETURN_IF_ERROR(writer_.append(std::move(group)));
    return {};
  }

  parquet::ParquetWriter& writer_;
  std::mutex mutex_;
  std::map<int64_t, Result<EncodedRows>> ready_;
  int64_t next_ = 0;
  bool writing_ = false;
  Status status_;
};

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
  InOrder parts(writer);
  pool.parallel_for_worker(tasks, 1, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t part = begin; part < end; ++part) {
      const Status go_on = check_cancelled();
      if (!go_on.ok()) {
        parts.put(part, go_on.error());
      } else if (!parts.failed()) {
        parts.put(part, task(part, scratch[static_cast<size_t>(worker)]));
      }
    }
  });
  RETURN_IF_ERROR(parts.status());
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
