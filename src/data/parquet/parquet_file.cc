#include "data/parquet/parquet_file.h"

#include <algorithm>

#include "base/atomic_file.h"
#include "base/check.h"
#include "data/parquet/parquet_chunk.h"
#include "data/parquet/parquet_footer_internal.h"

namespace coterie::parquet {

int64_t Column::rows() const {
  if (is_list()) return static_cast<int64_t>(ends.size());
  return static_cast<int64_t>(std::max({codes.size(), integers.size(), reals.size()}));
}

void Column::clear() {
  codes.clear();
  integers.clear();
  reals.clear();
  ends.clear();
}

void Column::add_null_list() {
  CHECK(nullable);
  CHECK(list_begin(rows()) == elements());
  ends.push_back(~elements());
}

std::string encode_parquet(std::span<const Column> columns) {
  CHECK(!columns.empty());
  const int64_t rows = columns[0].rows();
  for (const Column& column : columns) CHECK(column.rows() == rows);
  std::string out(kMagic);
  std::vector<ChunkPlace> places;
  ChunkEncoder encoder(Compression::kNone);
  for (int64_t begin = 0; begin < rows; begin += kRowGroupRows) {
    for (const Column& column : columns) {
      places.push_back(encoder.encode(column, begin, std::min(kRowGroupRows, rows - begin), out));
    }
  }
  append_footer(columns, places, Compression::kNone, out);
  return out;
}

Result<int64_t> write_parquet(const std::string& path, std::span<const Column> columns) {
  const std::string bytes = encode_parquet(columns);
  RETURN_IF_ERROR(write_file_atomic(path, bytes));
  return static_cast<int64_t>(bytes.size());
}

}  // namespace coterie::parquet
