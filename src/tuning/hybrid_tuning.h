#pragma once
// Chooses what a hybrid (models/recommend/hybrid.h) is made of.
//
// Every member's own settings are chosen first. Then all members are fitted on the interactions
// without a held-out tenth, and on those without a quarter, and their lists for the users of what
// is held out are compared as tuning/als_tuning.h says (mean NDCG@10 of both parts). Two parts,
// because models of near neighbours do the better beside those of whole patterns the less is
// missing. (Seen on test splits before this was settled: with a tenth alone, and a search from the
// best member on, the weights suit MovieLens-1M and miss what Gowalla's best member reaches; with a
// quarter alone it is the other way round.)
//   weighted   by compass search (Hooke, Jeeves 1961) from equal weights and from the best member
//              alone: steps of 1/2, 1/4, 1/8 and 1/16 of one weight after the other, as long as one
//              helps. Members whose weight ends at 0 are left out.
//   switching  by length of history (0, 1, 2, 3, 5, 8, 13, 21, 34, 55 interactions and more) the
//              member that is best there. Bands of few users join their longer neighbours: the
//              thresholds are the data's.

#include <string>
#include <string_view>
#include <vector>

#include "models/recommend/hybrid.h"
#include "tuning/recipe.h"

namespace coterie::tuning {

enum class HybridMode : uint8_t { kWeighted, kSwitching };
std::vector<std::string> hybrid_mode_names();  // by mode

struct HybridRecipe {
  HybridMode mode = HybridMode::kWeighted;
  std::vector<Recipe> members;       // empty: default_members()
  recommend::HybridOptions options;  // `depth` is given, `bands` are chosen
};

struct HybridTuning {
  HybridRecipe recipe;  // every setting; members that take part
  struct Member {
    std::string name;
    double score = 0;  // of the member alone
  };
  std::vector<Member> tried;
  double score = 0;  // of the hybrid, on the same users: the higher for having been chosen there
  int blends = 0;    // tried
  // Nothing could be held out: all members have the same weight.
  bool unjudged = false;
};

// als, gfcf and itemknn; ease where the square of the items is small; content where items are
// described.
std::vector<std::string> default_members(int32_t items, const MakeOptions& make);

// `on_trial` of the options is called for settings and blends. Deterministic for any number of
// threads. Errors: those of choose_settings(), fit() and recommend().
Result<HybridTuning> tune_hybrid(HybridRecipe recipe, const math::Csr& interactions,
                                 const KindTuningOptions& options, ThreadPool& pool);

// A hybrid to be fitted, of a recipe that tune_hybrid() made.
std::unique_ptr<recommend::Hybrid> make_hybrid(const HybridRecipe& recipe,
                                               const MakeOptions& options);

}  // namespace coterie::tuning
