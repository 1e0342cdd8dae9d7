#include "models/recommend/similarity.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/recommend/similarity_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {
namespace {

constexpr size_t kAhead = 4;               // columns whose postings are fetched meanwhile
constexpr float kSmallestWeight = 1e-15F;  // products of two stay above zero

double length_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return sum;
}

}  // namespace

const std::vector<std::string>& similarity_names() {
  static const std::vector<std::string> names = {"cosine", "jaccard", "tfidf", "bm25"};
  return names;
}

const std::string& similarity_name(Similarity similarity) {
  return similarity_names()[static_cast<size_t>(similarity)];
}

Result<Similarity> similarity_of_name(const std::string& name) {
  const auto& names = similarity_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return invalid_input(fmt::format("unknown similarity '{}'", name));
  return static_cast<Similarity>(found - names.begin());
}

Status check_options(const SimilarityOptions& options) {
  const auto check = [](const char* name, double value, double high, double low = 0) -> Status {
    if (value >= low && value <= high) return {};
    return invalid_input(fmt::format("{} = {} is out of range", name, value))
        .for_key(name)
        .with_mend(fmt::format("use a value from {} to {}", low, high));
  };
  RETURN_IF_ERROR(check("shrinkage", options.shrinkage, 1e6));
  RETURN_IF_ERROR(check("damping", options.damping, 2));
  RETURN_IF_ERROR(check("asymmetry", options.asymmetry, 1, -1));
  RETURN_IF_ERROR(check("k1", options.k1, 1e3));
  RETURN_IF_ERROR(check("b", options.b, 1));
  return check_value_power(options.value_power);
}

void RowSimilarity::weigh_columns(const math::Csr& rows) {
  importance_.assign(static_cast<size_t>(rows.cols), 1.0F);
  std::vector<int64_t> counts(static_cast<size_t>(rows.cols), 0);
  for (const int32_t column : rows.indices) ++counts[column];
  const double all = rows.rows;
  for (int32_t column = 0; column < rows.cols; ++column) {
    const auto n = static_cast<double>(counts[column]);
    double importance = n > 0 ? std::pow(n, -options_.damping) : 1;
    if (options_.similarity == Similarity::kTfIdf) {
      importance *= std::log1p((all - n) / (1 + n)) + kSmallestWeight;
    } else if (options_.similarity == Similarity::kBm25) {
      importance *= std::log1p((all - n + 0.5) / (n + 0.5));
    }
    importance_[column] = static_cast<float>(importance);
  }
}

RowSimilarity::RowSimilarity(const math::Csr& rows, const SimilarityOptions& options,
                             ThreadPool& pool)
    : options_(options), rows_(rows.rows) {
  weigh_columns(rows);
  double total = 0;
  for (const float value : rows.values) total += value;
  mean_length_ = total / std::max(1, rows.rows);
  weighted_ = rows;
  sizes_.resize(static_cast<size_t>(rows.rows));
  pool.parallel_for(rows.rows, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const auto r = static_cast<int32_t>(row);
      sizes_[row] =
          weigh(rows.row_indices(r), rows.row_values(r), weighted_.values.data() + rows.offsets[r]);
    }
  });
  lifts_.reserve(sizes_.size());
  for (const float size : sizes_) lifts_.push_back(lift_of(size));
  columns_ = postings_of(math::transpose(weighted_, pool));
}

RowSimilarity::RowSimilarity(math::Csr rows, std::vector<float> lifts, ThreadPool& pool)
    : products_(true), rows_(rows.rows), weighted_(std::move(rows)), lifts_(std::move(lifts)) {
  columns_ = postings_of(math::transpose(weighted_, pool));
}

float RowSimilarity::weigh(std::span<const int32_t> columns, std::span<const float> values,
                           float* out) const {
  const size_t n = columns.size();
  if (options_.similarity == Similarity::kJaccard) {
    std::fill_n(out, n, 1.0F);
    return static_cast<float>(n);
  }
  const double length = mean_length_ > 0 ? length_of(values) / mean_length_ : 1;
  const double saturation = options_.k1 * (1 - options_.b + options_.b * length);
  double squares = 0;
  for (size_t i = 0; i < n; ++i) {
    double weight = values[i];
    if (options_.similarity == Similarity::kBm25) {
      weight *= (options_.k1 + 1) / (weight + saturation);
    }
    weight *= importance_[columns[i]];
    squares += weight * weight;
    out[i] = static_cast<float>(weight);
  }
  if (!(squares > 0)) return 0;
  const double inverse = 1 / std::sqrt(squares);
  for (size_t i = 0; i < n; ++i) {
    out[i] = std::max(static_cast<float>(out[i] * inverse), kSmallestWeight);
  }
  return static_cast<float>(inverse);
}

void RowSimilarity::nearest(const WeightedRow& row, int count, SparseScores& scores,
                            std::vector<math::Candidate>& out) const {
  int64_t postings = 0;
  for (const int32_t column : row.columns) {
    postings += columns_.offsets[column + 1] - columns_.offsets[column];
  }
  scores.expect(postings);
  for (size_t i = 0; i < row.columns.size(); ++i) {
    if (i + kAhead < row.columns.size()) {
      __builtin_prefetch(columns_.row(row.columns[i + kAhead]).data());
    }
    scores.add(columns_.row(row.columns[i]), row.weights[i]);
  }
  out.clear();
  if (products_) {
    const float own = lifts_[row.itself];
    scores.take([&](int32_t other, float sum) {
      if (own > 0) out.push_back({sum * lifts_[other] / own, other});
    });
    math::keep_best(out, static_cast<size_t>(count));
    return;
  }
  const auto shrinkage = static_cast<float>(options_.shrinkage);
  const float lift = 1 / lift_of(row.size);
  if (options_.similarity == Similarity::kJaccard) {
    scores.take([&](int32_t other, float common) {
      if (other == row.itself) return;
      const float either = row.size + sizes_[other] - common + shrinkage;
      out.push_back({lift * lifts_[other] * (common / either), other});
    });
  } else {
    const float factor = shrinkage * row.size;
    if (factor == 0 && options_.asymmetry == 0) {
      scores.take([&](int32_t other, float cosine) {
        if (other != row.itself) out.push_back({cosine, other});
      });
      math::keep_best(out, static_cast<size_t>(count));
      return;
    }
    scores.take([&](int32_t other, float cosine) {
      if (other == row.itself) return;
      out.push_back({lift * lifts_[other] * (cosine / (1 + factor * sizes_[other])), other});
    });
  }
  math::keep_best(out, static_cast<size_t>(count));
}

float RowSimilarity::lift_of(float size) const {
  if (options_.asymmetry == 0 || !(size > 0)) return 1;
  const double norm = options_.similarity == Similarity::kJaccard ? std::sqrt(size) : 1 / size;
  return static_cast<float>(std::pow(norm, options_.asymmetry));
}

WeightedRow RowSimilarity::row(int32_t index) const {
  return {.columns = weighted_.row_indices(index),
          .weights = weighted_.row_values(index),
          .size = products_ ? 0 : sizes_[index],
          .itself = index};
}

Postings postings_of(const math::Csr& matrix) {
  Postings postings;
  postings.offsets = matrix.offsets;
  postings.entries.resize(matrix.indices.size());
  for (size_t i = 0; i < matrix.indices.size(); ++i) {
    postings.entries[i] = {matrix.indices[i], matrix.values[i]};
  }
  return postings;
}

}  // namespace coterie::recommend
