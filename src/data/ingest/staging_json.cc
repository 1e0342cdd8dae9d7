#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "data/ingest/staging_readers_internal.h"

namespace coterie::data {
namespace {

constexpr int kMaxNesting = 4;

// Where a value lies: keys from the outside in.
using KeyPath = std::vector<std::string>;

std::string json_path(const KeyPath& keys) {
  std::string path = "$";
  for (const std::string& key : keys) path += ".\"" + key + "\"";
  return quote_text(path);
}

std::string column_name(const KeyPath& keys) { return fmt::format("{}", fmt::join(keys, ".")); }

// Keys of the objects at `path`, sorted; those that a JSON path cannot name are left out.
Result<std::vector<std::string>> keys_at(const KeyPath& path, const std::string& rows,
                                         Connection& connection) {
  std::vector<std::string> keys;
  RETURN_IF_ERROR(connection.for_each_chunk(
      fmt::format("SELECT DISTINCT unnest(json_keys({0}, {1})) AS key FROM {2} "
                  "WHERE json_type({0}, {1}) = 'OBJECT' ORDER BY key",
                  kRawColumn, json_path(path), rows),
      [&](const Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          const std::string key(chunk.column(0).as_text(row));
          if (key.find_first_of("\"\\") == std::string::npos && !key.empty()) keys.push_back(key);
        }
        return {};
      }));
  return keys;
}

// All values that are no objects, and objects at the deepest level, depth first.
Status find_columns(const KeyPath& path, const std::string& rows, Connection& connection,
                    std::vector<KeyPath>& columns) {
  ASSIGN_OR_RETURN(const auto keys, keys_at(path, rows, connection));
  for (const std::string& key : keys) {
    KeyPath below = path;
    below.push_back(key);
    columns.push_back(below);
    if (static_cast<int>(below.size()) < kMaxNesting) {
      RETURN_IF_ERROR(find_columns(below, rows, connection, columns));
    }
  }
  return {};
}

// Lines that are no JSON object become rejects.
Status reject_malformed(const StagingJob& job, const std::string& rows) {
  return job.connection.for_each_chunk(
      fmt::format("SELECT {0}, left({1}, 1000), json_valid({1}) FROM {2} "
                  "WHERE NOT json_valid({1}) OR json_type({1}) <> 'OBJECT' ORDER BY {0}",
                  kLineColumn, kRawColumn, rows),
      [&](const Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          CsvRecord record;
          record.line = chunk.column(0).as_int(row);
          record.raw = chunk.column(1).as_text(row);
          RETURN_IF_ERROR(add_reject(
              job, record,
              chunk.column(2).as_int(row) != 0 ? "not a JSON object" : "malformed JSON"));
        }
        return {};
      });
}

Result<std::vector<std::string>> stage_lines(const StagingJob& job) {
  // A delimiter that no line holds makes every line one field.
  ASSIGN_OR_RETURN(CsvReader reader,
                   CsvReader::open(job.file.path, {.delimiter = "\n", .quote = '\0'}));
  StagingBatch batch(job.staging, job.connection, {kRawColumn});
  CsvRecord record;
  int64_t seen_bytes = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool any, reader.next(record));
    if (!any) break;
    if (++job.staged.records % kRecordsBetweenLooks == 0) {
      RETURN_IF_ERROR(show_progress(job, reader, seen_bytes));
    }
    if (record.problem.empty()) {
      RETURN_IF_ERROR(batch.add(record.line, record.fields));
    } else {
      RETURN_IF_ERROR(add_reject(job, record, record.problem));
    }
  }
  RETURN_IF_ERROR(show_progress(job, reader, seen_bytes));
  return batch.finish();
}

}  // namespace

Status stage_json(const StagingJob& job) {
  ASSIGN_OR_RETURN(const std::vector<std::string> parts, stage_lines(job));
  if (parts.empty()) return {};
  const std::string lines = fmt::format("read_parquet({})", quote_text_list(parts));
  RETURN_IF_ERROR(reject_malformed(job, lines));
  const std::string rows = fmt::format(
      "(SELECT * FROM {0} WHERE json_valid({1}) AND "
      "json_type(CASE WHEN json_valid({1}) THEN {1} END) = 'OBJECT')",
      lines, kRawColumn);
  std::vector<KeyPath> columns;
  RETURN_IF_ERROR(find_columns({}, rows, job.connection, columns));
  std::string select = kLineColumn;
  std::set<std::string> names;
  for (const KeyPath& column : columns) {
    const std::string name = column_name(column);
    if (!names.insert(lower_case(name)).second) {
      return Error(ErrorCode::kInvalidInput,
                   fmt::format("the key '{}' occurs twice, or in another letter case too", name))
          .at(job.file.name)
          .with_mend("give the keys one letter case");
    }
    job.staged.columns.push_back(name);
    select += fmt::format(", json_extract_string({}, {}) AS {}", kRawColumn, json_path(column),
                          quote_name(name));
  }
  const std::string path = job.staging.new_path(".parquet");
  RETURN_IF_ERROR(job.connection.execute(
      fmt::format("COPY (SELECT {} FROM {}) TO {} (FORMAT parquet, COMPRESSION lz4_raw)", select,
                  rows, quote_text(path))));
  job.staged.parts = {path};
  return {};
}

}  // namespace coterie::data
