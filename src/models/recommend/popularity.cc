#include "models/recommend/popularity.h"

#include <algorithm>

#include <fmt/format.h>

#include "math/artefact.h"
#include "models/recommend/history_internal.h"

namespace coterie::recommend {

Status Popularity::fit(const math::Csr& interactions, ThreadPool&) {
  RETURN_IF_ERROR(check_interactions(interactions));
  popularity_ = item_popularity(interactions);
  return {};
}

Result<TopK> Popularity::recommend(std::span<const int32_t> users, const math::Csr& history,
                                   const RecommendOptions& options, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_request(users, history, static_cast<int32_t>(popularity_.size()), options));
  TopK out(static_cast<int64_t>(users.size()), options.k);
  popularity_lists(popularity_, users, {}, history, options, pool, out);
  return out;
}

Result<TopK> Popularity::similar_items(std::span<const int32_t> items, int k, ThreadPool&) const {
  if (k < 0) return invalid_input(fmt::format("k = {} is negative", k));
  TopK out(static_cast<int64_t>(items.size()), k);
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i] < 0 || items[i] >= static_cast<int32_t>(popularity_.size())) {
      return invalid_input(
          fmt::format("item {} is outside of the model's {}", items[i], popularity_.size()));
    }
    math::select_top_k(popularity_, {&items[i], 1}, static_cast<int64_t>(i), out);
  }
  return out;
}

Status Popularity::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "popularity"}, {"items", popularity_.size()}};
  artefact.tensors.add("popularity", {static_cast<int64_t>(popularity_.size())},
                       std::span<const float>(popularity_));
  return artefact.save(folder);
}

Result<std::unique_ptr<Popularity>> Popularity::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "popularity"));
  auto model = std::make_unique<Popularity>();
  ASSIGN_OR_RETURN(model->popularity_, artefact.floats("popularity", {-1}));
  return model;
}

}  // namespace coterie::recommend
