#include "models/recommend/item_knn.h"

#include <fmt/format.h>

#include "base/cancel.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/neighbour_graph_internal.h"
#include "models/recommend/similarity_artefact_internal.h"
#include "models/recommend/sparse_lists_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

struct ItemKnn::Model {
  ValueScale scale;
  std::vector<float> popularity;
  std::vector<int32_t> order;  // by popularity
  Postings graph;

  int32_t items() const { return static_cast<int32_t>(popularity.size()); }
};

Status check_options(const ItemKnnOptions& options) {
  RETURN_IF_ERROR(check_options(options.similarity));
  return check_neighbours(options.neighbours);
}

ItemKnn::ItemKnn(const ItemKnnOptions& options) : options_(options) {}
ItemKnn::~ItemKnn() = default;

Status ItemKnn::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  auto model = std::make_unique<Model>();
  model->scale = ValueScale(interactions, options_.similarity.value_power);
  model->popularity = item_popularity(interactions);
  model->order = popularity_order(model->popularity);
  const RowSimilarity similarity(math::transpose(model->scale.scaled(interactions), pool),
                                 options_.similarity, pool);
  ASSIGN_OR_RETURN(model->graph, nearest_neighbours(similarity, options_.neighbours, pool));
  model_ = std::move(model);
  return {};
}

Result<TopK> ItemKnn::recommend(std::span<const int32_t> users, const math::Csr& history,
                                const RecommendOptions& options, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_request(users, history, model_->items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  TopK out(static_cast<int64_t>(users.size()), options.k);
  std::vector<uint8_t> unknown(users.size(), 0);
  std::vector<std::unique_ptr<SparseLists>> lists(static_cast<size_t>(pool.threads()));
  const auto count = static_cast<int64_t>(users.size());
  pool.parallel_for_worker(count, 64, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    auto& mine = lists[worker];
    if (!mine) mine = std::make_unique<SparseLists>(model_->order, options);
    ScaledHistory known;
    for (int64_t i = begin; i < end; ++i) {
      const auto items = history.row_indices(users[i]);
      known.assign(items, history.row_values(users[i]), model_->items(), model_->scale);
      int64_t postings = 0;
      for (const int32_t item : known.items) {
        postings += model_->graph.offsets[item + 1] - model_->graph.offsets[item];
      }
      mine->scores().expect(postings);
      for (size_t j = 0; j < known.items.size(); ++j) {
        mine->scores().add(model_->graph.row(known.items[j]), known.values[j]);
      }
      unknown[i] = known.items.empty() ? 1 : 0;
      mine->write(items, i, out);
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  popularity_for_unknown(model_->popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> ItemKnn::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  return neighbour_lists(model_->graph, items, k, pool);
}

Status ItemKnn::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "itemknn"}, {"neighbours", options_.neighbours}};
  describe(options_.similarity, artefact);
  model_->scale.describe(artefact);
  artefact.tensors.add("popularity", {model_->items()}, std::span<const float>(model_->popularity));
  add_graph(model_->graph, artefact);
  return artefact.save(folder);
}

Result<std::unique_ptr<ItemKnn>> ItemKnn::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "itemknn"));
  ItemKnnOptions options;
  ASSIGN_OR_RETURN(const int64_t neighbours, artefact.integer("neighbours"));
  options.neighbours = static_cast<int>(neighbours);
  auto model = std::make_unique<Model>();
  ASSIGN_OR_RETURN(options.similarity, read_similarity(artefact));
  ASSIGN_OR_RETURN(model->scale, ValueScale::read(artefact));
  ASSIGN_OR_RETURN(model->popularity, artefact.floats("popularity", {-1}));
  model->order = popularity_order(model->popularity);
  ASSIGN_OR_RETURN(model->graph, read_graph(artefact, model->items()));
  auto loaded = std::make_unique<ItemKnn>(options);
  loaded->model_ = std::move(model);
  return loaded;
}

}  // namespace coterie::recommend
