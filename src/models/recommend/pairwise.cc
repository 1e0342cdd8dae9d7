#include "models/recommend/pairwise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "math/topk.h"
#include "models/recommend/factor_neighbours_internal.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/pairwise_model_internal.h"
#include "models/recommend/pairwise_tiles_internal.h"

namespace coterie::recommend {
namespace {

Error option_error(std::string_view name, double value, std::string_view range) {
  return invalid_input(fmt::format("{} = {} is out of range", name, value))
      .for_key(std::string(name))
      .with_mend(fmt::format("use a value {}", range));
}

}  // namespace

Status check_options(const PairwiseOptions& o) {
  if (o.factors < 1 || o.factors > 4096) {
    return option_error("factors", o.factors, "from 1 to 4096");
  }
  if (o.epochs < 1 || o.epochs > 10000) return option_error("epochs", o.epochs, "from 1 to 10000");
  if (!(o.learning_rate > 0 && o.learning_rate <= 10)) {
    return option_error("learning_rate", o.learning_rate, "greater than 0, up to 10");
  }
  if (!(o.regularisation >= 0 && o.regularisation <= 1)) {
    return option_error("regularisation", o.regularisation, "from 0 to 1");
  }
  return check_value_power(o.value_power);
}

PairwiseRecommender::PairwiseRecommender(const PairwiseOptions& options,
                                         std::unique_ptr<const PairwiseRule> rule)
    : options_(options), rule_(std::move(rule)) {}
PairwiseRecommender::~PairwiseRecommender() = default;

Status PairwiseRecommender::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  if (options_.features != nullptr) {
    RETURN_IF_ERROR(check_features(*options_.features, interactions.rows, interactions.cols));
  }
  ASSIGN_OR_RETURN(auto trained, train_pairwise(*rule_, interactions, options_, pool));
  model_ = std::make_unique<PairwiseModel>(std::move(trained), options_.factors, options_.features);
  return {};
}

Status PairwiseRecommender::describe(std::shared_ptr<const FeatureMatrices> features) {
  const FeatureMatrices none;
  const FeatureMatrices& before = model_->features == nullptr ? none : *model_->features;
  const std::array<std::tuple<int32_t, int32_t, const char*>, 2> sides{
      {{features->users.cols, before.users.cols, "users"},
       {features->items.cols, before.items.cols, "items"}}};
  for (const auto& [given, known, what] : sides) {
    if (given == known) continue;
    return invalid_input(fmt::format("{} features of {} are given, the model was trained with {}",
                                     given, what, known));
  }
  RETURN_IF_ERROR(check_features(*features, model_->trained_users(), model_->trained_items()));
  model_ = std::make_unique<PairwiseModel>(model_->take_trained(), options_.factors,
                                           std::move(features));
  return {};
}

std::vector<float> PairwiseRecommender::fold_in(std::span<const int32_t> items,
                                                std::span<const float> confidences,
                                                std::span<const float> features) const {
  const PairwiseModel& m = *model_;
  const auto d = static_cast<size_t>(options_.factors);
  const std::vector<float> zeros(d, 0.0F);
  if (features.empty()) features = zeros;
  std::vector<float> user(features.begin(), features.end());
  std::vector<PairwiseSample> samples;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i] < 0 || items[i] >= m.items() || m.popularity[items[i]] == 0) continue;
    samples.push_back({.user = 0, .item = items[i], .weight = m.scale()(confidences[i])});
  }
  const PairwiseRates rates = rates_of(options_);
  const PairwiseScene scene{.factors = m.factors,
                            .kernels = math::kernels(),
                            .user = user.data(),
                            .history = items,
                            .candidates = m.met,
                            .items = static_cast<int32_t>(m.met.size())};
  math::RandomStream random(options_.seed, kFoldIn, 0);
  std::vector<float> better(d), worse(d), pulls(d);
  float squares = 1;
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    for (const PairwiseSample& sample : samples) {
      const PairwiseChoice choice = rule_->choose_one(scene, sample.item, random);
      if (choice.item < 0) continue;
      std::copy_n(m.factors.item(sample.item), d, better.begin());
      std::copy_n(m.factors.item(choice.item), d, worse.begin());
      math::PairStep job{.user = user.data(),
                         .better = better.data(),
                         .worse = worse.data(),
                         .n = options_.factors,
                         .pull = std::min(choice.pull * sample.weight, kMaxPull),
                         .decay = rates.regularisation,
                         .rates = {rates.learning_rate / std::sqrt(squares), 0, 0},
                         .squares = {},
                         .shared = {features.data(), zeros.data(), zeros.data()},
                         .pulls = {pulls.data(), pulls.data(), pulls.data()}};
      scene.kernels.pair_step(job);
      squares += job.squares[0] / static_cast<float>(d);
    }
  }
  return user;
}

Result<TopK> PairwiseRecommender::recommend(std::span<const int32_t> users,
                                            const math::Csr& history,
                                            const RecommendOptions& options,
                                            ThreadPool& pool) const {
  const PairwiseModel& m = *model_;
  RETURN_IF_ERROR(check_request(users, history, m.items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  const auto count = static_cast<int64_t>(users.size());
  const int d = options_.factors;
  std::vector<float> queries(users.size() * (static_cast<size_t>(d) + 1));
  std::vector<uint8_t> unknown(users.size(), 0);
  pool.parallel_for(count, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* query = queries.data() + i * (d + 1);
      const auto known = users[i] < m.users() ? m.user(users[i]) : std::span<const float>();
      if (users[i] < m.trained_users()) {
        std::copy(known.begin(), known.end(), query);
      } else {
        const auto folded =
            fold_in(history.row_indices(users[i]), history.row_values(users[i]), known);
        std::copy(folded.begin(), folded.end(), query);
      }
      unknown[i] = std::all_of(query, query + d, [](float value) { return value == 0; }) ? 1 : 0;
      query[d] = 1;  // takes the bias
    }
  });
  math::ScoredColumns::Excluded seen;
  if (options.filter_seen) {
    seen = [&](int64_t i) { return history.row_indices(users[static_cast<size_t>(i)]); };
  }
  const math::ScoredColumns columns =
      options.allowed_items.empty() ? m.columns : m.some_columns(options.allowed_items);
  ASSIGN_OR_RETURN(TopK out, columns.top_k(queries, count, options.k, seen, pool));
  popularity_for_unknown(m.popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> PairwiseRecommender::similar_items(std::span<const int32_t> items, int k,
                                                ThreadPool& pool) const {
  return factor_neighbours(item_factors(), model_->items(), options_.factors, items, k, pool);
}

std::span<const float> PairwiseRecommender::user_factors() const { return model_->factors.users; }
std::span<const float> PairwiseRecommender::item_factors() const { return model_->factors.items; }
std::span<const float> PairwiseRecommender::item_biases() const { return model_->biases; }

}  // namespace coterie::recommend
