#include "data/parquet/parquet_chunk.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include <zstd.h>

#include "base/check.h"
#include "data/parquet/parquet_encoding.h"

namespace coterie::parquet {
namespace {

template <typename T>
void append_raw(T value, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void append_header(PageType type, int64_t values, int32_t encoding, size_t plain, size_t stored,
                   std::string& out) {
  ThriftWriter header(out);
  header.field(1, int32_t{type});
  header.field(2, static_cast<int32_t>(plain));
  header.field(3, static_cast<int32_t>(stored));
  header.begin_struct(type == kDataPage ? 5 : 7);
  header.field(1, static_cast<int32_t>(values));
  header.field(2, encoding);
  if (type == kDataPage) {
    header.field(3, int32_t{kRle});  // definition levels
    header.field(4, int32_t{kRle});  // repetition levels
  }
  header.end_struct();
  header.finish();
}

constexpr int kZstdLevel = 1;

}  // namespace

void ChunkEncoder::append_page(PageType type, int64_t values, int32_t encoding,
                               const std::string& body, ChunkPlace& place, std::string& out) {
  CHECK(body.size() <= INT32_MAX);
  const std::string* stored = &body;
  if (compression_ == Compression::kZstd) {
    compressed_.resize(ZSTD_compressBound(body.size()));
    const size_t size =
        ZSTD_compress(compressed_.data(), compressed_.size(), body.data(), body.size(), kZstdLevel);
    CHECK(ZSTD_isError(size) == 0);
    compressed_.resize(size);
    stored = &compressed_;
  }
  const size_t start = out.size();
  append_header(type, values, encoding, body.size(), stored->size(), out);
  place.plain_bytes += static_cast<int64_t>(out.size() - start + body.size());
  out.append(*stored);
}

PhysicalType physical_type(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kTextList:
      return kByteArray;
    case ColumnType::kInteger:
    case ColumnType::kDecimal:
    case ColumnType::kTimestamp:
      return kInt64;
    case ColumnType::kInteger32:
    case ColumnType::kMoney:
    case ColumnType::kDate:
      return kInt32;
    case ColumnType::kReal:
    case ColumnType::kRealList:
      return kDouble;
    case ColumnType::kFloat:
      return kFloat32;
    case ColumnType::kBool:
      return kBoolean;
  }
  return kByteArray;
}

ChunkPlace ChunkEncoder::encode(const Column& column, int64_t begin, int64_t rows,
                                std::string& out) {
  if (column.is_list()) return encode_lists(column, begin, rows, out);
  const auto slice = [&](const auto& values) {
    return std::span(values).subspan(static_cast<size_t>(begin), static_cast<size_t>(rows));
  };
  ChunkPlace place;
  place.rows = rows;
  place.values = rows;
  page_.clear();
  const int64_t start = static_cast<int64_t>(out.size());
  if (column.nullable) append_levels(column, begin, rows, place);
  switch (column.type) {
    case ColumnType::kText:
      append_texts(column, slice(column.codes), place, out);
      break;
    case ColumnType::kReal:
    case ColumnType::kFloat:
      append_reals(column, slice(column.reals), place);
      break;
    case ColumnType::kBool:
      append_bools(slice(column.integers));
      break;
    default:
      append_integers(slice(column.integers), place);
  }
  place.data_offset = static_cast<int64_t>(out.size());
  append_page(kDataPage, rows, place.encoding, page_, place, out);
  place.bytes = static_cast<int64_t>(out.size()) - start;
  return place;
}

void ChunkEncoder::append_levels(const Column& column, int64_t begin, int64_t rows,
                                 ChunkPlace& place) {
  const auto slice = [&](const auto& values) {
    return std::span(values).subspan(static_cast<size_t>(begin), static_cast<size_t>(rows));
  };
  scratch_codes_.resize(static_cast<size_t>(rows));
  const auto find_nulls = [&](const auto& values, auto is_null) {
    int64_t nulls = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const bool null = is_null(values[i]);
      scratch_codes_[i] = null ? 0 : 1;
      nulls += null ? 1 : 0;
    }
    place.nulls = nulls;
  };
  if (column.type == ColumnType::kText) {
    find_nulls(slice(column.codes), [](uint32_t code) { return code == kNullText; });
  } else if (column.type == ColumnType::kReal || column.type == ColumnType::kFloat) {
    find_nulls(slice(column.reals), [](double value) { return std::isnan(value); });
  } else {
    find_nulls(slice(column.integers), [](int64_t value) { return value == kNullInteger; });
  }
  std::string encoded;
  if (place.nulls == 0) {
    encode_repeated(1, static_cast<size_t>(rows), 1, encoded);
  } else {
    encode_hybrid(scratch_codes_, 1, encoded);
  }
  append_prefixed(encoded, page_);
}

bool ChunkEncoder::append_dictionary(const Column& column, std::span<const uint32_t> codes,
                                     ChunkPlace& place, std::string& out) {
  group_code_.assign(column.texts->size(), kNullText);
  scratch_codes_.clear();
  dictionary_.clear();
  distinct_ = 0;
  for (const uint32_t code : codes) {
    if (code == kNullText) continue;
    uint32_t& mapped = group_code_[code];
    if (mapped == kNullText) {
      mapped = distinct_++;
      if (size_t{distinct_} * 2 > codes.size() && distinct_ > 64) return false;
      append_prefixed(column.texts->at(code), dictionary_);
    }
    scratch_codes_.push_back(mapped);
  }
  if (size_t{distinct_} * 2 > scratch_codes_.size() && distinct_ > 64) return false;
  place.encoding = kDictionary;
  place.dictionary_offset = static_cast<int64_t>(out.size());
  append_page(kDictionaryPage, distinct_, kPlain, dictionary_, place, out);
  return true;
}

void ChunkEncoder::append_mapped(std::span<const uint32_t> mapped) {
  const int width = bits_for(distinct_ == 0 ? 0 : distinct_ - 1);
  page_.push_back(static_cast<char>(width));
  encode_hybrid(mapped, width, page_);
}

void ChunkEncoder::append_texts(const Column& column, std::span<const uint32_t> codes,
                                ChunkPlace& place, std::string& out) {
  if (append_dictionary(column, codes, place, out)) {
    append_mapped(scratch_codes_);
    return;
  }
  for (const uint32_t code : codes) {
    if (code != kNullText) append_prefixed(column.texts->at(code), page_);
  }
}

void ChunkEncoder::append_integers(std::span<const int64_t> values, ChunkPlace& place) {
  place.encoding = kDelta;
  if (place.nulls > 0) {
    scratch_integers_.clear();
    std::ranges::copy_if(values, std::back_inserter(scratch_integers_),
                         [](int64_t value) { return value != kNullInteger; });
    values = scratch_integers_;
  }
  if (!values.empty()) {
    place.has_range = true;
    place.least = place.greatest = values[0];
    for (const int64_t value : values) {
      place.least = std::min(place.least, value);
      place.greatest = std::max(place.greatest, value);
    }
  }
  encode_delta(values, page_);
}

void ChunkEncoder::append_reals(const Column& column, std::span<const double> values,
                                const ChunkPlace& place) {
  if (place.nulls == 0 && column.type == ColumnType::kReal) {
    page_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    return;
  }
  for (const double value : values) {
    if (column.nullable && std::isnan(value)) continue;
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

}  // namespace coterie::parquet
