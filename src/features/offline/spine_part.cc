#include <utility>

#include "features/offline/spine_part_internal.h"
#include "features/plan/row_reader.h"

namespace coterie::features {
namespace {

// The codes of `own` texts among `all`, to which they are added.
std::vector<uint32_t> add_texts(const parquet::TextTable& own, parquet::TextCodes& all) {
  std::vector<std::string_view> texts(own.size());
  for (size_t i = 0; i < texts.size(); ++i) texts[i] = own.at(static_cast<uint32_t>(i));
  std::vector<uint32_t> codes(texts.size());
  all.reserve(all.texts().size() + texts.size());
  all.encode(texts, codes);
  return codes;
}

}  // namespace

std::string_view key_text(std::span<const std::string_view> parts, std::string& memory) {
  if (parts.size() == 1) return parts[0];
  memory = entity_key(parts);
  return memory;
}

SpinePart::SpinePart(const SpineShape& shape, Spine& spine, std::vector<KeyTexts>& keys)
    : shape_(shape), spine_(spine), keys_(keys), key_texts_(keys.size()) {
  for (const parquet::Column& column : spine.columns)
    texts_.push_back(column.type == parquet::ColumnType::kText
                         ? std::make_unique<parquet::TextCodes>()
                         : nullptr);
}

void SpinePart::read(const data::Chunk& chunk, int64_t begin, int64_t end, int64_t first) {
  for (int c = 0; c < shape_.columns; ++c)
    read_column(chunk.column(c), begin, end, first, static_cast<size_t>(c));
  read_keys(chunk, begin, end, first);
  if (!runs_.empty() && runs_.back().first + runs_.back().rows == first) {
    runs_.back().rows += end - begin;
  } else {
    runs_.push_back({first, end - begin});
  }
}

void SpinePart::read_texts(const data::ColumnView& view, int64_t begin, int64_t end, size_t index,
                           uint32_t* out) {
  views_.clear();
  for (int64_t row = begin; row < end; ++row) {
    if (!view.is_null(row)) views_.push_back(view.as_text(row));
  }
  found_.resize(views_.size());
  texts_[index]->encode(views_, found_);
  size_t next = 0;
  for (int64_t row = begin; row < end; ++row)
    *out++ = view.is_null(row) ? parquet::kNullText : found_[next++];
}

void SpinePart::read_column(const data::ColumnView& view, int64_t begin, int64_t end, int64_t first,
                            size_t index) {
  parquet::Column& column = spine_.columns[index];
  if (column.type == parquet::ColumnType::kText)
    return read_texts(view, begin, end, index, column.codes.data() + first);
  if (column.type == parquet::ColumnType::kReal) {
    double* out = column.reals.data() + first;
    for (int64_t row = begin; row < end; ++row)
      *out++ = view.is_null(row) ? parquet::kNullReal : view.as_real(row);
    return;
  }
  int64_t* out = column.integers.data() + first;
  const auto read_as = [&](const auto& value_of) {
    for (int64_t row = begin; row < end; ++row)
      *out++ = view.is_null(row) ? parquet::kNullInteger : value_of(row);
  };
  switch (column.type) {
    case parquet::ColumnType::kDate:
      return read_as([&](int64_t row) { return int64_t{view.as_days(row)}; });
    case parquet::ColumnType::kTimestamp:
      return read_as([&](int64_t row) { return view.as_micros(row); });
    default:
      return read_as([&](int64_t row) { return view.as_int(row); });
  }
}

void SpinePart::read_keys(const data::Chunk& chunk, int64_t begin, int64_t end, int64_t first) {
  int next = shape_.columns;
  std::vector<data::ColumnView> views;
  std::vector<std::string_view> parts;
  std::string memory;
  for (size_t k = 0; k < keys_.size(); ++k) {
    views.clear();
    for (int i = 0; i < shape_.key_columns[k]; ++i) views.push_back(chunk.column(next++));
    if (views.empty()) continue;
    uint32_t* out = keys_[k].rows.data() + first;
    for (int64_t row = begin; row < end; ++row) {
      parts.clear();
      for (const data::ColumnView& view : views) {
        if (!view.is_null(row)) parts.push_back(view.as_text(row));
      }
      *out++ = parts.size() < views.size() ? parquet::kNullText
                                           : key_texts_[k].encode(key_text(parts, memory));
    }
  }
}

void join_parts(std::deque<SpinePart> parts, Spine& spine, std::vector<KeyTexts>& keys) {
  // The first part's codes stay as they are.
  const auto join = [&](auto own_texts, parquet::TextCodes& all, std::vector<uint32_t>& codes) {
    for (size_t p = 0; p < parts.size(); ++p) {
      if (p == 0) {
        all = std::move(own_texts(parts[p]));
        continue;
      }
      const std::vector<uint32_t> code_of = add_texts(own_texts(parts[p]).texts(), all);
      for (const SpinePart::Run& run : parts[p].runs_) {
        for (int64_t row = run.first; row < run.first + run.rows; ++row) {
          uint32_t& code = codes[static_cast<size_t>(row)];
          if (code != parquet::kNullText) code = code_of[code];
        }
      }
    }
  };
  for (size_t c = 0; c < spine.columns.size(); ++c) {
    if (spine.texts[c] == nullptr) continue;
    join([c](SpinePart& part) -> parquet::TextCodes& { return *part.texts_[c]; }, *spine.texts[c],
         spine.columns[c].codes);
  }
  for (size_t k = 0; k < keys.size(); ++k) {
    if (keys[k].rows.empty()) continue;
    join([k](SpinePart& part) -> parquet::TextCodes& { return part.key_texts_[k]; }, keys[k].texts,
         keys[k].rows);
  }
}

}  // namespace coterie::features
