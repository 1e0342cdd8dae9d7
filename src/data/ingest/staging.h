#pragma once
// Text files and query results are staged as Parquet before anything is made of them: they are read
// once, memory stays bounded, and every row carries its file and its physical line.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "data/engine/engine.h"
#include "data/files/csv_reader.h"
#include "data/ingest/source_files.h"

namespace coterie::data {

// Columns of every staged part, before the file's own.
inline constexpr const char* kLineColumn = "__line";  // BIGINT, 1-based
inline constexpr const char* kRawColumn = "__raw";    // of JSON on its way: the whole line

// A row that the reader could not make a record of.
struct ReaderReject {
  int64_t line;
  std::string reason;
  std::string raw;  // at most kMaxRawBytes
};
inline constexpr size_t kMaxRawBytes = 1000;

struct StagedFile {
  std::vector<std::string> parts;    // Parquet files; none when the file has no records
  std::vector<std::string> columns;  // VARCHAR each, behind kLineColumn
  int64_t records = 0;               // rejected ones included
  std::vector<ReaderReject> rejects;
};

// The folder of one ingest, removed with it. Not thread-safe.
class Staging {
 public:
  // Makes a folder of its own below `parent` and removes those that dead processes left there.
  static Result<Staging> create(const std::string& parent);

  // Stages a file, or returns what is staged already for the same file and settings. One file may
  // feed several roles.
  //
  // CSV: all values as text; `names` are the columns, or the header line's when it is empty.
  // Records with another number of fields than the header are rejects. An empty file, a header with
  // a name twice (compared without letter case) or more than a million faulty records are errors.
  Result<const StagedFile*> csv(const SourceFile& file, const SourceConfig& source,
                                Connection& connection, Progress& progress);
  // JSON lines: one object a line. Columns are the keys found in any line, a nested key as
  // "outer.inner"; values are texts as JSON writes them. Lines that are no object are rejects.
  Result<const StagedFile*> json(const SourceFile& file, Connection& connection,
                                 Progress& progress);
  // The rows of a SELECT, numbered in their order in kLineColumn.
  Result<std::string> query(const std::string& select, Connection& connection);

  // A path in the folder that nothing has used yet.
  std::string new_path(const std::string& extension);

  Staging(Staging&&) noexcept;
  Staging& operator=(Staging&&) noexcept;
  ~Staging();

 private:
  explicit Staging(std::string folder);
  std::string folder_;
  int64_t next_ = 0;
  std::map<std::string, std::unique_ptr<StagedFile>> staged_;
};

// How a CSV file is read: what `source` declares, the rest from the file's name and first line.
Result<CsvOptions> csv_options(const SourceFile& file, const SourceConfig& source);

}  // namespace coterie::data
