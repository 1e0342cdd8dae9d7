#pragma once
// Writes one Parquet file row group by row group: what does not fit into memory as a whole, or is
// encoded by several threads.

#include <cstdint>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/parquet/parquet_file.h"

namespace coterie::parquet {

enum class Compression { kNone, kZstd };

// Where one column of one row group lies, for the footer.
struct ChunkPlace {
  int64_t dictionary_offset = -1;  // none
  int64_t data_offset = 0;
  int64_t bytes = 0;
  int64_t plain_bytes = 0;  // before compression
  int64_t rows = 0;
  int64_t values = 0;  // rows, or elements of lists and a place for each list without any
  int64_t nulls = 0;
  int32_t encoding = 0;
  bool has_range = false;  // least and greatest, of integers that are not all null
  int64_t least = 0;
  int64_t greatest = 0;
};

// An encoded row group; offsets are from its first byte.
struct RowGroup {
  std::string bytes;
  std::vector<ChunkPlace> chunks;  // one a column
  int64_t rows = 0;
  Compression compression = Compression::kNone;
};

// Encodes all rows of the columns, at least one, as one row group. Thread-safe. The bytes depend on
// the columns alone.
RowGroup encode_row_group(std::span<const Column> columns, Compression compression);

// Not thread-safe. Destroyed before finish(), it leaves an unfinished file behind.
class ParquetWriter {
 public:
  // `columns` say names and types; their values are not looked at. `path` is created or truncated.
  static Result<ParquetWriter> create(const std::string& path, std::vector<Column> columns,
                                      Compression compression);
  // `group` is encoded from these columns with this compression. kIo or kResourceExhausted, naming
  // the file. Groups end up in the order of the calls.
  Status append(RowGroup group);
  int64_t rows() const { return rows_; }
  // Writes the footer; the file is complete but not synced. Returns its size.
  Result<int64_t> finish();

 private:
  ParquetWriter(std::string path, std::vector<Column> columns, Compression compression);
  Status write(const std::string& bytes);

  std::string path_;
  std::vector<Column> columns_;
  Compression compression_;
  std::unique_ptr<std::ofstream> file_;
  std::vector<ChunkPlace> places_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace coterie::parquet
