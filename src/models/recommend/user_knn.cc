#include "models/recommend/user_knn.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/cancel.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/similarity_artefact_internal.h"
#include "models/recommend/sparse_lists_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

struct UserKnn::Model {
  Model(math::Csr scaled, std::vector<float> popular, const ValueScale& values,
        const SimilarityOptions& options, ThreadPool& pool)
      : scale(values),
        matrix(std::move(scaled)),
        popularity(std::move(popular)),
        order(popularity_order(popularity)),
        met(postings_of(matrix)),
        users(matrix, options, pool),
        items(math::transpose(matrix, pool), SimilarityOptions(), pool) {}

  ValueScale scale;
  math::Csr matrix;  // scaled
  std::vector<float> popularity;
  std::vector<int32_t> order;  // by popularity
  Postings met;                // of the scaled matrix: user to items
  RowSimilarity users;
  RowSimilarity items;
};

namespace {

struct Scratch {
  Scratch(const RowSimilarity& users, std::span<const int32_t> order,
          const RecommendOptions& options)
      : alike(users.rows()), lists(order, options) {}
  SparseScores alike;
  SparseLists lists;
  ScaledHistory known;
  std::vector<float> weights;
  std::vector<math::Candidate> nearest;
};

}  // namespace

Status check_options(const UserKnnOptions& options) {
  RETURN_IF_ERROR(check_options(options.similarity));
  return check_neighbours(options.neighbours);
}

UserKnn::UserKnn(const UserKnnOptions& options) : options_(options) {}
UserKnn::~UserKnn() = default;

Status UserKnn::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  const ValueScale scale(interactions, options_.similarity.value_power);
  model_ = std::make_unique<Model>(scale.scaled(interactions), item_popularity(interactions), scale,
                                   options_.similarity, pool);
  return {};
}

Result<TopK> UserKnn::recommend(std::span<const int32_t> users, const math::Csr& history,
                                const RecommendOptions& options, ThreadPool& pool) const {
  const Model& m = *model_;
  RETURN_IF_ERROR(check_request(users, history, m.matrix.cols, options));
  RETURN_IF_ERROR(check_confidences(users, history));
  TopK out(static_cast<int64_t>(users.size()), options.k);
  std::vector<uint8_t> unknown(users.size(), 0);
  std::vector<std::unique_ptr<Scratch>> scratch(static_cast<size_t>(pool.threads()));
  const auto count = static_cast<int64_t>(users.size());
  pool.parallel_for_worker(count, 16, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    auto& mine = scratch[worker];
    if (!mine) mine = std::make_unique<Scratch>(m.users, m.order, options);
    for (int64_t i = begin; i < end; ++i) {
      const auto items = history.row_indices(users[i]);
      ScaledHistory& known = mine->known;
      known.assign(items, history.row_values(users[i]), m.matrix.cols, m.scale);
      unknown[i] = known.items.empty() ? 1 : 0;
      mine->weights.resize(known.items.size());
      const float size = m.users.weigh(known.items, known.values, mine->weights.data());
      const WeightedRow row{.columns = known.items,
                            .weights = mine->weights,
                            .size = size,
                            .itself = users[i] < m.matrix.rows ? users[i] : -1};
      m.users.nearest(row, options_.neighbours, mine->alike, mine->nearest);
      // In a fixed order: sums of floats depend on it.
      std::sort(mine->nearest.begin(), mine->nearest.end(),
                [](const auto& a, const auto& b) { return a.column < b.column; });
      for (const math::Candidate& near : mine->nearest) {
        if (near.score > 0) mine->lists.scores().add(m.met.row(near.column), near.score);
      }
      mine->lists.write(items, i, out);
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  popularity_for_unknown(m.popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> UserKnn::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_items(items, model_->matrix.cols, k));
  const RowSimilarity& similarity = model_->items;
  TopK out(static_cast<int64_t>(items.size()), k);
  pool.parallel_for(static_cast<int64_t>(items.size()), 64, [&](int64_t begin, int64_t end) {
    SparseScores scores(similarity.rows());
    std::vector<math::Candidate> nearest;
    math::RowSelector selector;
    for (int64_t i = begin; i < end; ++i) {
      similarity.nearest(similarity.row(items[i]), k, scores, nearest);
      selector.select(nearest, i, out);
    }
  });
  return out;
}

Status UserKnn::save(const std::string& folder) const {
  const Model& m = *model_;
  math::Artefact artefact;
  artefact.description = {
      {"kind", "userknn"}, {"neighbours", options_.neighbours}, {"items", m.matrix.cols}};
  describe(options_.similarity, artefact);
  m.scale.describe(artefact);
  artefact.tensors.add("popularity", {m.matrix.cols}, std::span<const float>(m.popularity));
  artefact.tensors.add("offsets", {int64_t{m.matrix.rows} + 1},
                       std::span<const int64_t>(m.matrix.offsets));
  artefact.tensors.add("items", {m.matrix.entries()}, std::span<const int32_t>(m.matrix.indices));
  artefact.tensors.add("values", {m.matrix.entries()}, std::span<const float>(m.matrix.values));
  return artefact.save(folder);
}

Result<std::unique_ptr<UserKnn>> UserKnn::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "userknn"));
  UserKnnOptions options;
  ASSIGN_OR_RETURN(const int64_t neighbours, artefact.integer("neighbours"));
  options.neighbours = static_cast<int>(neighbours);
  ASSIGN_OR_RETURN(options.similarity, read_similarity(artefact));
  ASSIGN_OR_RETURN(const ValueScale scale, ValueScale::read(artefact));
  ASSIGN_OR_RETURN(std::vector<float> popularity, artefact.floats("popularity", {-1}));
  math::Csr matrix;
  matrix.cols = static_cast<int32_t>(popularity.size());
  ASSIGN_OR_RETURN(matrix.offsets, artefact.tensors.longs("offsets", {-1}));
  ASSIGN_OR_RETURN(matrix.indices, artefact.tensors.ints("items", {-1}));
  const auto entries = static_cast<int64_t>(matrix.indices.size());
  ASSIGN_OR_RETURN(matrix.values, artefact.floats("values", {entries}));
  RETURN_IF_ERROR(check_offsets(matrix.offsets, entries));
  matrix.rows = static_cast<int32_t>(matrix.offsets.size()) - 1;
  for (const int32_t item : matrix.indices) {
    if (item >= 0 && item < matrix.cols) continue;
    return corrupt(fmt::format("item {} is outside of the model's {}", item, matrix.cols));
  }
  auto loaded = std::make_unique<UserKnn>(options);
  ThreadPool pool(1);
  loaded->model_ = std::make_unique<Model>(std::move(matrix), std::move(popularity), scale,
                                           options.similarity, pool);
  return loaded;
}

}  // namespace coterie::recommend
