#include <algorithm>
#include <utility>

#include "models/recommend/pairwise_model_internal.h"

namespace coterie::recommend {
namespace {

math::ScoredColumns with_biases(std::span<const float> rows, std::span<const float> biases, int d,
                                std::span<const uint8_t> allowed) {
  const auto items = static_cast<int64_t>(biases.size());
  std::vector<float> columns(static_cast<size_t>(items) * (static_cast<size_t>(d) + 1));
  for (int64_t item = 0; item < items; ++item) {
    float* column = columns.data() + item * (d + 1);
    std::copy_n(rows.data() + item * d, d, column);
    column[d] = biases[item];
  }
  return {columns, items, d + 1, allowed};
}

// Rows of their own and what their features sum up to; `biases` (null: none) likewise.
math::AlignedVector<float> summed(const math::AlignedVector<float>& own, const math::Csr& features,
                                  const SharedRows& shared, std::vector<float>* biases) {
  const int d = shared.d;
  const auto count = static_cast<int32_t>(own.size()) / d;
  math::AlignedVector<float> rows(static_cast<size_t>(features.rows) * d, 0.0F);
  if (biases != nullptr) biases->resize(static_cast<size_t>(features.rows), 0.0F);
  for (int32_t row = 0; row < features.rows; ++row) {
    float* const out = rows.data() + int64_t{row} * d;
    float bias = 0;
    sum_of_features(features, shared, row, out, bias);
    if (row < count) math::kernels().axpy(1.0F, own.data() + int64_t{row} * d, out, d);
    if (biases != nullptr) (*biases)[row] += bias;
  }
  return rows;
}

}  // namespace

PairwiseModel::PairwiseModel(PairwiseTrained trained, int d,
                             std::shared_ptr<const FeatureMatrices> matrices)
    : columns({}, 0, d + 1, {}), features(std::move(matrices)), trained_(std::move(trained)) {
  factors.d = d;
  trained_users_ = static_cast<int32_t>(trained_.users.size() / static_cast<size_t>(d));
  biases = trained_.biases;
  add_features();
  popularity = trained_.popularity;
  popularity.resize(biases.size(), 0.0F);
  close_biases();
  columns = with_biases(factors.items, biases, d, {});
}

void PairwiseModel::add_features() {
  if (features != nullptr && features->has_users()) {
    factors.users = summed(trained_.users, features->users, trained_.shared_users, nullptr);
  } else {
    factors.users = std::move(trained_.users);
    trained_.users = {};
  }
  if (features != nullptr && features->has_items()) {
    factors.items = summed(trained_.items, features->items, trained_.shared_items, &biases);
  } else {
    factors.items = std::move(trained_.items);
    trained_.items = {};
  }
}

// Items of which nothing is known, neither who met them nor by features, come last.
void PairwiseModel::close_biases() {
  const int d = factors.d;
  float lowest = 0;
  for (int32_t item = 0; item < items(); ++item) {
    if (popularity[item] == 0) continue;
    met.push_back(item);
    lowest = std::min(lowest, biases[item]);
  }
  factors.item_states.assign(biases.size(), {});
  for (int32_t item = 0; item < items(); ++item) {
    const float* row = factors.item(item);
    const bool known =
        popularity[item] > 0 || std::any_of(row, row + d, [](float value) { return value != 0; });
    if (!known) biases[item] = lowest;
    factors.item_states[item].bias = biases[item];
  }
}

math::ScoredColumns PairwiseModel::some_columns(std::span<const uint8_t> allowed) const {
  return with_biases(factors.items, biases, factors.d, allowed);
}

std::span<const float> PairwiseModel::own_users() const {
  return trained_.users.empty() ? std::span<const float>(factors.users) : trained_.users;
}

std::span<const float> PairwiseModel::own_items() const {
  return trained_.items.empty() ? std::span<const float>(factors.items) : trained_.items;
}

PairwiseTrained PairwiseModel::take_trained() {
  if (trained_.users.empty()) trained_.users = std::move(factors.users);
  if (trained_.items.empty()) trained_.items = std::move(factors.items);
  return std::move(trained_);
}

}  // namespace coterie::recommend
