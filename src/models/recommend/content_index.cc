#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/recommend/content_index_internal.h"
#include "models/recommend/history_internal.h"

namespace coterie::recommend {
namespace {

// Adding an entry of a list costs as much as this many multiplications in a tile.
constexpr int64_t kEntryCost = 8;
constexpr int kMostFrequent = 256;  // bounds the tiles' memory

// Norms and shares of the blocks' weights.
std::vector<double> block_scales(const ContentBlocks& blocks, std::span<const double> weights) {
  std::vector<double> scales;
  for (const ContentBlock& block : blocks.blocks) {
    double alike = 0;
    for (const ContentBlock& other : blocks.blocks) alike += other.kind == block.kind ? 1 : 0;
    scales.push_back(std::sqrt(weights[static_cast<size_t>(block.kind)] / alike));
  }
  return scales;
}

bool described(const ContentBlock& block, int32_t item) {
  if (block.dimensions == 0) return !block.sparse.row_indices(item).empty();
  const float* row = block.dense.data() + int64_t{item} * block.dimensions;
  return std::any_of(row, row + block.dimensions, [](float value) { return value != 0; });
}

}  // namespace

ContentVectors combine_blocks(const ContentBlocks& blocks, std::span<const double> weights) {
  const std::vector<double> scales = block_scales(blocks, weights);
  ContentVectors out;
  out.sparse.rows = blocks.items;
  out.sparse.offsets = {0};
  std::vector<int32_t> first;  // element or dimension of every block
  for (size_t b = 0; b < scales.size(); ++b) {
    const ContentBlock& block = blocks.blocks[b];
    first.push_back(block.dimensions > 0 ? out.dimensions : out.sparse.cols);
    if (!(scales[b] > 0)) continue;
    out.dimensions += block.dimensions;
    out.sparse.cols += block.sparse.cols;
  }
  out.dense.assign(static_cast<size_t>(blocks.items) * static_cast<size_t>(out.dimensions), 0.0F);
  for (int32_t item = 0; item < blocks.items; ++item) {
    double squares = 0;
    for (size_t b = 0; b < scales.size(); ++b) {
      if (described(blocks.blocks[b], item)) squares += scales[b] * scales[b];
    }
    for (size_t b = 0; b < scales.size(); ++b) {
      if (!(scales[b] > 0)) continue;
      const ContentBlock& block = blocks.blocks[b];
      const auto factor = static_cast<float>(scales[b] / std::sqrt(squares));
      if (block.dimensions > 0) {
        const float* row = block.dense.data() + int64_t{item} * block.dimensions;
        float* to = out.dense.data() + int64_t{item} * out.dimensions + first[b];
        for (int j = 0; j < block.dimensions; ++j) to[j] = row[j] == 0 ? 0 : row[j] * factor;
        continue;
      }
      const auto values = block.sparse.row_values(item);
      for (size_t i = 0; i < values.size(); ++i) {
        out.sparse.indices.push_back(first[b] + block.sparse.row_indices(item)[i]);
        out.sparse.values.push_back(values[i] * factor);
      }
    }
    out.sparse.offsets.push_back(static_cast<int64_t>(out.sparse.indices.size()));
  }
  return out;
}

void add_vectors(const ContentVectors& vectors, math::Artefact& artefact) {
  const auto entries = static_cast<int64_t>(vectors.sparse.indices.size());
  artefact.description["elements"] = vectors.sparse.cols;
  artefact.tensors.add("element_offsets", {vectors.sparse.rows + 1},
                       std::span<const int64_t>(vectors.sparse.offsets));
  artefact.tensors.add("elements", {entries}, std::span<const int32_t>(vectors.sparse.indices));
  artefact.tensors.add("element_values", {entries}, std::span<const float>(vectors.sparse.values));
  artefact.tensors.add("dense", {vectors.sparse.rows, vectors.dimensions},
                       std::span<const float>(vectors.dense));
}

Result<ContentVectors> read_vectors(const math::Artefact& artefact, int64_t items) {
  ContentVectors vectors;
  math::Csr& sparse = vectors.sparse;
  sparse.rows = static_cast<int32_t>(items);
  ASSIGN_OR_RETURN(const int64_t elements, artefact.integer("elements"));
  sparse.cols = static_cast<int32_t>(elements);
  ASSIGN_OR_RETURN(sparse.indices, artefact.tensors.ints("elements", {-1}));
  const auto entries = static_cast<int64_t>(sparse.indices.size());
  ASSIGN_OR_RETURN(sparse.values, artefact.floats("element_values", {entries}));
  ASSIGN_OR_RETURN(sparse.offsets, artefact.tensors.longs("element_offsets", {items + 1}));
  RETURN_IF_ERROR(check_offsets(sparse.offsets, entries));
  for (const int32_t element : sparse.indices) {
    if (element < 0 || element >= elements) {
      return corrupt(
          fmt::format("element {} is outside of the model's {} elements", element, elements));
    }
  }
  ASSIGN_OR_RETURN(vectors.dense, artefact.floats("dense", {items, -1}));
  if (items > 0) {
    vectors.dimensions = static_cast<int>(static_cast<int64_t>(vectors.dense.size()) / items);
  }
  return vectors;
}

ContentIndex::ContentIndex(ContentVectors vectors, ThreadPool& pool)
    : vectors_(std::move(vectors)) {
  const math::Csr& sparse = vectors_.sparse;
  std::vector<int64_t> counts(static_cast<size_t>(sparse.cols), 0);
  for (const int32_t element : sparse.indices) ++counts[element];
  dimension_of_.assign(counts.size(), -1);
  for (size_t element = 0; element < counts.size() && frequent_ < kMostFrequent; ++element) {
    if (counts[element] * kEntryCost > sparse.rows) dimension_of_[element] = frequent_++;
  }
  const int64_t d = width();
  std::vector<float> rows(static_cast<size_t>(sparse.rows * d), 0.0F);
  std::vector<uint8_t> dropped(sparse.indices.size(), 0);
  for (int32_t item = 0; item < sparse.rows; ++item) {
    float* row = rows.data() + item * d;
    std::copy_n(vectors_.dense.data() + int64_t{item} * vectors_.dimensions, vectors_.dimensions,
                row + frequent_);
    for (int64_t e = sparse.offsets[item]; e < sparse.offsets[item + 1]; ++e) {
      const int32_t dimension = dimension_of_[sparse.indices[e]];
      if (dimension < 0) continue;
      row[dimension] = sparse.values[e];
      dropped[e] = 1;
    }
  }
  if (d > 0) tiles_ = math::PackedRows(rows, sparse.rows, static_cast<int>(d));
  lists_ = postings_of(math::transpose(math::leave_out(sparse, dropped), pool));
}

bool ContentIndex::has_content(int32_t item) const {
  if (!vectors_.sparse.row_indices(item).empty()) return true;
  const float* row = vectors_.dense.data() + int64_t{item} * vectors_.dimensions;
  return std::any_of(row, row + vectors_.dimensions, [](float value) { return value != 0; });
}

ContentIndex::Block::Block(const ContentIndex& index)
    : index_(index), sums_(index.dimension_of_.size(), 0.0F) {}

void ContentIndex::Block::begin(int64_t count) {
  count_ = count;
  rows_.resize(static_cast<size_t>(count));
  for (auto& row : rows_) row.clear();
  dense_.assign(static_cast<size_t>(count * index_.width()), 0.0F);
}

void ContentIndex::Block::add(int64_t row, int32_t item, float weight) {
  const math::Csr& sparse = index_.vectors_.sparse;
  const int d = index_.vectors_.dimensions;
  float* dense = dense_.data() + row * index_.width();
  const float* own = index_.vectors_.dense.data() + int64_t{item} * d;
  for (int j = 0; j < d; ++j) dense[index_.frequent_ + j] += weight * own[j];
  for (int64_t e = sparse.offsets[item]; e < sparse.offsets[item + 1]; ++e) {
    const int32_t element = sparse.indices[e];
    const float part = weight * sparse.values[e];
    if (const int32_t dimension = index_.dimension_of_[element]; dimension >= 0) {
      dense[dimension] += part;
      continue;
    }
    if (sums_[element] == 0) touched_.push_back(element);
    sums_[element] += part;
  }
}

bool ContentIndex::Block::finish(int64_t row) {
  float* dense = dense_.data() + row * index_.width();
  auto& elements = rows_[static_cast<size_t>(row)];
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  double squares = 0;
  for (const int32_t element : touched_) {
    elements.push_back({element, sums_[element]});
    squares += double{sums_[element]} * sums_[element];
    sums_[element] = 0;
  }
  touched_.clear();
  for (int j = 0; j < index_.width(); ++j) squares += double{dense[j]} * dense[j];
  const double inverse = squares > 0 ? 1 / std::sqrt(squares) : 0;
  for (Element& element : elements) element.weight = static_cast<float>(element.weight * inverse);
  for (int j = 0; j < index_.width(); ++j) dense[j] = static_cast<float>(dense[j] * inverse);
  return squares > 0;
}

void ContentIndex::Block::multiply(float* out) const {
  const int64_t items = index_.items();
  if (index_.width() > 0) {
    index_.tiles_.multiply(dense_.data(), count_, out);
  } else {
    std::fill_n(out, count_ * items, 0.0F);
  }
  for (int64_t row = 0; row < count_; ++row) {
    float* scores = out + row * items;
    for (const Element& element : rows_[static_cast<size_t>(row)]) {
      for (const Posting& posting : index_.lists_.row(element.id)) {
        scores[posting.id] += element.weight * posting.weight;
      }
    }
  }
}

}  // namespace coterie::recommend
