#include "models/recommend/gfcf.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "math/kernels.h"
#include "math/packed_rows.h"
#include "models/recommend/dense_lists_internal.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/item_spectrum_internal.h"
#include "models/recommend/neighbour_graph_internal.h"
#include "models/recommend/similarity_artefact_internal.h"

namespace coterie::recommend {

struct GfCf::Model {
  Model(ValueScale values, std::vector<float> popular, Postings edges, ItemSpectrum parts)
      : scale(values),
        popularity(std::move(popular)),
        graph(std::move(edges)),
        spectrum(std::move(parts)),
        columns(spectrum.out, spectrum.items(), spectrum.factors) {}

  ValueScale scale;
  std::vector<float> popularity;
  Postings graph;         // of R̃ᵀR̃
  ItemSpectrum spectrum;  // in holds D_I^-½ V, out D_I^½ V
  math::PackedRows columns;

  int32_t items() const { return static_cast<int32_t>(popularity.size()); }

  // Scores of histories into rows of items().
  void fill(std::span<const ScaledHistory> histories, double alpha, float* rows) const {
    const int64_t n = items();
    const int64_t d = spectrum.factors;
    std::vector<float> queries(histories.size() * static_cast<size_t>(d));
    for (size_t i = 0; i < histories.size(); ++i) {
      spectrum.query(histories[i], queries.data() + static_cast<int64_t>(i) * d);
    }
    math::kernels().scale(static_cast<float>(alpha), queries.data(),
                          static_cast<int64_t>(queries.size()));
    columns.multiply(queries.data(), static_cast<int64_t>(histories.size()), rows);
    for (const ScaledHistory& history : histories) {
      for (size_t j = 0; j < history.items.size(); ++j) {
        const float weight = history.values[j];
        for (const Posting& edge : graph.row(history.items[j])) {
          rows[edge.id] += weight * edge.weight;
        }
      }
      rows += n;
    }
  }
};

namespace {

// Enough rows to feed the product's tiles.
constexpr int64_t kBlock = 48;

SpectrumOptions spectrum_options(const GfCfOptions& options) {
  return {.factors = options.factors, .iterations = options.iterations, .seed = options.seed};
}

// D_I^-a R̃ᵀR̃ D_I^a, row by row.
RowSimilarity item_products(const math::Csr& users, double asymmetry, ThreadPool& pool) {
  const math::Csr items = math::transpose(users, pool);
  return {scaled_by(items, sums_to_power(items, -0.5), sums_to_power(users, -0.5)),
          sums_to_power(items, asymmetry), pool};
}

}  // namespace

Status check_options(const GfCfOptions& options) {
  RETURN_IF_ERROR(check_value_power(options.value_power));
  RETURN_IF_ERROR(check_neighbours(options.neighbours));
  if (!(options.alpha >= 0) || options.alpha > 1e6) {
    return invalid_input(fmt::format("alpha = {} is out of range", options.alpha))
        .for_key("alpha")
        .with_mend("use a value from 0 to 1e6");
  }
  if (!(options.asymmetry >= -1) || options.asymmetry > 1) {
    return invalid_input(fmt::format("asymmetry = {} is out of range", options.asymmetry))
        .for_key("asymmetry")
        .with_mend("use a value from -1 to 1");
  }
  return check_spectrum(spectrum_options(options));
}

GfCf::GfCf(const GfCfOptions& options) : options_(options) {}
GfCf::~GfCf() = default;

Status GfCf::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  const ValueScale scale(interactions, options_.value_power);
  const math::Csr scaled = scale.scaled(interactions);
  ASSIGN_OR_RETURN(Postings graph,
                   nearest_neighbours(item_products(scaled, options_.asymmetry, pool),
                                      options_.neighbours, pool));
  ASSIGN_OR_RETURN(ItemSpectrum spectrum, fit_spectrum(scaled, spectrum_options(options_), pool));
  model_ = std::make_unique<Model>(scale, item_popularity(interactions), std::move(graph),
                                   std::move(spectrum));
  return {};
}

Result<TopK> GfCf::recommend(std::span<const int32_t> users, const math::Csr& history,
                             const RecommendOptions& options, ThreadPool& pool) const {
  const Model& m = *model_;
  RETURN_IF_ERROR(check_request(users, history, m.items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  std::vector<uint8_t> unknown(users.size(), 0);
  const auto fill = [&](int64_t begin, int64_t end, int, float* rows) {
    std::vector<ScaledHistory> known(static_cast<size_t>(end - begin));
    for (int64_t i = begin; i < end; ++i) {
      known[i - begin].assign(history.row_indices(users[i]), history.row_values(users[i]),
                              m.items(), m.scale);
      unknown[i] = known[i - begin].items.empty() ? 1 : 0;
    }
    m.fill(known, options_.alpha, rows);
  };
  ASSIGN_OR_RETURN(TopK out, dense_lists({.users = users,
                                          .history = history,
                                          .options = options,
                                          .items = m.items(),
                                          .block = kBlock},
                                         fill, pool));
  popularity_for_unknown(m.popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> GfCf::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_items(items, model_->items(), k));
  // As many users, each of whom met one of the items.
  math::Csr alone;
  alone.rows = static_cast<int32_t>(items.size());
  alone.cols = model_->items();
  alone.offsets.resize(items.size() + 1);
  std::iota(alone.offsets.begin(), alone.offsets.end(), int64_t{0});
  alone.indices.assign(items.begin(), items.end());
  alone.values.assign(items.size(), 1.0F);
  std::vector<int32_t> rows(items.size());
  std::iota(rows.begin(), rows.end(), 0);
  const RecommendOptions options{.k = k};
  const auto fill = [&](int64_t begin, int64_t end, int, float* scores) {
    std::vector<ScaledHistory> known;
    for (int64_t i = begin; i < end; ++i) known.push_back({{items[i]}, {1.0F}});
    model_->fill(known, options_.alpha, scores);
  };
  return dense_lists({.users = rows,
                      .history = alone,
                      .options = options,
                      .items = model_->items(),
                      .block = kBlock},
                     fill, pool);
}

Status GfCf::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "gfcf"},
                          {"alpha", options_.alpha},
                          {"asymmetry", options_.asymmetry},
                          {"factors", options_.factors},
                          {"neighbours", options_.neighbours},
                          {"iterations", options_.iterations},
                          {"seed", options_.seed}};
  model_->scale.describe(artefact);
  artefact.tensors.add("popularity", {model_->items()}, std::span<const float>(model_->popularity));
  model_->spectrum.add_to(artefact);
  add_graph(model_->graph, artefact);
  return artefact.save(folder);
}

Result<std::unique_ptr<GfCf>> GfCf::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "gfcf"));
  GfCfOptions options;
  ASSIGN_OR_RETURN(options.alpha, artefact.real("alpha"));
  ASSIGN_OR_RETURN(options.asymmetry, artefact.real("asymmetry"));
  ASSIGN_OR_RETURN(const int64_t factors, artefact.integer("factors"));
  ASSIGN_OR_RETURN(const int64_t neighbours, artefact.integer("neighbours"));
  ASSIGN_OR_RETURN(const int64_t iterations, artefact.integer("iterations"));
  ASSIGN_OR_RETURN(const int64_t seed, artefact.integer("seed"));
  ASSIGN_OR_RETURN(const ValueScale scale, ValueScale::read(artefact));
  options.factors = static_cast<int>(factors);
  options.neighbours = static_cast<int>(neighbours);
  options.iterations = static_cast<int>(iterations);
  options.seed = static_cast<uint64_t>(seed);
  options.value_power = scale.power();
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  ASSIGN_OR_RETURN(std::vector<float> popularity, artefact.floats("popularity", {-1}));
  const auto items = static_cast<int64_t>(popularity.size());
  ASSIGN_OR_RETURN(ItemSpectrum spectrum, ItemSpectrum::read(artefact, items));
  ASSIGN_OR_RETURN(Postings graph, read_graph(artefact, items));
  auto loaded = std::make_unique<GfCf>(options);
  loaded->model_ =
      std::make_unique<Model>(scale, std::move(popularity), std::move(graph), std::move(spectrum));
  return loaded;
}

}  // namespace coterie::recommend
