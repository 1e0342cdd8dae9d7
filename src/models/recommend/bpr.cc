#include "models/recommend/bpr.h"

#include <array>
#include <cmath>

#include "models/recommend/pairwise_internal.h"

namespace coterie::recommend {
namespace {

// Pairs of draws, for users who met nearly everything that can be drawn.
constexpr int kMaxPairs = 5;

struct BprChooser {
  PairwiseChoice operator()(const PairwiseScene& scene, int32_t positive,
                            math::RandomStream& random) const {
    std::array<int32_t, 2> drawn;
    for (int pair = 0; pair < kMaxPairs; ++pair) {
      scene.draw(random, drawn);
      for (const int32_t item : drawn) {
        if (scene.met(item)) continue;
        const float ahead = scene.score(positive) - scene.score(item);
        return {.item = item, .pull = 1.0F / (1.0F + std::exp(ahead))};
      }
    }
    return {};
  }
};

}  // namespace

Bpr::Bpr(const BprOptions& options)
    : PairwiseRecommender(options, std::make_unique<PairwiseRuleOf<BprChooser>>(BprChooser{})) {}

Status Bpr::save(const std::string& folder) const { return to_artefact().save(folder); }

Result<std::unique_ptr<Bpr>> Bpr::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "bpr"));
  ASSIGN_OR_RETURN(const BprOptions options, read_options(artefact));
  auto loaded = std::make_unique<Bpr>(options);
  RETURN_IF_ERROR(loaded->read(artefact));
  return loaded;
}

}  // namespace coterie::recommend
