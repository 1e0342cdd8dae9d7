#include "synth/parquet_file.h"

#include <algorithm>
#include <cstring>

#include "base/atomic_file.h"
#include "base/check.h"
#include "synth/parquet_chunk.h"
#include "synth/parquet_encoding.h"

namespace coterie::synth {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr int64_t kRowGroup = 122'880;

void append_logical_type(ColumnType type, ThriftWriter& footer) {
  enum Converted : int32_t { kUtf8 = 0, kDecimal = 5, kConvertedDate = 6 };
  switch (type) {
    case ColumnType::kText:
      footer.field(6, int32_t{kUtf8});
      footer.begin_struct(10);
      footer.empty_struct(1);
      footer.end_struct();
      break;
    case ColumnType::kMoney:
      footer.field(6, int32_t{kDecimal});
      footer.field(7, 2);  // scale
      footer.field(8, 9);  // precision
      break;
    case ColumnType::kDate:
      footer.field(6, int32_t{kConvertedDate});
      break;
    case ColumnType::kTimestamp:
      footer.begin_struct(10);
      footer.begin_struct(8);
      footer.field(1, false);  // not adjusted: read as TIMESTAMP, not TIMESTAMP WITH TIME ZONE
      footer.begin_struct(2);
      footer.empty_struct(2);  // microseconds
      footer.end_struct();
      footer.end_struct();
      footer.end_struct();
      break;
    default:
      break;
  }
}

void append_schema(std::span<const Column> columns, ThriftWriter& footer) {
  footer.begin_list(2, ThriftWriter::ElementType::kStruct, columns.size() + 1);
  footer.begin_element();
  footer.field(4, std::string_view("schema"));
  footer.field(5, static_cast<int32_t>(columns.size()));
  footer.end_struct();
  for (const Column& column : columns) {
    footer.begin_element();
    footer.field(1, int32_t{physical_type(column.type)});
    footer.field(3, int32_t{column.nullable ? 1 : 0});
    footer.field(4, std::string_view(column.name));
    append_logical_type(column.type, footer);
    footer.end_struct();
  }
}

void append_chunk(const Column& column, const ChunkPlace& place, ThriftWriter& footer) {
  const bool dictionary = place.dictionary_offset >= 0;
  footer.begin_element();
  footer.field(2, dictionary ? place.dictionary_offset : place.data_offset);
  footer.begin_struct(3);
  footer.field(1, int32_t{physical_type(column.type)});
  footer.begin_list(2, ThriftWriter::ElementType::kI32, dictionary ? 3 : 2);
  footer.element(int32_t{kRle});
  if (dictionary) footer.element(int32_t{kPlain});
  footer.element(int32_t{place.encoding});
  footer.begin_list(3, ThriftWriter::ElementType::kBinary, 1);
  footer.element(std::string_view(column.name));
  footer.field(4, 0);  // uncompressed
  footer.field(5, place.values);
  footer.field(6, place.bytes);
  footer.field(7, place.bytes);
  footer.field(9, place.data_offset);
  if (dictionary) footer.field(11, place.dictionary_offset);
  footer.end_struct();
  footer.end_struct();
}

// `places` holds columns.size() chunks a row group.
void append_footer(std::span<const Column> columns, std::span<const ChunkPlace> places,
                   std::string& out) {
  const size_t start = out.size();
  const size_t groups = places.size() / columns.size();
  ThriftWriter footer(out);
  footer.field(1, 2);
  append_schema(columns, footer);
  footer.field(3, columns[0].rows());
  footer.begin_list(4, ThriftWriter::ElementType::kStruct, groups);
  for (size_t group = 0; group < groups; ++group) {
    const auto chunks = places.subspan(group * columns.size(), columns.size());
    footer.begin_element();
    footer.begin_list(1, ThriftWriter::ElementType::kStruct, chunks.size());
    int64_t bytes = 0;
    for (size_t i = 0; i < chunks.size(); ++i) {
      append_chunk(columns[i], chunks[i], footer);
      bytes += chunks[i].bytes;
    }
    footer.field(2, bytes);
    footer.field(3, chunks[0].values);
    footer.end_struct();
  }
  footer.field(6, std::string_view("coterie synth"));
  footer.finish();
  const auto bytes = static_cast<uint32_t>(out.size() - start);
  char length[sizeof(bytes)];
  std::memcpy(length, &bytes, sizeof(bytes));
  out.append(length, sizeof(bytes));
  out.append(kMagic);
}

}  // namespace

int64_t Column::rows() const {
  return static_cast<int64_t>(std::max({codes.size(), integers.size(), reals.size()}));
}

void Column::clear() {
  codes.clear();
  integers.clear();
  reals.clear();
}

std::string encode_parquet(std::span<const Column> columns) {
  CHECK(!columns.empty());
  const int64_t rows = columns[0].rows();
  for (const Column& column : columns) CHECK(column.rows() == rows);
  std::string out(kMagic);
  std::vector<ChunkPlace> places;
  ChunkEncoder encoder;
  for (int64_t begin = 0; begin < rows; begin += kRowGroup) {
    for (const Column& column : columns) {
      places.push_back(encoder.encode(column, begin, std::min(kRowGroup, rows - begin), out));
    }
  }
  append_footer(columns, places, out);
  return out;
}

Result<int64_t> write_parquet(const std::string& path, std::span<const Column> columns) {
  const std::string bytes = encode_parquet(columns);
  RETURN_IF_ERROR(write_file_atomic(path, bytes));
  return static_cast<int64_t>(bytes.size());
}

}  // namespace coterie::synth
