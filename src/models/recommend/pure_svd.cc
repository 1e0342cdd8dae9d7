#include "models/recommend/pure_svd.h"

#include <algorithm>
#include <vector>

#include "math/topk.h"
#include "models/recommend/factor_neighbours_internal.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/item_spectrum_internal.h"

namespace coterie::recommend {

struct PureSvd::Model {
  Model(ValueScale values, std::vector<float> popular, ItemSpectrum parts)
      : scale(values),
        popularity(std::move(popular)),
        spectrum(std::move(parts)),
        columns(spectrum.out, spectrum.items(), spectrum.factors, {}) {}

  ValueScale scale;
  std::vector<float> popularity;
  ItemSpectrum spectrum;
  math::ScoredColumns columns;  // all items

  int32_t items() const { return static_cast<int32_t>(popularity.size()); }
};

namespace {

SpectrumOptions spectrum_options(const PureSvdOptions& options) {
  return {.factors = options.factors,
          .user_power = options.user_power,
          .item_power = options.item_power,
          .lift = options.lift,
          .iterations = options.iterations,
          .seed = options.seed};
}

}  // namespace

Status check_options(const PureSvdOptions& options) {
  RETURN_IF_ERROR(check_value_power(options.value_power));
  return check_spectrum(spectrum_options(options));
}

PureSvd::PureSvd(const PureSvdOptions& options) : options_(options) {}
PureSvd::~PureSvd() = default;

Status PureSvd::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  const ValueScale scale(interactions, options_.value_power);
  ASSIGN_OR_RETURN(ItemSpectrum spectrum,
                   fit_spectrum(scale.scaled(interactions), spectrum_options(options_), pool));
  model_ = std::make_unique<Model>(scale, item_popularity(interactions), std::move(spectrum));
  return {};
}

Result<TopK> PureSvd::recommend(std::span<const int32_t> users, const math::Csr& history,
                                const RecommendOptions& options, ThreadPool& pool) const {
  const Model& m = *model_;
  RETURN_IF_ERROR(check_request(users, history, m.items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  const auto count = static_cast<int64_t>(users.size());
  const int d = m.spectrum.factors;
  std::vector<float> queries(users.size() * static_cast<size_t>(d));
  std::vector<uint8_t> unknown(users.size(), 0);
  pool.parallel_for(count, 256, [&](int64_t begin, int64_t end) {
    ScaledHistory known;
    for (int64_t i = begin; i < end; ++i) {
      known.assign(history.row_indices(users[i]), history.row_values(users[i]), m.items(), m.scale);
      float* query = queries.data() + i * d;
      m.spectrum.query(known, query);
      unknown[i] = std::all_of(query, query + d, [](float value) { return value == 0; }) ? 1 : 0;
    }
  });
  math::ScoredColumns::Excluded seen;
  if (options.filter_seen) {
    seen = [&](int64_t i) { return history.row_indices(users[static_cast<size_t>(i)]); };
  }
  const math::ScoredColumns columns =
      options.allowed_items.empty()
          ? m.columns
          : math::ScoredColumns(m.spectrum.out, m.items(), d, options.allowed_items);
  ASSIGN_OR_RETURN(TopK out, columns.top_k(queries, count, options.k, seen, pool));
  popularity_for_unknown(m.popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> PureSvd::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  const ItemSpectrum& spectrum = model_->spectrum;
  return factor_neighbours(spectrum.out, spectrum.items(), spectrum.factors, items, k, pool);
}

Status PureSvd::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "puresvd"},
                          {"factors", options_.factors},
                          {"user_power", options_.user_power},
                          {"lift", options_.lift},
                          {"seed", options_.seed},
                          {"item_power", options_.item_power},
                          {"iterations", options_.iterations}};
  model_->scale.describe(artefact);
  artefact.tensors.add("popularity", {model_->items()}, std::span<const float>(model_->popularity));
  model_->spectrum.add_to(artefact);
  return artefact.save(folder);
}

Result<std::unique_ptr<PureSvd>> PureSvd::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "puresvd"));
  PureSvdOptions options;
  ASSIGN_OR_RETURN(const int64_t factors, artefact.integer("factors"));
  ASSIGN_OR_RETURN(const int64_t iterations, artefact.integer("iterations"));
  ASSIGN_OR_RETURN(const int64_t seed, artefact.integer("seed"));
  ASSIGN_OR_RETURN(options.user_power, artefact.real("user_power"));
  ASSIGN_OR_RETURN(options.item_power, artefact.real("item_power"));
  ASSIGN_OR_RETURN(options.lift, artefact.real("lift"));
  ASSIGN_OR_RETURN(const ValueScale scale, ValueScale::read(artefact));
  options.factors = static_cast<int>(factors);
  options.iterations = static_cast<int>(iterations);
  options.seed = static_cast<uint64_t>(seed);
  options.value_power = scale.power();
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  ASSIGN_OR_RETURN(std::vector<float> popularity, artefact.floats("popularity", {-1}));
  ASSIGN_OR_RETURN(ItemSpectrum spectrum,
                   ItemSpectrum::read(artefact, static_cast<int64_t>(popularity.size())));
  auto loaded = std::make_unique<PureSvd>(options);
  loaded->model_ = std::make_unique<Model>(scale, std::move(popularity), std::move(spectrum));
  return loaded;
}

}  // namespace coterie::recommend
