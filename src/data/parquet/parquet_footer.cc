#include <algorithm>
#include <cstring>

#include "data/parquet/parquet_chunk.h"
#include "data/parquet/parquet_encoding.h"
#include "data/parquet/parquet_footer_internal.h"

namespace coterie::parquet {
namespace {

// Numbers of parquet.thrift.
constexpr int32_t kUncompressed = 0;
constexpr int32_t kZstdCodec = 6;

void append_decimal(int scale, int precision, ThriftWriter& footer) {
  constexpr int32_t kConvertedDecimal = 5;
  footer.field(6, kConvertedDecimal);
  footer.field(7, int32_t{scale});
  footer.field(8, int32_t{precision});
}

void append_logical_type(const Column& column, ThriftWriter& footer) {
  enum Converted : int32_t { kUtf8 = 0, kConvertedDate = 6 };
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kTextList:
      footer.field(6, int32_t{kUtf8});
      footer.begin_struct(10);
      footer.empty_struct(1);
      footer.end_struct();
      break;
    case ColumnType::kMoney:
      append_decimal(2, 9, footer);
      break;
    case ColumnType::kDecimal:
      append_decimal(column.decimals, 18, footer);
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

enum Repetition : int32_t { kRequired = 0, kOptional = 1, kRepeated = 2 };

constexpr std::string_view kListGroup = "list";
constexpr std::string_view kListElement = "element";

void append_leaf(const Column& column, std::string_view name, Repetition repetition,
                 ThriftWriter& footer) {
  footer.begin_element();
  footer.field(1, int32_t{physical_type(column.type)});
  footer.field(3, int32_t{repetition});
  footer.field(4, name);
  append_logical_type(column, footer);
  footer.end_struct();
}

// The two groups around the elements of a list.
void append_list_groups(const Column& column, Repetition repetition, ThriftWriter& footer) {
  constexpr int32_t kConvertedList = 3;
  footer.begin_element();
  footer.field(3, int32_t{repetition});
  footer.field(4, std::string_view(column.name));
  footer.field(5, int32_t{1});
  footer.field(6, kConvertedList);
  footer.begin_struct(10);
  footer.empty_struct(3);
  footer.end_struct();
  footer.end_struct();
  footer.begin_element();
  footer.field(3, int32_t{kRepeated});
  footer.field(4, kListGroup);
  footer.field(5, int32_t{1});
  footer.end_struct();
}

void append_schema(std::span<const Column> columns, ThriftWriter& footer) {
  const auto lists = static_cast<size_t>(std::ranges::count_if(columns, &Column::is_list));
  footer.begin_list(2, ThriftWriter::ElementType::kStruct, 1 + columns.size() + 2 * lists);
  footer.begin_element();
  footer.field(4, std::string_view("schema"));
  footer.field(5, static_cast<int32_t>(columns.size()));
  footer.end_struct();
  for (const Column& column : columns) {
    const Repetition repetition = column.nullable ? kOptional : kRequired;
    if (column.is_list()) {
      append_list_groups(column, repetition, footer);
      append_leaf(column, kListElement, kRequired, footer);
    } else {
      append_leaf(column, column.name, repetition, footer);
    }
  }
}

void append_path(const Column& column, ThriftWriter& footer) {
  footer.begin_list(3, ThriftWriter::ElementType::kBinary, column.is_list() ? 3 : 1);
  footer.element(std::string_view(column.name));
  if (!column.is_list()) return;
  footer.element(kListGroup);
  footer.element(kListElement);
}

// Statistics hold values as PLAIN encodes them, in the column's width.
std::string plain(const Column& column, int64_t value) {
  const size_t width = physical_type(column.type) == kInt64 ? 8 : 4;
  std::string bytes(width, '\0');
  std::memcpy(bytes.data(), &value, width);
  return bytes;
}

void append_statistics(const Column& column, const ChunkPlace& place, ThriftWriter& footer) {
  footer.begin_struct(12);
  footer.field(3, place.nulls);
  if (place.has_range) {
    footer.field(5, std::string_view(plain(column, place.greatest)));
    footer.field(6, std::string_view(plain(column, place.least)));
  }
  footer.end_struct();
}

void append_chunk(const Column& column, const ChunkPlace& place, Compression compression,
                  ThriftWriter& footer) {
  const bool dictionary = place.dictionary_offset >= 0;
  footer.begin_element();
  footer.field(2, dictionary ? place.dictionary_offset : place.data_offset);
  footer.begin_struct(3);
  footer.field(1, int32_t{physical_type(column.type)});
  footer.begin_list(2, ThriftWriter::ElementType::kI32, dictionary ? 3 : 2);
  footer.element(int32_t{kRle});
  if (dictionary) footer.element(int32_t{kPlain});
  footer.element(place.encoding);
  append_path(column, footer);
  footer.field(4, compression == Compression::kZstd ? kZstdCodec : kUncompressed);
  footer.field(5, place.values);
  footer.field(6, place.plain_bytes);
  footer.field(7, place.bytes);
  footer.field(9, place.data_offset);
  if (dictionary) footer.field(11, place.dictionary_offset);
  if (!column.is_list()) append_statistics(column, place, footer);
  footer.end_struct();
  footer.end_struct();
}

// Says that least and greatest are ordered as the types are.
void append_column_orders(size_t columns, ThriftWriter& footer) {
  footer.begin_list(7, ThriftWriter::ElementType::kStruct, columns);
  for (size_t i = 0; i < columns; ++i) {
    footer.begin_element();
    footer.empty_struct(1);
    footer.end_struct();
  }
}

}  // namespace

void append_footer(std::span<const Column> columns, std::span<const ChunkPlace> places,
                   Compression compression, std::string& out) {
  const size_t start = out.size();
  const size_t groups = places.size() / columns.size();
  int64_t rows = 0;
  for (size_t group = 0; group < groups; ++group) rows += places[group * columns.size()].rows;
  ThriftWriter footer(out);
  footer.field(1, 2);
  append_schema(columns, footer);
  footer.field(3, rows);
  footer.begin_list(4, ThriftWriter::ElementType::kStruct, groups);
  for (size_t group = 0; group < groups; ++group) {
    const auto chunks = places.subspan(group * columns.size(), columns.size());
    footer.begin_element();
    footer.begin_list(1, ThriftWriter::ElementType::kStruct, chunks.size());
    int64_t bytes = 0;
    for (size_t i = 0; i < chunks.size(); ++i) {
      append_chunk(columns[i], chunks[i], compression, footer);
      bytes += chunks[i].plain_bytes;
    }
    footer.field(2, bytes);
    footer.field(3, chunks[0].rows);
    footer.end_struct();
  }
  footer.field(6, std::string_view("coterie"));
  append_column_orders(columns.size(), footer);
  footer.finish();
  const auto bytes = static_cast<uint32_t>(out.size() - start);
  char length[sizeof(bytes)];
  std::memcpy(length, &bytes, sizeof(bytes));
  out.append(length, sizeof(bytes));
  out.append(kMagic);
}

}  // namespace coterie::parquet
