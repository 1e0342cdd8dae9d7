#include "models/recommend/session_knn.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/cancel.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/recent_items_internal.h"
#include "models/recommend/sequences_internal.h"
#include "models/recommend/sparse_lists_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

struct SessionKnn::Model {
  Model(math::Csr rows, std::vector<float> popular, double damping, ThreadPool& pool)
      : sessions(std::move(rows)),
        popularity(std::move(popular)),
        order(popularity_order(popularity)),
        of_item(postings_of(math::transpose(sessions, pool))) {
    for (int32_t item = 0; item < items(); ++item) {
      const auto count = static_cast<double>(of_item.row(item).size());
      damped.push_back(count > 0 ? static_cast<float>(std::pow(count, -damping)) : 0.0F);
    }
  }

  math::Csr sessions;  // × items: 1 / √|s|
  std::vector<float> popularity;
  std::vector<int32_t> order;  // by popularity
  Postings of_item;
  std::vector<float> damped;  // n_i^-damping

  int32_t items() const { return static_cast<int32_t>(popularity.size()); }
};

namespace {

// Distinct items of every session of the first `users` rows, with 1 / √|s|.
math::Csr sessions_of(const OrderedHistory& order, int32_t users, int32_t items) {
  math::Csr sessions;
  sessions.cols = items;
  sessions.offsets = {0};
  std::vector<int32_t> session;
  const auto end = [&] {
    std::sort(session.begin(), session.end());
    session.erase(std::unique(session.begin(), session.end()), session.end());
    if (session.empty()) return;
    const double weight = 1 / std::sqrt(static_cast<double>(session.size()));
    sessions.indices.insert(sessions.indices.end(), session.begin(), session.end());
    sessions.values.insert(sessions.values.end(), session.size(), static_cast<float>(weight));
    sessions.offsets.push_back(static_cast<int64_t>(sessions.indices.size()));
    ++sessions.rows;
    session.clear();
  };
  for (int32_t user = 0; user < users; ++user) {
    for (int64_t at = order.offsets[user]; at < order.offsets[user + 1]; ++at) {
      if (order.starts[at] != 0) end();
      if (order.items[at] < items) session.push_back(order.items[at]);
    }
    end();
  }
  return sessions;
}

// Adds to every item what the sessions nearest to a query say.
class Neighbourhood {
 public:
  Neighbourhood(const math::Csr& sessions, const Postings& of_item)
      : sessions_(sessions), of_item_(of_item), near_(sessions.rows) {}

  void add(std::span<const int32_t> items, std::span<const float> weights, size_t neighbours,
           std::span<const float> damped, SparseScores& scores) {
    double squares = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      near_.add(of_item_.row(items[i]), weights[i]);
      squares += double{weights[i]} * weights[i];
    }
    found_.clear();
    near_.take([&](int32_t session, float sum) { found_.push_back({sum, session}); });
    math::keep_best(found_, neighbours);
    // In the order of the sessions, so that sums do not depend on how the best were found.
    std::sort(found_.begin(), found_.end(),
              [](const auto& a, const auto& b) { return a.column < b.column; });
    for (const math::Candidate& near : found_) {
      const auto similarity = static_cast<float>(near.score / std::sqrt(squares));
      entries_.clear();
      for (const int32_t item : sessions_.row_indices(near.column)) {
        entries_.push_back({item, damped[item]});
      }
      scores.add(entries_, similarity);
    }
  }

 private:
  const math::Csr& sessions_;
  const Postings& of_item_;
  SparseScores near_;
  std::vector<math::Candidate> found_;
  std::vector<Posting> entries_;
};

}  // namespace

Status check_options(const SessionKnnOptions& options) {
  RETURN_IF_ERROR(check_range("neighbours", options.neighbours, 1, 1e6));
  RETURN_IF_ERROR(check_range("memory", options.memory, 0, 1));
  RETURN_IF_ERROR(check_range("across", options.across, 0, 1));
  return check_range("damping", options.damping, 0, 2);
}

SessionKnn::SessionKnn(const SessionKnnOptions& options) : options_(options) {}
SessionKnn::~SessionKnn() = default;

Status SessionKnn::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_interactions(interactions));
  return fit_in_order(interactions, without_order(interactions), pool);
}

Status SessionKnn::fit_in_order(const math::Csr& interactions, const OrderedHistory& order,
                                ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  RETURN_IF_ERROR(check_order(order, interactions.rows));
  model_ = std::make_unique<Model>(sessions_of(order, interactions.rows, interactions.cols),
                                   item_popularity(interactions), options_.damping, pool);
  return {};
}

Result<TopK> SessionKnn::recommend(std::span<const int32_t> users, const math::Csr& history,
                                   const RecommendOptions& options, ThreadPool& pool) const {
  const Model& m = *model_;
  RETURN_IF_ERROR(check_request(users, history, m.items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  if (options.order != nullptr) RETURN_IF_ERROR(check_order(*options.order, history.rows));
  TopK out(static_cast<int64_t>(users.size()), options.k);
  std::vector<uint8_t> unknown(users.size(), 0);
  struct Scratch {
    Scratch(const Model& model, const RecommendOptions& options)
        : lists(model.order, options),
          recent(model.items()),
          neighbourhood(model.sessions, model.of_item) {}
    SparseLists lists;
    RecentItems recent;
    Neighbourhood neighbourhood;
  };
  std::vector<std::unique_ptr<Scratch>> scratch(static_cast<size_t>(pool.threads()));
  const auto count = static_cast<int64_t>(users.size());
  pool.parallel_for_worker(count, 64, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    auto& mine = scratch[worker];
    if (!mine) mine = std::make_unique<Scratch>(m, options);
    for (int64_t i = begin; i < end; ++i) {
      mine->recent.assign(users[i], history, options.order,
                          {.memory = options_.memory, .across = options_.across});
      mine->neighbourhood.add(mine->recent.items, mine->recent.weights,
                              static_cast<size_t>(options_.neighbours), m.damped,
                              mine->lists.scores());
      unknown[i] = mine->recent.items.empty() ? 1 : 0;
      mine->lists.write(history.row_indices(users[i]), i, out);
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  popularity_for_unknown(m.popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> SessionKnn::similar_items(std::span<const int32_t> items, int k,
                                       ThreadPool& pool) const {
  const Model& m = *model_;
  RETURN_IF_ERROR(check_items(items, m.items(), k));
  TopK out(static_cast<int64_t>(items.size()), k);
  const RecommendOptions options{.k = k};
  std::vector<std::unique_ptr<SparseLists>> lists(static_cast<size_t>(pool.threads()));
  const auto count = static_cast<int64_t>(items.size());
  pool.parallel_for_worker(count, 64, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    auto& mine = lists[worker];
    if (!mine) mine = std::make_unique<SparseLists>(m.order, options);
    std::vector<Posting> entries;
    for (int64_t i = begin; i < end; ++i) {
      const auto own = static_cast<double>(m.of_item.row(items[i]).size());
      for (const Posting& session : m.of_item.row(items[i])) {
        entries.clear();
        for (const int32_t other : m.sessions.row_indices(session.id)) {
          const auto count_of = static_cast<double>(m.of_item.row(other).size());
          entries.push_back({other, static_cast<float>(1 / std::sqrt(own * count_of))});
        }
        mine->scores().add(entries, 1);
      }
      mine->write({&items[i], 1}, i, out);
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  return out;
}

Status SessionKnn::save(const std::string& folder) const {
  const Model& m = *model_;
  math::Artefact artefact;
  artefact.description = {{"kind", "sessionknn"},
                          {"neighbours", options_.neighbours},
                          {"memory", options_.memory},
                          {"across", options_.across},
                          {"damping", options_.damping}};
  artefact.tensors.add("popularity", {m.items()}, std::span<const float>(m.popularity));
  artefact.tensors.add("session_offsets", {m.sessions.rows + 1},
                       std::span<const int64_t>(m.sessions.offsets));
  artefact.tensors.add("session_items", {m.sessions.entries()},
                       std::span<const int32_t>(m.sessions.indices));
  return artefact.save(folder);
}

Result<std::unique_ptr<SessionKnn>> SessionKnn::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "sessionknn"));
  SessionKnnOptions options;
  ASSIGN_OR_RETURN(const int64_t neighbours, artefact.integer("neighbours"));
  options.neighbours = static_cast<int>(neighbours);
  ASSIGN_OR_RETURN(options.memory, artefact.real("memory"));
  ASSIGN_OR_RETURN(options.across, artefact.real("across"));
  ASSIGN_OR_RETURN(options.damping, artefact.real("damping"));
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  ASSIGN_OR_RETURN(std::vector<float> popularity, artefact.floats("popularity", {-1}));
  math::Csr sessions;
  sessions.cols = static_cast<int32_t>(popularity.size());
  ASSIGN_OR_RETURN(sessions.offsets, artefact.tensors.longs("session_offsets", {-1}));
  ASSIGN_OR_RETURN(sessions.indices, artefact.tensors.ints("session_items", {-1}));
  RETURN_IF_ERROR(check_offsets(sessions.offsets, static_cast<int64_t>(sessions.indices.size())));
  sessions.rows = static_cast<int32_t>(sessions.offsets.size()) - 1;
  for (int32_t session = 0; session < sessions.rows; ++session) {
    const auto items = sessions.row_indices(session);
    for (const int32_t item : items) {
      if (item < 0 || item >= sessions.cols) {
        return corrupt(fmt::format("item {} is outside of the model's {}", item, sessions.cols));
      }
    }
    const double weight = items.empty() ? 0 : 1 / std::sqrt(static_cast<double>(items.size()));
    sessions.values.insert(sessions.values.end(), items.size(), static_cast<float>(weight));
  }
  auto loaded = std::make_unique<SessionKnn>(options);
  ThreadPool one(1);
  loaded->model_ =
      std::make_unique<Model>(std::move(sessions), std::move(popularity), options.damping, one);
  return loaded;
}

}  // namespace coterie::recommend
