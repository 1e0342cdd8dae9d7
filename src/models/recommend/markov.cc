#include "models/recommend/markov.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/cancel.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/neighbour_graph_internal.h"
#include "models/recommend/recent_items_internal.h"
#include "models/recommend/sequences_internal.h"
#include "models/recommend/sparse_lists_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

struct Markov::Model {
  std::vector<float> popularity;
  std::vector<int32_t> order;  // by popularity
  Postings graph;              // P(b | a)
  std::vector<float> damping;  // n_b^-damping

  int32_t items() const { return static_cast<int32_t>(popularity.size()); }
};

namespace {

// Adds the transitions that begin with one item.
class Transitions {
 public:
  Transitions(const OrderedHistory& order, bool ordered, const MarkovOptions& options,
              int32_t users, int32_t items)
      : order_(order),
        ordered_(ordered),
        options_(options),
        items_(items),
        occurrences_(find_occurrences(order, users, items)) {}

  void add_from(int32_t item, SparseScores& sums) const {
    for (int64_t i = occurrences_.offsets[item]; i < occurrences_.offsets[item + 1]; ++i) {
      const int64_t place = occurrences_.places[i];
      const int64_t end = order_.offsets[occurrences_.users[i] + 1];
      if (ordered_) {
        add_following(item, place, end, sums);
      } else {
        for (int64_t at = order_.offsets[occurrences_.users[i]]; at < end; ++at) {
          add(item, order_.items[at], 1, sums);
        }
      }
    }
  }

 private:
  void add_following(int32_t item, int64_t place, int64_t end, SparseScores& sums) const {
    double weight = 1;
    const int64_t last = std::min(end, place + 1 + options_.window);
    for (int64_t at = place + 1; at < last; ++at) {
      if (order_.starts[at] != 0) weight *= options_.across;
      if (weight < 1e-9) return;
      add(item, order_.items[at], static_cast<float>(weight), sums);
      weight *= options_.decay;
    }
  }
  void add(int32_t from, int32_t to, float weight, SparseScores& sums) const {
    if (to == from || to >= items_) return;
    const Posting posting{to, weight};
    sums.add({&posting, 1}, 1);
  }

  const OrderedHistory& order_;
  const bool ordered_;
  const MarkovOptions& options_;
  const int32_t items_;
  const Occurrences occurrences_;
};

}  // namespace

Status check_options(const MarkovOptions& options) {
  RETURN_IF_ERROR(check_range("window", options.window, 1, 1e6));
  RETURN_IF_ERROR(check_range("decay", options.decay, 0, 1));
  RETURN_IF_ERROR(check_range("across", options.across, 0, 1));
  RETURN_IF_ERROR(check_range("memory", options.memory, 0, 1));
  RETURN_IF_ERROR(check_range("damping", options.damping, 0, 2));
  return check_range("neighbours", options.neighbours, 1, 1e6);
}

Markov::Markov(const MarkovOptions& options) : options_(options) {}
Markov::~Markov() = default;

Status Markov::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_interactions(interactions));
  return fit_sequences(interactions, without_order(interactions), false, pool);
}

Status Markov::fit_in_order(const math::Csr& interactions, const OrderedHistory& order,
                            ThreadPool& pool) {
  RETURN_IF_ERROR(check_interactions(interactions));
  RETURN_IF_ERROR(check_order(order, interactions.rows));
  return fit_sequences(interactions, order, true, pool);
}

Status Markov::fit_sequences(const math::Csr& interactions, const OrderedHistory& order,
                             bool ordered, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  auto model = std::make_unique<Model>();
  model->popularity = item_popularity(interactions);
  model->order = popularity_order(model->popularity);
  const Transitions transitions(order, ordered, options_, interactions.rows, interactions.cols);
  const auto count = static_cast<size_t>(options_.neighbours);
  const auto strongest = [&](int32_t item, SparseScores& sums, std::vector<math::Candidate>& out) {
    out.clear();
    transitions.add_from(item, sums);
    double total = 0;
    sums.take([&](int32_t to, float sum) {
      total += sum;
      out.push_back({sum, to});
    });
    math::keep_best(out, count);
    for (math::Candidate& candidate : out) {
      candidate.score = static_cast<float>(candidate.score / total);
    }
  };
  ASSIGN_OR_RETURN(model->graph, build_graph(interactions.cols, strongest, pool));
  std::vector<double> incoming(static_cast<size_t>(interactions.cols), 0);
  for (const Posting& entry : model->graph.entries) incoming[entry.id] += entry.weight;
  for (const double sum : incoming) {
    model->damping.push_back(sum > 0 ? static_cast<float>(std::pow(sum, -options_.damping)) : 0.0F);
  }
  model_ = std::move(model);
  return {};
}

Result<TopK> Markov::recommend(std::span<const int32_t> users, const math::Csr& history,
                               const RecommendOptions& options, ThreadPool& pool) const {
  const Model& m = *model_;
  RETURN_IF_ERROR(check_request(users, history, m.items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  if (options.order != nullptr) RETURN_IF_ERROR(check_order(*options.order, history.rows));
  TopK out(static_cast<int64_t>(users.size()), options.k);
  std::vector<uint8_t> unknown(users.size(), 0);
  struct Scratch {
    Scratch(const Model& model, const RecommendOptions& options)
        : lists(model.order, options), recent(model.items()) {}
    SparseLists lists;
    RecentItems recent;
    std::vector<Posting> damped;
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
      for (size_t j = 0; j < mine->recent.items.size(); ++j) {
        mine->damped.clear();
        for (const Posting& next : m.graph.row(mine->recent.items[j])) {
          mine->damped.push_back({next.id, next.weight * m.damping[next.id]});
        }
        mine->lists.scores().add(mine->damped, mine->recent.weights[j]);
      }
      unknown[i] = mine->recent.items.empty() ? 1 : 0;
      mine->lists.write(history.row_indices(users[i]), i, out);
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  popularity_for_unknown(m.popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> Markov::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  return neighbour_lists(model_->graph, items, k, pool);
}

Status Markov::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "markov"},
                          {"window", options_.window},
                          {"decay", options_.decay},
                          {"across", options_.across},
                          {"memory", options_.memory},
                          {"damping", options_.damping},
                          {"neighbours", options_.neighbours}};
  artefact.tensors.add("popularity", {model_->items()}, std::span<const float>(model_->popularity));
  artefact.tensors.add("damping", {model_->items()}, std::span<const float>(model_->damping));
  add_graph(model_->graph, artefact);
  return artefact.save(folder);
}

Result<std::unique_ptr<Markov>> Markov::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "markov"));
  MarkovOptions options;
  ASSIGN_OR_RETURN(const int64_t window, artefact.integer("window"));
  ASSIGN_OR_RETURN(options.decay, artefact.real("decay"));
  ASSIGN_OR_RETURN(options.across, artefact.real("across"));
  ASSIGN_OR_RETURN(options.memory, artefact.real("memory"));
  ASSIGN_OR_RETURN(options.damping, artefact.real("damping"));
  ASSIGN_OR_RETURN(const int64_t neighbours, artefact.integer("neighbours"));
  options.window = static_cast<int>(window);
  options.neighbours = static_cast<int>(neighbours);
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  auto model = std::make_unique<Model>();
  ASSIGN_OR_RETURN(model->popularity, artefact.floats("popularity", {-1}));
  ASSIGN_OR_RETURN(model->damping, artefact.floats("damping", {model->items()}));
  model->order = popularity_order(model->popularity);
  ASSIGN_OR_RETURN(model->graph, read_graph(artefact, model->items()));
  auto loaded = std::make_unique<Markov>(options);
  loaded->model_ = std::move(model);
  return loaded;
}

}  // namespace coterie::recommend
