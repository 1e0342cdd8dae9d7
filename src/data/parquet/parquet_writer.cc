#include "data/parquet/parquet_writer.h"

#include <utility>

#include "base/check.h"
#include "data/parquet/parquet_chunk.h"
#include "data/parquet/parquet_footer_internal.h"

namespace coterie::parquet {

RowGroup encode_row_group(std::span<const Column> columns, Compression compression) {
  CHECK(!columns.empty());
  RowGroup group;
  group.rows = columns[0].rows();
  group.compression = compression;
  ChunkEncoder encoder(compression);
  for (const Column& column : columns) {
    CHECK(column.rows() == group.rows);
    group.chunks.push_back(encoder.encode(column, 0, group.rows, group.bytes));
  }
  return group;
}

ParquetWriter::ParquetWriter(std::string path, std::vector<Column> columns, Compression compression)
    : path_(std::move(path)),
      columns_(std::move(columns)),
      compression_(compression),
      file_(std::make_unique<std::ofstream>(path_, std::ios::binary | std::ios::trunc)) {}

Result<ParquetWriter> ParquetWriter::create(const std::string& path, std::vector<Column> columns,
                                            Compression compression) {
  for (Column& column : columns) column.clear();
  ParquetWriter writer(path, std::move(columns), compression);
  RETURN_IF_ERROR(writer.write(std::string(kMagic)));
  return writer;
}

Status ParquetWriter::write(const std::string& bytes) {
  file_->write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes_ += static_cast<int64_t>(bytes.size());
  if (*file_) return {};
  return io_error("cannot write").at(path_);
}

Status ParquetWriter::append(RowGroup group) {
  CHECK(group.chunks.size() == columns_.size());
  CHECK(group.compression == compression_);
  for (ChunkPlace& place : group.chunks) {
    place.data_offset += bytes_;
    if (place.dictionary_offset >= 0) place.dictionary_offset += bytes_;
    places_.push_back(place);
  }
  rows_ += group.rows;
  return write(group.bytes);
}

Result<int64_t> ParquetWriter::finish() {
  std::string footer;
  append_footer(columns_, places_, compression_, footer);
  RETURN_IF_ERROR(write(footer));
  file_->flush();
  RETURN_IF_ERROR(write(std::string()));
  return bytes_;
}

}  // namespace coterie::parquet
