#include "synth/parquet_file.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "base/atomic_file.h"
#include "base/check.h"
#include "synth/parquet_encoding.h"

namespace coterie::synth {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr int64_t kRowGroup = 122'880;

// Numbers of parquet.thrift.
enum PhysicalType : int32_t {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kFloat32 = 4,
  kDouble = 5,
  kByteArray = 6
};
enum Encoding : int32_t { kPlain = 0, kRle = 3, kDelta = 5, kDictionary = 8 };
enum PageType : int32_t { kDataPage = 0, kDictionaryPage = 2 };

PhysicalType physical_type(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
      return kByteArray;
    case ColumnType::kInteger:
    case ColumnType::kTimestamp:
      return kInt64;
    case ColumnType::kMoney:
    case ColumnType::kDate:
      return kInt32;
    case ColumnType::kReal:
      return kDouble;
    case ColumnType::kFloat:
      return kFloat32;
    case ColumnType::kBool:
      return kBoolean;
  }
  return kByteArray;
}

// Where one column of one row group lies, for the footer.
struct ChunkPlace {
  int64_t dictionary_offset = -1;
  int64_t data_offset = 0;
  int64_t bytes = 0;
  int64_t values = 0;
  Encoding encoding = kPlain;
};

template <typename T>
void append_raw(T value, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void append_text(std::string_view text, std::string& out) {
  append_raw(static_cast<uint32_t>(text.size()), out);
  out.append(text);
}

void append_page(PageType type, int64_t values, Encoding encoding, std::string_view body,
                 std::string& out) {
  ThriftWriter header(out);
  header.field(1, int32_t{type});
  header.field(2, static_cast<int32_t>(body.size()));
  header.field(3, static_cast<int32_t>(body.size()));
  header.begin_struct(type == kDataPage ? 5 : 7);
  header.field(1, static_cast<int32_t>(values));
  header.field(2, int32_t{encoding});
  if (type == kDataPage) {
    header.field(3, int32_t{kRle});  // definition levels
    header.field(4, int32_t{kRle});  // repetition levels
  }
  header.end_struct();
  header.finish();
  out.append(body);
}

// One row group's worth of one column being encoded; buffers are reused between chunks.
class ChunkEncoder {
 public:
  ChunkPlace encode(const Column& column, int64_t begin, int64_t rows, std::string& out);

 private:
  void append_levels(const Column& column, int64_t begin, int64_t rows);
  void append_texts(const Column& column, std::span<const uint32_t> codes, ChunkPlace& place,
                    std::string& out);
  void append_integers(std::span<const int64_t> values, ChunkPlace& place);
  void append_reals(const Column& column, std::span<const double> values);
  void append_bools(std::span<const int64_t> values);

  std::string page_;
  std::string dictionary_;
  std::vector<uint32_t> scratch_codes_;
  std::vector<uint32_t> group_code_;  // table code -> code in this group's dictionary
  std::vector<int64_t> scratch_integers_;
};

ChunkPlace ChunkEncoder::encode(const Column& column, int64_t begin, int64_t rows,
                                std::string& out) {
  const auto slice = [&](const auto& values) {
    return std::span(values).subspan(static_cast<size_t>(begin), static_cast<size_t>(rows));
  };
  ChunkPlace place;
  place.values = rows;
  page_.clear();
  const int64_t start = static_cast<int64_t>(out.size());
  if (column.nullable) append_levels(column, begin, rows);
  switch (column.type) {
    case ColumnType::kText:
      append_texts(column, slice(column.codes), place, out);
      break;
    case ColumnType::kReal:
    case ColumnType::kFloat:
      append_reals(column, slice(column.reals));
      break;
    case ColumnType::kBool:
      append_bools(slice(column.integers));
      break;
    default:
      append_integers(slice(column.integers), place);
  }
  place.data_offset = static_cast<int64_t>(out.size());
  append_page(kDataPage, rows, place.encoding, page_, out);
  place.bytes = static_cast<int64_t>(out.size()) - start;
  return place;
}

void ChunkEncoder::append_levels(const Column& column, int64_t begin, int64_t rows) {
  std::vector<uint32_t> levels(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) {
    const auto row = static_cast<size_t>(begin + i);
    levels[static_cast<size_t>(i)] = column.type == ColumnType::kText
                                         ? column.codes[row] != kNullText
                                         : column.integers[row] != kNullInteger;
  }
  std::string encoded;
  encode_hybrid(levels, 1, encoded);
  append_text(encoded, page_);
}

void ChunkEncoder::append_texts(const Column& column, std::span<const uint32_t> codes,
                                ChunkPlace& place, std::string& out) {
  group_code_.assign(column.texts->size(), kNullText);
  scratch_codes_.clear();
  dictionary_.clear();
  uint32_t distinct = 0;
  for (const uint32_t code : codes) {
    if (code == kNullText) continue;
    uint32_t& mapped = group_code_[code];
    if (mapped == kNullText) {
      mapped = distinct++;
      append_text(column.texts->at(code), dictionary_);
    }
    scratch_codes_.push_back(mapped);
  }
  if (distinct * 2 > scratch_codes_.size() && distinct > 64) {
    for (const uint32_t code : codes) {
      if (code != kNullText) append_text(column.texts->at(code), page_);
    }
    return;
  }
  place.encoding = kDictionary;
  place.dictionary_offset = static_cast<int64_t>(out.size());
  append_page(kDictionaryPage, distinct, kPlain, dictionary_, out);
  const int width = bits_for(distinct == 0 ? 0 : distinct - 1);
  page_.push_back(static_cast<char>(width));
  encode_hybrid(scratch_codes_, width, page_);
}

void ChunkEncoder::append_integers(std::span<const int64_t> values, ChunkPlace& place) {
  place.encoding = kDelta;
  scratch_integers_.clear();
  std::ranges::copy_if(values, std::back_inserter(scratch_integers_),
                       [](int64_t value) { return value != kNullInteger; });
  encode_delta(scratch_integers_, page_);
}

void ChunkEncoder::append_reals(const Column& column, std::span<const double> values) {
  for (const double value : values) {
    if (column.type == ColumnType::kFloat) {
      append_raw(static_cast<float>(value), page_);
    } else {
      append_raw(value, page_);
    }
  }
}

void ChunkEncoder::append_bools(std::span<const int64_t> values) {
  uint8_t byte = 0;
  int bits = 0;
  for (const int64_t value : values) {
    if (value == kNullInteger) continue;
    byte |= static_cast<uint8_t>((value != 0) << bits);
    if (++bits == 8) {
      page_.push_back(static_cast<char>(byte));
      byte = 0;
      bits = 0;
    }
  }
  if (bits > 0) page_.push_back(static_cast<char>(byte));
}

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
  append_raw(static_cast<uint32_t>(out.size() - start), out);
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
