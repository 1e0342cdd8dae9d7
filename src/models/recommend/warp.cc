#include "models/recommend/warp.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "models/recommend/pairwise_internal.h"

namespace coterie::recommend {
namespace {

// Items whose scores are computed side by side, whether they are needed or not.
constexpr int kBlock = 4;

struct WarpChooser {
  int max_sampled;

  PairwiseChoice operator()(const PairwiseScene& scene, int32_t positive,
                            math::RandomStream& random) const {
    const float margin = scene.score(positive) - 1.0F;
    std::array<int32_t, kBlock> drawn;
    std::array<float, kBlock> scores;
    for (int first = 0; first < max_sampled; first += kBlock) {
      scene.draw(random, drawn);
      scene.scores(drawn, scores.data());
      const int count = std::min(kBlock, max_sampled - first);
      for (int i = 0; i < count; ++i) {
        // Most draws end here, without a look at the history.
        if (scores[i] <= margin || scene.met(drawn[i])) continue;
        const int32_t rank = std::max(1, (scene.items - 1) / (first + i + 1));
        return {.item = drawn[i], .pull = std::log(static_cast<float>(rank))};
      }
    }
    return {};
  }
};

}  // namespace

Status check_options(const WarpOptions& options) {
  if (options.max_sampled < 1 || options.max_sampled > 100'000) {
    return invalid_input(fmt::format("max_sampled = {} is out of range", options.max_sampled))
        .for_key("max_sampled")
        .with_mend("use a value from 1 to 100000");
  }
  return check_options(options.pairwise);
}

Warp::Warp(const WarpOptions& options)
    : PairwiseRecommender(options.pairwise, std::make_unique<PairwiseRuleOf<WarpChooser>>(
                                                WarpChooser{.max_sampled = options.max_sampled})),
      options_(options) {}

Status Warp::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  return PairwiseRecommender::fit(interactions, pool);
}

Status Warp::save(const std::string& folder) const {
  math::Artefact artefact = to_artefact();
  artefact.description["max_sampled"] = options_.max_sampled;
  return artefact.save(folder);
}

Result<std::unique_ptr<Warp>> Warp::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "warp"));
  WarpOptions options;
  ASSIGN_OR_RETURN(options.pairwise, read_options(artefact));
  ASSIGN_OR_RETURN(const int64_t max_sampled, artefact.integer("max_sampled"));
  options.max_sampled = static_cast<int>(max_sampled);
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  auto loaded = std::make_unique<Warp>(options);
  RETURN_IF_ERROR(loaded->read(artefact));
  return loaded;
}

}  // namespace coterie::recommend
