#include "models/recommend/hybrid.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/cancel.h"
#include "math/artefact.h"
#include "models/recommend/blend.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/load.h"

namespace coterie::recommend {
namespace {

// Users whose candidates are in memory at once: some 13 MB a member at the usual depth.
constexpr size_t kUsersAtOnce = 8192;

Status check_bands(const HybridOptions& options, size_t members) {
  if (members == 0) return invalid_input("a hybrid needs at least one member");
  RETURN_IF_ERROR(check_depth(options.depth));
  if (options.bands.empty() || options.bands.front().from != 0)
    return invalid_input("the first band of a hybrid must begin with histories of length 0");
  for (size_t b = 0; b < options.bands.size(); ++b) {
    const HybridBand& band = options.bands[b];
    if (b > 0 && band.from <= options.bands[b - 1].from)
      return invalid_input("the bands of a hybrid must ascend");
    const bool valid = std::ranges::all_of(
        band.weights, [](double weight) { return std::isfinite(weight) && weight >= 0; });
    const bool any = std::ranges::any_of(band.weights, [](double weight) { return weight > 0; });
    if (band.weights.size() != members || !valid || !any) {
      return invalid_input(
          fmt::format("a band of a hybrid of {} members needs as many weights, none negative, one "
                      "of them above 0",
                      members));
    }
  }
  return {};
}

const HybridBand& band_of(const HybridOptions& options, int64_t history) {
  const auto after = std::ranges::upper_bound(options.bands, history, {}, &HybridBand::from);
  return *std::prev(after);
}

// The members' lists, which `ask` gets, blended. Members of weight 0 are not asked.
template <class Ask>
Result<TopK> blended(const std::vector<std::unique_ptr<Recommender>>& members,
                     std::span<const double> weights, int32_t items, int k, ThreadPool& pool,
                     const Ask& ask) {
  std::vector<TopK> lists(members.size());
  std::vector<const TopK*> asked;
  std::vector<double> weighted;
  for (size_t m = 0; m < members.size(); ++m) {
    if (weights[m] == 0) continue;
    ASSIGN_OR_RETURN(lists[m], ask(*members[m]));
    asked.push_back(&lists[m]);
    weighted.push_back(weights[m]);
  }
  return blend(asked, weighted, items, k, pool);
}

// Members of an artefact that somebody put together may be of other items.
Status check_items_of(const Recommender& member, int64_t items, ThreadPool& pool) {
  const std::vector<uint8_t> all(static_cast<size_t>(items), 1);
  math::Csr nobody;
  nobody.cols = static_cast<int32_t>(items);
  nobody.offsets = {0};
  const auto lists = member.recommend({}, nobody, {.k = 1, .allowed_items = all}, pool);
  return lists.ok() ? Status() : Status(lists.error());
}

std::string member_folder(const std::string& folder, size_t member) {
  return fmt::format("{}/member-{}", folder, member);
}

// What is half replaced must not pass for a model: model.json goes first and comes last. Members
// that this hybrid does not have go too.
Status clear_hybrid(const std::string& folder, size_t members) {
  std::error_code fault;
  std::filesystem::remove(folder + "/model.json", fault);
  for (size_t m = members; !fault && std::filesystem::exists(member_folder(folder, m)); ++m)
    std::filesystem::remove_all(member_folder(folder, m), fault);
  if (!fault) return {};
  return Error(ErrorCode::kIo, "what is to be replaced cannot be removed: " + fault.message())
      .at(folder);
}

}  // namespace

Status check_depth(int depth) {
  if (depth >= 1 && depth <= kDeepest) return {};
  return invalid_input(fmt::format("depth = {} is out of range", depth))
      .for_key("depth")
      .with_mend(fmt::format("use a value from 1 to {}", kDeepest));
}

Hybrid::Hybrid(HybridOptions options, std::vector<std::unique_ptr<Recommender>> members)
    : options_(std::move(options)), members_(std::move(members)) {}

Status Hybrid::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_bands(options_, members_.size()));
  RETURN_IF_ERROR(check_interactions(interactions));
  for (const auto& member : members_) RETURN_IF_ERROR(member->fit(interactions, pool));
  items_ = interactions.cols;
  return {};
}

Result<TopK> Hybrid::recommend(std::span<const int32_t> users, const math::Csr& history,
                               const RecommendOptions& options, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_request(users, history, items_, options));
  TopK out(static_cast<int64_t>(users.size()), options.k);
  RecommendOptions deep = options;
  deep.k = std::max(options.k, options_.depth);
  for (const HybridBand& band : options_.bands) {
    std::vector<int32_t> own;    // users of the band
    std::vector<int64_t> place;  // their rows of `out`
    for (size_t i = 0; i < users.size(); ++i) {
      if (&band_of(options_, std::ssize(history.row_indices(users[i]))) != &band) continue;
      own.push_back(users[i]);
      place.push_back(static_cast<int64_t>(i));
    }
    for (size_t begin = 0; begin < own.size(); begin += kUsersAtOnce) {
      RETURN_IF_ERROR(check_cancelled());
      const auto block =
          std::span<const int32_t>(own).subspan(begin, std::min(kUsersAtOnce, own.size() - begin));
      ASSIGN_OR_RETURN(
          const TopK lists,
          blended(members_, band.weights, items_, options.k, pool, [&](const Recommender& member) {
            return member.recommend(block, history, deep, pool);
          }));
      for (size_t i = 0; i < block.size(); ++i) {
        const int64_t from = static_cast<int64_t>(i) * options.k;
        const int64_t to = place[begin + i] * options.k;
        std::copy_n(lists.items.begin() + from, options.k, out.items.begin() + to);
        std::copy_n(lists.scores.begin() + from, options.k, out.scores.begin() + to);
        out.counts[place[begin + i]] = lists.counts[i];
      }
    }
  }
  return out;
}

Result<TopK> Hybrid::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_items(items, items_, k));
  return blended(members_, options_.bands.back().weights, items_, k, pool,
                 [&](const Recommender& member) {
                   return member.similar_items(items, std::max(k, options_.depth), pool);
                 });
}

Status Hybrid::save(const std::string& folder) const {
  math::Artefact artefact;
  std::vector<std::string> names;
  for (const auto& member : members_) names.push_back(member->name());
  artefact.description = {
      {"kind", "hybrid"}, {"items", items_}, {"depth", options_.depth}, {"members", names}};
  std::vector<int64_t> from;
  std::vector<double> weights;
  for (const HybridBand& band : options_.bands) {
    from.push_back(band.from);
    weights.insert(weights.end(), band.weights.begin(), band.weights.end());
  }
  artefact.tensors.add("band_from", {std::ssize(from)}, std::span<const int64_t>(from));
  artefact.tensors.add("band_weights", {std::ssize(from), std::ssize(members_)},
                       std::span<const double>(weights));
  RETURN_IF_ERROR(clear_hybrid(folder, members_.size()));
  for (size_t m = 0; m < members_.size(); ++m)
    RETURN_IF_ERROR(members_[m]->save(member_folder(folder, m)));
  return artefact.save(folder);
}

Result<std::unique_ptr<Hybrid>> Hybrid::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "hybrid"));
  ASSIGN_OR_RETURN(const int64_t items, artefact.integer("items"));
  ASSIGN_OR_RETURN(const int64_t depth, artefact.integer("depth"));
  ASSIGN_OR_RETURN(const auto from, artefact.tensors.longs("band_from", {-1}));
  const auto bands = std::ssize(from);
  ASSIGN_OR_RETURN(const auto weights, artefact.tensors.doubles("band_weights", {bands, -1}));
  const size_t count = from.empty() ? 0 : weights.size() / from.size();
  HybridOptions options{.bands = {},
                        .depth = static_cast<int>(std::min<int64_t>(depth, INT32_MAX))};
  for (size_t b = 0; b < from.size(); ++b) {
    const auto begin = weights.begin() + static_cast<std::ptrdiff_t>(b * count);
    options.bands.push_back(
        {.from = from[b], .weights = {begin, begin + static_cast<std::ptrdiff_t>(count)}});
  }
  if (const Status valid = check_bands(options, count); !valid.ok())
    return corrupt(valid.error().message).at(folder + "/model.safetensors");
  if (items < 1 || items > INT32_MAX)
    return corrupt(fmt::format("a hybrid of {} items", items)).at(folder + "/model.json");
  ThreadPool pool(1);
  const auto names = artefact.description.value("members", std::vector<std::string>());
  std::vector<std::unique_ptr<Recommender>> members;
  for (size_t m = 0; m < count; ++m) {
    ASSIGN_OR_RETURN(auto member, load_recommender(member_folder(folder, m)));
    if (m >= names.size() || member->name() != names[m])
      return corrupt("a member of the hybrid is another model, " + member->name())
          .at(member_folder(folder, m));
    if (const Status same = check_items_of(*member, items, pool); !same.ok())
      return corrupt("a member of the hybrid is of other items: " + same.error().message)
          .at(member_folder(folder, m));
    members.push_back(std::move(member));
  }
  auto model = std::make_unique<Hybrid>(std::move(options), std::move(members));
  model->items_ = static_cast<int32_t>(items);
  return model;
}

}  // namespace coterie::recommend
