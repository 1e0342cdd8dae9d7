#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/hash.h"
#include "data/engine/sql_text.h"
#include "data/warehouse/parts_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

// Version 2 of the format and zstd: docs/decisions/0004-embedded-warehouse.md says why.
constexpr const char* kFormat =
    "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE 122880";

// Removes the file of a write that failed, unless it is told that all went well.
class Cleanup {
 public:
  explicit Cleanup(std::string path) : path_(std::move(path)) {}
  ~Cleanup() {
    std::error_code ignored;
    if (!done_) fs::remove(path_, ignored);
  }
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;
  void keep() { done_ = true; }

 private:
  std::string path_;
  bool done_ = false;
};

Result<StagedPart> copy_out(Connection& connection, const PartRequest& request,
                            const std::string& path) {
  StagedPart part;
  part.file = request.file;
  const std::string sql =
      fmt::format("COPY ({}\n) TO {} ({}, USE_TMP_FILE false, RETURN_STATS true)", request.select,
                  quote_text(path), kFormat);
  RETURN_IF_ERROR(connection.for_each_chunk(sql, [&](const Chunk& chunk) {
    part.rows = chunk.column(1).as_int(0);
    part.bytes = chunk.column(2).as_int(0);
    return Status();
  }));
  return part;
}

Result<StagedPart> write_rows(const PartRequest& request, const std::string& path) {
  StagedPart part;
  part.file = request.file;
  ASSIGN_OR_RETURN(part.rows, request.rows->write(path));
  std::error_code failed;
  part.bytes = static_cast<int64_t>(fs::file_size(path, failed));
  if (failed) return io_error("cannot find what was written").at(path);
  return part;
}

Status count_days(Connection& connection, const PartRequest& request, const std::string& path,
                  StagedPart& part) {
  const std::string sql = "SELECT " + quote_name(request.day_column) +
                          ", count(*) FROM read_parquet(" + quote_text_list({path}) +
                          ", hive_partitioning = false) GROUP BY 1 ORDER BY 1";
  return connection.for_each_chunk(sql, [&](const Chunk& chunk) -> Status {
    const ColumnView days = chunk.column(0);
    const ColumnView counts = chunk.column(1);
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      if (days.is_null(row)) {
        return invalid_input(fmt::format("{} rows have no day", counts.as_int(row)))
            .in_table(request.table, request.day_column)
            .with_mend("leave these rows out, or give them a day");
      }
      part.days.push_back({days.as_days(row), counts.as_int(row)});
    }
    return {};
  });
}

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : value_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

}  // namespace

Result<uint32_t> checksum_file(const std::string& path) {
  const Descriptor file(path);
  if (file.get() < 0) return io_error("cannot open the part").at(path);
  std::string buffer(size_t{1} << 20, '\0');
  uint32_t checksum = 0;
  while (true) {
    const ssize_t got = read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("cannot read the part").at(path);
    if (got == 0) return checksum;
    checksum = crc32c(std::string_view(buffer).substr(0, static_cast<size_t>(got)), checksum);
  }
}

Result<std::optional<StagedPart>> write_part(Connection& connection, const PartRequest& request) {
  const std::string path = request.warehouse + "/" + request.file;
  const std::string folder = fs::path(path).parent_path().string();
  RETURN_IF_ERROR(make_folders(folder));
  Cleanup cleanup(path);
  ASSIGN_OR_RETURN(StagedPart part, request.rows != nullptr ? write_rows(request, path)
                                                            : copy_out(connection, request, path));
  if (part.rows == 0) return std::optional<StagedPart>();
  RETURN_IF_ERROR(sync_path(path));
  ASSIGN_OR_RETURN(part.checksum, checksum_file(path));
  if (!request.day_column.empty()) RETURN_IF_ERROR(count_days(connection, request, path, part));
  RETURN_IF_ERROR(sync_path(folder));
  cleanup.keep();
  return std::optional(std::move(part));
}

Status check_part_size(const std::string& warehouse, const std::string& table,
                       const PartRow& part) {
  const std::string path = warehouse + "/" + part.file;
  std::error_code failed;
  const auto bytes = fs::file_size(path, failed);
  const std::string mend = "restore the warehouse from a backup, or write the table again";
  if (failed) {
    return corrupt("a part is missing: " + failed.message())
        .at(path)
        .in_table(table)
        .with_mend(mend);
  }
  if (static_cast<int64_t>(bytes) == part.bytes) return {};
  return corrupt(
             fmt::format("a part is damaged: it has {} bytes, {} were written", bytes, part.bytes))
      .at(path)
      .in_table(table)
      .with_mend(mend);
}

}  // namespace coterie::data
