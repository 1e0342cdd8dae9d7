#include <fmt/format.h>

#include "data/ingest/staging_batch_internal.h"

namespace coterie::data {
namespace {

constexpr size_t kBatchBytes = size_t{64} << 20;
constexpr int64_t kBatchRows = 1'000'000;
constexpr const char* kTable = "staging_batch";

}  // namespace

Status StagingBatch::open() {
  std::string columns = fmt::format("{} BIGINT", kLineColumn);
  for (const std::string& column : columns_) columns += ", " + quote_name(column) + " VARCHAR";
  RETURN_IF_ERROR(
      connection_.execute(fmt::format("CREATE OR REPLACE TEMP TABLE {} ({})", kTable, columns)));
  ASSIGN_OR_RETURN(Appender appender, connection_.append_to(kTable));
  appender_.emplace(std::move(appender));
  return {};
}

Status StagingBatch::add(int64_t line, const std::vector<std::string_view>& fields) {
  if (!appender_) RETURN_IF_ERROR(open());
  RETURN_IF_ERROR(appender_->add(line));
  for (const std::string_view field : fields) {
    RETURN_IF_ERROR(field.empty() ? appender_->add_null() : appender_->add(field));
    bytes_ += field.size() + 16;
  }
  RETURN_IF_ERROR(appender_->end_row());
  if (++rows_ >= kBatchRows || bytes_ >= kBatchBytes) return flush();
  return {};
}

Status StagingBatch::flush() {
  if (!appender_) return {};
  RETURN_IF_ERROR(appender_->close());
  appender_.reset();
  const std::string path = staging_.new_path(".parquet");
  RETURN_IF_ERROR(connection_.execute(
      fmt::format("COPY {} TO {} (FORMAT parquet, COMPRESSION lz4_raw); DROP TABLE {}", kTable,
                  quote_text(path), kTable)));
  parts_.push_back(path);
  rows_ = 0;
  bytes_ = 0;
  return {};
}

Result<std::vector<std::string>> StagingBatch::finish() {
  RETURN_IF_ERROR(flush());
  return std::move(parts_);
}

}  // namespace coterie::data
