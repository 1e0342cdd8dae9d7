#pragma once
// The section `models:` of coterie.yaml, read strictly. A model that is not named has its defaults;
// `cf: off` leaves it out. Grammar, with defaults:
//
//   models:
//     cf:
//       kind: als                  # or popularity, itemknn, ... (tuning/recommender_kinds.h),
//       whose
//                                  # settings take the place of ALS's; auto: chosen
//       members: auto              # hybrid: e.g. [als, itemknn, content] (tuning/hybrid_tuning.h)
//       mode: weighted             # hybrid: or switching, by the length of a history
//       depth: 200                 # hybrid: candidates of each member
//       top: 12                    # recommendations a customer
//       factors: 64                # als: dimensions of a taste
//       sweeps: 16
//       unobserved_weight: auto    # how strongly "not bought" counts against an article, e.g. 0.1
//       regularisation: auto       # e.g. 0.003; auto: chosen on a part of the training data
//       frequency_exponent: 1
//       test_share: 0.1            # newest share of interactions that the evaluation predicts
//       split: time                # or customer: the newest share of each customer's own
//       at: [5, 10, 20]            # list lengths of the metrics
//       seed: 1
//     content:                     # articles that are alike: recommendations_cb
//       kind: content
//       top: 20                    # similar articles of each
//       name: auto                 # weights of the columns (models/recommend/content.h); auto:
//       ...                        # chosen by what customers met
//       seed: 1
//     segments:
//       kind: kmeans
//       k: 5
//       starts: 8                  # best of so many
//       seed: 1

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/project/project.h"
#include "tuning/hybrid_tuning.h"

namespace coterie::steps {

struct CfConfig {
  std::string kind = "als";
  int top = 12;
  int factors = 64;
  int sweeps = 16;
  std::optional<double> unobserved_weight;  // unset: chosen on a part of the training data
  std::optional<double> regularisation;     // unset: the same
  double frequency_exponent = 1;
  double test_share = 0.1;
  std::string split = "time";
  std::vector<int> at = {5, 10, 20};
  uint64_t seed = 1;
  // Of a kind of tuning/recommender_kinds.h: what is given; after choose_settings() all of them.
  std::map<std::string, double> settings = {};
  std::optional<tuning::HybridRecipe> hybrid = {};  // of kind hybrid; the same
};

struct ContentConfig {
  std::string kind = "content";
  int top = 20;
  uint64_t seed = 1;
  std::map<std::string, double> settings = {};  // given weights
};

struct SegmentsConfig {
  std::string kind = "kmeans";
  int k = 5;
  int starts = 8;
  uint64_t seed = 1;
};

struct ModelsConfig {
  std::optional<CfConfig> cf = CfConfig{};
  std::optional<ContentConfig> content = ContentConfig{};
  std::optional<SegmentsConfig> segments = SegmentsConfig{};
};

// Errors point at the line, with the nearest valid name.
Result<ModelsConfig> read_models(const data::Project& project);

// Every setting, one canonical text: part of the step's fingerprint.
std::string canonical_text(const CfConfig& config);
std::string canonical_text(const ContentConfig& config);
std::string canonical_text(const SegmentsConfig& config);

}  // namespace coterie::steps
