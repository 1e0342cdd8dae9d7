#include "models/recommend/trending.h"

#include <algorithm>
#include <cmath>

#include "math/artefact.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/sequences_internal.h"

namespace coterie::recommend {

Status check_options(const TrendingOptions& options) {
  RETURN_IF_ERROR(check_range("window", options.window, 0, 1));
  return check_range("half_life", options.half_life, 0, 1e6);
}

Trending::Trending(const TrendingOptions& options) : options_(options) {}

Status Trending::fit(const math::Csr& interactions, ThreadPool&) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  scores_ = item_popularity(interactions);
  return {};
}

Status Trending::fit_in_order(const math::Csr& interactions, const OrderedHistory& order,
                              ThreadPool&) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  RETURN_IF_ERROR(check_order(order, interactions.rows));
  if (order.ages.size() != order.items.size()) {
    return invalid_input("it is not known how long ago things were met");
  }
  const auto events = static_cast<size_t>(order.offsets[interactions.rows]);
  const auto end = order.ages.begin() + static_cast<int64_t>(events);
  const double newest = events > 0 ? *std::min_element(order.ages.begin(), end) : 0;
  std::vector<double> sums(static_cast<size_t>(interactions.cols), 0);
  for (size_t at = 0; at < events; ++at) {
    const double age = order.ages[at] - newest;
    if (order.items[at] >= interactions.cols || age > options_.window) continue;
    sums[order.items[at]] += options_.half_life > 0 ? std::exp2(-age / options_.half_life) : 1;
  }
  scores_.assign(sums.begin(), sums.end());
  return {};
}

Result<TopK> Trending::recommend(std::span<const int32_t> users, const math::Csr& history,
                                 const RecommendOptions& options, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_request(users, history, static_cast<int32_t>(scores_.size()), options));
  TopK out(static_cast<int64_t>(users.size()), options.k);
  popularity_lists(scores_, users, {}, history, options, pool, out);
  return out;
}

Result<TopK> Trending::similar_items(std::span<const int32_t> items, int k, ThreadPool&) const {
  RETURN_IF_ERROR(check_items(items, static_cast<int32_t>(scores_.size()), k));
  TopK out(static_cast<int64_t>(items.size()), k);
  for (size_t i = 0; i < items.size(); ++i) {
    math::select_top_k(scores_, {&items[i], 1}, static_cast<int64_t>(i), out);
  }
  return out;
}

Status Trending::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {
      {"kind", "trending"}, {"window", options_.window}, {"half_life", options_.half_life}};
  artefact.tensors.add("scores", {static_cast<int64_t>(scores_.size())},
                       std::span<const float>(scores_));
  return artefact.save(folder);
}

Result<std::unique_ptr<Trending>> Trending::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "trending"));
  TrendingOptions options;
  ASSIGN_OR_RETURN(options.window, artefact.real("window"));
  ASSIGN_OR_RETURN(options.half_life, artefact.real("half_life"));
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  auto model = std::make_unique<Trending>(options);
  ASSIGN_OR_RETURN(model->scores_, artefact.floats("scores", {-1}));
  return model;
}

}  // namespace coterie::recommend
