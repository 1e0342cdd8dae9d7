#include "models/recommend/ease.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/large_array.h"
#include "math/artefact.h"
#include "math/kernels.h"
#include "math/row_select.h"
#include "math/spd_inverse.h"
#include "models/recommend/dense_lists_internal.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

struct Ease::Model {
  ValueScale scale;
  std::vector<float> popularity;
  LargeArray<float> weights;  // B: items × items

  int32_t items() const { return static_cast<int32_t>(popularity.size()); }
  size_t size() const { return popularity.size() * popularity.size(); }
};

namespace {

// Columns whose sums stay in the first-level cache.
constexpr int64_t kStrip = 4'096;

// Upper triangle of XᵀX + λI into rows of `stride`.
void fill_gram(const math::Csr& users, const math::Csr& items, double regularisation, float* gram,
               int64_t stride, ThreadPool& pool) {
  pool.parallel_for(items.rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      float* row = gram + item * stride;
      std::fill(row + item, row + stride, 0.0F);
      const auto who = items.row_indices(static_cast<int32_t>(item));
      const auto values = items.row_values(static_cast<int32_t>(item));
      for (size_t i = 0; i < who.size(); ++i) {
        const auto met = users.row_indices(who[i]);
        const auto with = users.row_values(who[i]);
        const auto first = std::lower_bound(met.begin(), met.end(), static_cast<int32_t>(item));
        for (auto other = static_cast<size_t>(first - met.begin()); other < met.size(); ++other) {
          row[met[other]] += values[i] * with[other];
        }
      }
      row[item] += static_cast<float>(regularisation);
    }
  });
}

// P in rows of `stride` becomes B in rows of n.
void inverse_to_weights(float* values, int64_t n, int64_t stride, ThreadPool& pool) {
  std::vector<float> factors(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) factors[i] = -1 / values[i * stride + i];
  for (int64_t i = 1; i < n; ++i) {
    std::memmove(values + i * n, values + i * stride, static_cast<size_t>(n) * sizeof(float));
  }
  pool.parallel_for(n, 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* row = values + i * n;
      for (int64_t j = 0; j < n; ++j) row[j] *= factors[j];
      row[i] = 0;
    }
  });
}

Status check_memory(int64_t items, int64_t limit) {
  constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
  const int64_t needed = ease_bytes(items);
  if (needed <= limit) return {};
  return Error{
      ErrorCode::kResourceExhausted,
      fmt::format("ease on {} items needs {:.1f} GiB of memory, {:.1f} GiB may be used", items,
                  static_cast<double>(needed) / kGiB, static_cast<double>(limit) / kGiB)}
      .with_mend("use puresvd, gfcf or itemknn, or leave out items that hardly anyone met");
}

}  // namespace

Status check_options(const EaseOptions& options) {
  RETURN_IF_ERROR(check_value_power(options.value_power));
  if (options.regularisation > 0 && options.regularisation <= 1e9) return {};
  return invalid_input(fmt::format("regularisation = {} is out of range", options.regularisation))
      .for_key("regularisation")
      .with_mend("use a value above 0, up to 1e9");
}

int64_t ease_bytes(int64_t items) {
  const int64_t stride = math::symmetric_stride(items);
  return stride * stride * static_cast<int64_t>(sizeof(float)) +
         math::inversion_scratch_bytes(items);
}

Ease::Ease(const EaseOptions& options) : options_(options) {}
Ease::~Ease() = default;

Status Ease::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  const int64_t n = interactions.cols;
  RETURN_IF_ERROR(check_memory(n, options_.memory_bytes));
  model_.reset();
  auto model = std::make_unique<Model>();
  model->scale = ValueScale(interactions, options_.value_power);
  model->popularity = item_popularity(interactions);
  const int64_t stride = math::symmetric_stride(n);
  model->weights = make_large_array<float>(static_cast<size_t>(stride * stride));
  {
    const math::Csr users = model->scale.scaled(interactions);
    fill_gram(users, math::transpose(users, pool), options_.regularisation, model->weights.get(),
              stride, pool);
  }
  const Status inverted = math::invert_spd({model->weights.get(), n, stride}, pool);
  if (!inverted.ok() && inverted.error().code == ErrorCode::kInvalidInput) {
    return invalid_input(fmt::format("regularisation = {} is too small for these interactions",
                                     options_.regularisation))
        .for_key("regularisation")
        .with_mend("use a larger value");
  }
  RETURN_IF_ERROR(inverted);
  inverse_to_weights(model->weights.get(), n, stride, pool);
  model_ = std::move(model);
  return {};
}

Result<TopK> Ease::recommend(std::span<const int32_t> users, const math::Csr& history,
                             const RecommendOptions& options, ThreadPool& pool) const {
  const int64_t n = model_->items();
  RETURN_IF_ERROR(check_request(users, history, model_->items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  std::vector<uint8_t> unknown(users.size(), 0);
  const auto fill = [&](int64_t begin, int64_t end, int, float* rows) {
    std::vector<ScaledHistory> known(static_cast<size_t>(end - begin));
    for (int64_t i = begin; i < end; ++i) {
      ScaledHistory& mine = known[i - begin];
      mine.assign(history.row_indices(users[i]), history.row_values(users[i]), model_->items(),
                  model_->scale);
      unknown[i] = mine.items.empty() ? 1 : 0;
    }
    std::fill_n(rows, (end - begin) * n, 0.0F);
    for (int64_t column = 0; column < n; column += kStrip) {
      for (int64_t i = begin; i < end; ++i) {
        const ScaledHistory& mine = known[i - begin];
        math::kernels().add_weighted_rows({.base = model_->weights.get() + column,
                                           .stride = n,
                                           .ids = mine.items.data(),
                                           .weights = mine.values.data(),
                                           .count = static_cast<int>(mine.items.size()),
                                           .n = std::min(kStrip, n - column),
                                           .out = rows + (i - begin) * n + column});
      }
    }
  };
  ASSIGN_OR_RETURN(
      TopK out,
      dense_lists(
          {.users = users, .history = history, .options = options, .items = model_->items()}, fill,
          pool));
  popularity_for_unknown(model_->popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> Ease::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_items(items, model_->items(), k));
  TopK out(static_cast<int64_t>(items.size()), k);
  const int64_t n = model_->items();
  pool.parallel_for(static_cast<int64_t>(items.size()), 32, [&](int64_t begin, int64_t end) {
    std::vector<float> row;
    math::RowSelector selector;
    for (int64_t i = begin; i < end; ++i) {
      const float* weights = model_->weights.get() + items[i] * n;
      row.assign(weights, weights + n);
      selector.select(row, {&items[i], 1}, {}, i, out);
    }
  });
  return out;
}

Status Ease::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "ease"}, {"regularisation", options_.regularisation}};
  model_->scale.describe(artefact);
  const int64_t n = model_->items();
  artefact.tensors.add("popularity", {n}, std::span<const float>(model_->popularity));
  artefact.tensors.add("weights", {n, n},
                       std::span<const float>(model_->weights.get(), model_->size()));
  return artefact.save(folder);
}

Result<std::unique_ptr<Ease>> Ease::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "ease"));
  EaseOptions options;
  ASSIGN_OR_RETURN(options.regularisation, artefact.real("regularisation"));
  auto model = std::make_unique<Model>();
  ASSIGN_OR_RETURN(model->scale, ValueScale::read(artefact));
  options.value_power = model->scale.power();
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  ASSIGN_OR_RETURN(model->popularity, artefact.floats("popularity", {-1}));
  const int64_t n = model->items();
  ASSIGN_OR_RETURN(const std::vector<float> weights, artefact.floats("weights", {n, n}));
  model->weights = make_large_array<float>(weights.size());
  std::copy(weights.begin(), weights.end(), model->weights.get());
  auto loaded = std::make_unique<Ease>(options);
  loaded->model_ = std::move(model);
  return loaded;
}

}  // namespace coterie::recommend
