#include "tuning/hybrid_tuning.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <span>

#include "models/recommend/blend.h"
#include "tuning/validation_internal.h"

namespace coterie::tuning {
namespace {

// Held out in turn, of every user's interactions.
constexpr std::array<double, 2> kShares = {kHeldOut, kTestShare};
// EASE inverts a matrix of the items' square: beyond so many it costs minutes and gigabytes.
constexpr int32_t kMostItemsForEase = 15'000;
constexpr std::array<double, 4> kSteps = {0.5, 0.25, 0.125, 0.0625};
constexpr double kMostWeight = 8;
constexpr std::array<int64_t, 10> kHistories = {0, 1, 2, 3, 5, 8, 13, 21, 34, 55};
// Of fewer users a band's best member is a matter of chance.
constexpr size_t kFewestUsersOfBand = 200;

// A validation part and the lists of all members for its users.
struct Judged {
  Validation validation;
  std::vector<math::TopK> lists;

  std::vector<double> scores(std::span<const double> weights, ThreadPool& pool) const {
    std::vector<const math::TopK*> all;
    for (const math::TopK& own : lists) all.push_back(&own);
    return judge_each(recommend::blend(all, weights, validation.train.cols, kValidationCut, pool),
                      validation);
  }
};

Result<Judged> judge_members(const HybridRecipe& recipe, Validation validation,
                             const KindTuningOptions& options, ThreadPool& pool) {
  Judged judged{.validation = std::move(validation), .lists = {}};
  const Validation& part = judged.validation;
  MakeOptions make = options.make;
  make.features = features_of(options.make.features, part);
  // As deep as Hybrid::recommend() asks for lists of that length.
  const int depth = std::max(recipe.options.depth, kValidationCut);
  for (const Recipe& member : recipe.members) {
    const auto model = make_recommender(member, make);
    RETURN_IF_ERROR(model->fit(part.train, pool));
    ASSIGN_OR_RETURN(math::TopK lists,
                     model->recommend(part.users, part.train, {.k = depth}, pool));
    judged.lists.push_back(std::move(lists));
  }
  return judged;
}

// Nothing where nothing can be held out.
Result<std::vector<Judged>> judge_parts(const HybridRecipe& recipe, const math::Csr& interactions,
                                        const KindTuningOptions& options, ThreadPool& pool) {
  std::vector<Judged> parts;
  for (const double share : kShares) {
    auto validation = hold_out(interactions, share, options.max_users, options.seed + parts.size());
    if (!validation.ok()) return std::vector<Judged>();
    thin_out(validation->users, static_cast<size_t>(options.max_judged));
    ASSIGN_OR_RETURN(Judged judged, judge_members(recipe, *std::move(validation), options, pool));
    parts.push_back(std::move(judged));
  }
  return parts;
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> only(size_t member, size_t members) {
  std::vector<double> weights(members, 0);
  weights[member] = 1;
  return weights;
}

// Compass search over the weights.
class WeightSearch {
 public:
  WeightSearch(std::span<const Judged> parts, const KindTuningOptions& options, ThreadPool& pool)
      : parts_(parts), options_(options), pool_(pool) {}

  // From equal weights and from the best member alone: where the better way ends.
  void run(size_t best_member) {
    const size_t members = parts_.front().lists.size();
    for (const auto& start : {std::vector<double>(members, 1), only(best_member, members)}) {
      std::vector<double> weights = start;
      double score = judge(weights);
      for (const double step : kSteps) {
        while (improve(step, weights, score)) {
        }
      }
      if (score <= score_) continue;
      weights_ = std::move(weights);
      score_ = score;
    }
  }

  const std::vector<double>& weights() const { return weights_; }
  double score() const { return score_; }
  int blends() const { return blends_; }

 private:
  double judge(const std::vector<double>& weights) {
    ++blends_;
    if (options_.on_trial) options_.on_trial();
    double sum = 0;
    for (const Judged& part : parts_) sum += mean(part.scores(weights, pool_));
    return sum / static_cast<double>(parts_.size());
  }

  // One step of each weight up and down; true if any helped.
  bool improve(double step, std::vector<double>& weights, double& score) {
    bool better = false;
    for (size_t member = 0; member < weights.size(); ++member) {
      for (const double by : {step, -step}) {
        std::vector<double> moved = weights;
        moved[member] = std::clamp(moved[member] + by, 0.0, kMostWeight);
        const bool none = std::ranges::all_of(moved, [](double weight) { return weight == 0; });
        if (moved == weights || none) continue;
        const double moved_score = judge(moved);
        if (moved_score <= score) continue;
        weights = std::move(moved);
        score = moved_score;
        better = true;
        break;
      }
    }
    return better;
  }

  std::span<const Judged> parts_;
  const KindTuningOptions& options_;
  ThreadPool& pool_;
  std::vector<double> weights_;
  double score_ = -1;
  int blends_ = 0;
};

// How each member serves the users of all parts.
struct JudgedUsers {
  std::vector<int64_t> histories;           // by user: interactions that are known
  std::vector<std::vector<double>> scores;  // by member, by user
};

JudgedUsers users_of(std::span<const Judged> parts, ThreadPool& pool) {
  const size_t members = parts.front().lists.size();
  JudgedUsers users{.histories = {}, .scores = std::vector<std::vector<double>>(members)};
  for (const Judged& part : parts) {
    for (const int32_t user : part.validation.users)
      users.histories.push_back(std::ssize(part.validation.train.row_indices(user)));
    for (size_t member = 0; member < members; ++member) {
      const std::vector<double> own = part.scores(only(member, members), pool);
      users.scores[member].insert(users.scores[member].end(), own.begin(), own.end());
    }
  }
  return users;
}

struct UsersOfBand {
  int64_t from = 0;
  std::vector<size_t> users;
};

// By bands of kHistories; bands of too few are joined to the next longer ones, the last to the one
// before it.
std::vector<UsersOfBand> bands_of(const std::vector<int64_t>& histories) {
  std::vector<UsersOfBand> bands;
  for (const int64_t from : kHistories) bands.push_back({.from = from, .users = {}});
  for (size_t user = 0; user < histories.size(); ++user) {
    const auto after = std::ranges::upper_bound(bands, histories[user], {}, &UsersOfBand::from);
    std::prev(after)->users.push_back(user);
  }
  std::vector<UsersOfBand> joined;
  UsersOfBand open{.from = 0, .users = {}};
  for (const UsersOfBand& band : bands) {
    if (open.users.size() >= kFewestUsersOfBand) {
      joined.push_back(std::move(open));
      open = {.from = band.from, .users = {}};
    }
    open.users.insert(open.users.end(), band.users.begin(), band.users.end());
  }
  if (open.users.size() >= kFewestUsersOfBand || joined.empty()) {
    joined.push_back(std::move(open));
  } else {
    joined.back().users.insert(joined.back().users.end(), open.users.begin(), open.users.end());
  }
  return joined;
}

// The best member of each band, and the mean score of users who switch.
double choose_bands(const JudgedUsers& judged, std::vector<recommend::HybridBand>& chosen) {
  double total = 0;
  for (const UsersOfBand& band : bands_of(judged.histories)) {
    size_t best = 0;
    double best_sum = -1;
    for (size_t member = 0; member < judged.scores.size(); ++member) {
      double sum = 0;
      for (const size_t user : band.users) sum += judged.scores[member][user];
      if (sum <= best_sum) continue;
      best_sum = sum;
      best = member;
    }
    total += best_sum;
    const std::vector<double> weights = only(best, judged.scores.size());
    if (chosen.empty() || chosen.back().weights != weights)
      chosen.push_back({.from = band.from, .weights = weights});
  }
  return total / static_cast<double>(judged.histories.size());
}

// Members that no band uses need not be fitted.
void drop_unused(HybridRecipe& recipe) {
  std::vector<recommend::HybridBand>& bands = recipe.options.bands;
  for (size_t member = recipe.members.size(); member-- > 0;) {
    const bool used = std::ranges::any_of(
        bands, [member](const recommend::HybridBand& band) { return band.weights[member] > 0; });
    if (used) continue;
    const auto at = static_cast<std::ptrdiff_t>(member);
    recipe.members.erase(recipe.members.begin() + at);
    for (recommend::HybridBand& band : bands) band.weights.erase(band.weights.begin() + at);
  }
}

}  // namespace

std::vector<std::string> hybrid_mode_names() { return {"weighted", "switching"}; }

std::vector<std::string> default_members(int32_t items, const MakeOptions& make) {
  std::vector<std::string> names = {"als", "gfcf", "itemknn"};
  if (items <= kMostItemsForEase) names.emplace_back("ease");
  if (make.content != nullptr) names.emplace_back("content");
  return names;
}

Result<HybridTuning> tune_hybrid(HybridRecipe recipe, const math::Csr& interactions,
                                 const KindTuningOptions& options, ThreadPool& pool) {
  if (recipe.members.empty()) {
    for (const std::string& name : default_members(interactions.cols, options.make))
      recipe.members.push_back({.name = name});
  }
  HybridTuning tuning;
  for (Recipe& member : recipe.members) {
    ASSIGN_OR_RETURN(member, choose_settings(std::move(member), interactions, options, pool));
    tuning.tried.push_back({.name = member.name, .score = 0});
  }
  ASSIGN_OR_RETURN(const std::vector<Judged> parts,
                   judge_parts(recipe, interactions, options, pool));
  if (parts.empty()) {
    tuning.unjudged = true;
    recipe.options.bands = {{.from = 0, .weights = std::vector<double>(recipe.members.size(), 1)}};
    tuning.recipe = std::move(recipe);
    return tuning;
  }
  const JudgedUsers judged = users_of(parts, pool);
  size_t best = 0;
  for (size_t member = 0; member < recipe.members.size(); ++member) {
    tuning.tried[member].score = mean(judged.scores[member]);
    if (tuning.tried[member].score > tuning.tried[best].score) best = member;
  }
  recipe.options.bands.clear();
  if (recipe.mode == HybridMode::kSwitching) {
    tuning.score = choose_bands(judged, recipe.options.bands);
  } else {
    WeightSearch search(parts, options, pool);
    search.run(best);
    recipe.options.bands = {{.from = 0, .weights = search.weights()}};
    tuning.score = search.score();
    tuning.blends = search.blends();
  }
  drop_unused(recipe);
  tuning.recipe = std::move(recipe);
  return tuning;
}

std::unique_ptr<recommend::Hybrid> make_hybrid(const HybridRecipe& recipe,
                                               const MakeOptions& options) {
  std::vector<std::unique_ptr<recommend::Recommender>> members;
  for (const Recipe& member : recipe.members) members.push_back(make_recommender(member, options));
  return std::make_unique<recommend::Hybrid>(recipe.options, std::move(members));
}

}  // namespace coterie::tuning
