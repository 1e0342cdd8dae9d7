// Column chunks of lists: repetition and definition levels say where lists begin and which are
// null or empty (the format's encoding of nested columns, after Dremel).

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "data/parquet/parquet_chunk.h"
#include "data/parquet/parquet_encoding.h"

namespace coterie::parquet {
namespace {

constexpr int64_t kPageValues = 131'072;
constexpr int64_t kPageTextBytes = int64_t{16} << 20;

int64_t text_bytes(const Column& column, int64_t begin, int64_t end) {
  int64_t bytes = 0;
  for (int64_t i = begin; i < end; ++i) {
    bytes += std::ssize(column.texts->at(column.codes[static_cast<size_t>(i)])) + 4;
  }
  return bytes;
}

// The row behind the page that begins with `row`: pages end with a row, so that readers may take
// rows from one without looking at the next.
int64_t page_end(const Column& column, int64_t row, int64_t end, bool plain_texts) {
  int64_t values = 0;
  int64_t bytes = 0;
  for (; row < end && values < kPageValues && bytes < kPageTextBytes; ++row) {
    const int64_t first = column.list_begin(row);
    const int64_t last = column.list_begin(row + 1);
    values += std::max<int64_t>(1, last - first);
    if (plain_texts) bytes += text_bytes(column, first, last);
  }
  return row;
}

}  // namespace

ChunkPlace ChunkEncoder::encode_lists(const Column& column, int64_t begin, int64_t rows,
                                      std::string& out) {
  CHECK(column.list_begin(column.rows()) == column.elements());
  const int64_t end = begin + rows;
  const int64_t first = column.list_begin(begin);
  const auto elements = static_cast<size_t>(column.list_begin(end) - first);
  const bool texts = column.type == ColumnType::kTextList;
  ChunkPlace place;
  place.rows = rows;
  const auto start = static_cast<int64_t>(out.size());
  const bool coded =
      texts && append_dictionary(
                   column, std::span(column.codes).subspan(static_cast<size_t>(first), elements),
                   place, out);
  // The elements have no nulls, so that scratch_codes_ has one place for each.
  CHECK(!coded || scratch_codes_.size() == elements);
  place.data_offset = static_cast<int64_t>(out.size());
  for (int64_t row = begin; row < end;) {
    const int64_t behind = page_end(column, row, end, texts && !coded);
    page_.clear();
    const int64_t values = append_list_levels(column, row, behind);
    const int64_t from = column.list_begin(row);
    const int64_t to = column.list_begin(behind);
    if (coded) {
      append_mapped(
          std::span(scratch_codes_)
              .subspan(static_cast<size_t>(from - first), static_cast<size_t>(to - from)));
    } else {
      append_elements(column, from, to);
    }
    append_page(kDataPage, values, place.encoding, page_, place, out);
    place.values += values;
    row = behind;
  }
  place.bytes = static_cast<int64_t>(out.size()) - start;
  return place;
}

int64_t ChunkEncoder::append_list_levels(const Column& column, int64_t begin, int64_t end) {
  const uint32_t empty = column.nullable ? 1 : 0;
  repetitions_.clear();
  definitions_.clear();
  for (int64_t row = begin; row < end; ++row) {
    const int64_t elements = column.list_begin(row + 1) - column.list_begin(row);
    const bool null = column.ends[static_cast<size_t>(row)] < 0;
    CHECK(elements >= 0 && (!null || (column.nullable && elements == 0)));
    repetitions_.push_back(0);
    if (elements == 0) {
      definitions_.push_back(null ? 0 : empty);
      continue;
    }
    repetitions_.insert(repetitions_.end(), static_cast<size_t>(elements - 1), 1);
    definitions_.insert(definitions_.end(), static_cast<size_t>(elements), empty + 1);
  }
  std::string encoded;
  encode_hybrid(repetitions_, 1, encoded);
  append_prefixed(encoded, page_);
  encoded.clear();
  encode_hybrid(definitions_, bits_for(empty + 1), encoded);
  append_prefixed(encoded, page_);
  return std::ssize(repetitions_);
}

void ChunkEncoder::append_elements(const Column& column, int64_t begin, int64_t end) {
  if (column.type == ColumnType::kRealList) {
    const auto reals = std::span(column.reals)
                           .subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    page_.append(reinterpret_cast<const char*>(reals.data()), reals.size_bytes());
    return;
  }
  for (int64_t i = begin; i < end; ++i) {
    append_prefixed(column.texts->at(column.codes[static_cast<size_t>(i)]), page_);
  }
}

}  // namespace coterie::parquet
