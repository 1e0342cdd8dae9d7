#include "tuning/recommender_kinds.h"

#include <algorithm>

#include <fmt/format.h>

#include "models/recommend/bpr.h"
#include "models/recommend/ease.h"
#include "models/recommend/gfcf.h"
#include "models/recommend/item_knn.h"
#include "models/recommend/pure_svd.h"
#include "models/recommend/user_knn.h"
#include "models/recommend/warp.h"
#include "tuning/kinds_internal.h"

namespace coterie::tuning {
namespace {

using recommend::Recommender;

// 0 where all confidences are the same anyway.
Setting value_power() {
  return {.key = "value_power",
          .low = 0,
          .high = 2,
          .whole = false,
          .choices = {},
          .fallback = {},
          .tried = {0, 0.5, 1},
          .try_all = false,
          .start = 0};
}

Setting chosen(std::string key, double low, double high, std::vector<double> tried, size_t start,
               bool whole = false) {
  return {.key = std::move(key),
          .low = low,
          .high = high,
          .whole = whole,
          .choices = {},
          .fallback = {},
          .tried = std::move(tried),
          .try_all = false,
          .start = start};
}

Setting fixed(std::string key, double low, double high, double value, bool whole = false) {
  return {.key = std::move(key),
          .low = low,
          .high = high,
          .whole = whole,
          .choices = {},
          .fallback = value,
          .tried = {},
          .try_all = false,
          .start = 0};
}

Setting similarity() {
  return {.key = "similarity",
          .low = 0,
          .high = 3,
          .whole = true,
          .choices = recommend::similarity_names(),
          .fallback = {},
          .tried = {0, 1, 2, 3},
          .try_all = false,
          .start = 0};
}

recommend::SimilarityOptions similarity_options(const SettingValues& values) {
  return {.similarity = static_cast<recommend::Similarity>(values.at("similarity")),
          .shrinkage = values.at("shrinkage"),
          .damping = values.at("damping"),
          .asymmetry = values.at("asymmetry"),
          .k1 = values.at("k1"),
          .b = values.at("b"),
          .value_power = values.at("value_power")};
}

template <typename Model, typename Options>
std::unique_ptr<Recommender> make_knn(const SettingValues& values, const MakeOptions&) {
  return std::make_unique<Model>(Options{.similarity = similarity_options(values),
                                         .neighbours = static_cast<int>(values.at("neighbours"))});
}

std::vector<Setting> knn_settings(std::vector<double> neighbours, size_t start) {
  Setting count = chosen("neighbours", 1, 1e6, std::move(neighbours), start, true);
  count.try_all = true;
  return {chosen("asymmetry", -1, 1, {-0.2, 0, 0.2, 0.4, 0.6}, 2),
          count,
          chosen("damping", 0, 2, {0, 0.25, 0.5, 0.75, 1}, 2),
          similarity(),
          chosen("shrinkage", 0, 1e6, {0, 1, 5, 20}, 0),
          fixed("k1", 0, 1e3, 1.2),
          fixed("b", 0, 1, 0.75),
          value_power()};
}

RecommenderKind item_knn() {
  return {.name = "itemknn",
          .settings = knn_settings({10, 20, 50, 100, 200, 500, 1000}, 4),
          .items_to_judge = INT32_MAX,
          .held_out = 0.1,
          .parts = 1,
          .make = make_knn<recommend::ItemKnn, recommend::ItemKnnOptions>};
}

RecommenderKind user_knn() {
  return {.name = "userknn",
          .settings = knn_settings({20, 50, 100, 200, 500, 1000}, 3),
          .items_to_judge = INT32_MAX,
          .held_out = 0.1,
          .parts = 1,
          .make = make_knn<recommend::UserKnn, recommend::UserKnnOptions>};
}

RecommenderKind ease() {
  return {
      .name = "ease",
      .settings = {chosen("regularisation", 1e-3, 1e9,
                          {30, 60, 100, 150, 220, 330, 500, 750, 1000, 1500, 2200, 3300, 5000}, 6),
                   value_power()},
      .items_to_judge = 6'000,
      .held_out = 0.1,
      .parts = 1,
      .make = [](const SettingValues& values,
                 const MakeOptions& options) -> std::unique_ptr<Recommender> {
        return std::make_unique<recommend::Ease>(
            recommend::EaseOptions{.regularisation = values.at("regularisation"),
                                   .value_power = values.at("value_power"),
                                   .memory_bytes = options.memory_bytes});
      }};
}

RecommenderKind pure_svd() {
  return {
      .name = "puresvd",
      .settings = {chosen("factors", 1, 4096, {16, 24, 32, 40, 48, 56, 64, 80, 96, 128, 192, 256},
                          6, true),
                   chosen("item_power", 0, 2, {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, 3),
                   chosen("lift", -2, 2, {-0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, 5),
                   chosen("user_power", 0, 2, {0, 0.25, 0.5}, 1),
                   fixed("iterations", 1, 1000, 4, true), value_power(),
                   fixed("seed", 0, 2147483647, 1, true)},
      .items_to_judge = INT32_MAX,
      .held_out = 0.1,
      .parts = 3,
      .make = [](const SettingValues& values, const MakeOptions&) -> std::unique_ptr<Recommender> {
        return std::make_unique<recommend::PureSvd>(
            recommend::PureSvdOptions{.factors = static_cast<int>(values.at("factors")),
                                      .user_power = values.at("user_power"),
                                      .item_power = values.at("item_power"),
                                      .lift = values.at("lift"),
                                      .iterations = static_cast<int>(values.at("iterations")),
                                      .value_power = values.at("value_power"),
                                      .seed = static_cast<uint64_t>(values.at("seed"))});
      }};
}

RecommenderKind gfcf() {
  return {
      .name = "gfcf",
      .settings = {chosen("asymmetry", -1, 1, {-0.1, 0, 0.1, 0.2, 0.3}, 1),
                   chosen("alpha", 0, 1e6, {0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8}, 4),
                   chosen("factors", 1, 4096, {64, 128, 192, 256, 384}, 3, true),
                   fixed("neighbours", 1, 1e6, 1000, true), fixed("iterations", 1, 1000, 3, true),
                   value_power(), fixed("seed", 0, 2147483647, 1, true)},
      .items_to_judge = INT32_MAX,
      .held_out = 0.2,
      .parts = 1,
      .make = [](const SettingValues& values, const MakeOptions&) -> std::unique_ptr<Recommender> {
        return std::make_unique<recommend::GfCf>(
            recommend::GfCfOptions{.alpha = values.at("alpha"),
                                   .asymmetry = values.at("asymmetry"),
                                   .factors = static_cast<int>(values.at("factors")),
                                   .neighbours = static_cast<int>(values.at("neighbours")),
                                   .iterations = static_cast<int>(values.at("iterations")),
                                   .value_power = values.at("value_power"),
                                   .seed = static_cast<uint64_t>(values.at("seed"))});
      }};
}

recommend::PairwiseOptions pairwise_options(const SettingValues& values,
                                            const MakeOptions& options) {
  return {.factors = static_cast<int>(values.at("factors")),
          .epochs = static_cast<int>(values.at("epochs")),
          .learning_rate = values.at("learning_rate"),
          .regularisation = values.at("regularisation"),
          .value_power = values.at("value_power"),
          .seed = static_cast<uint64_t>(values.at("seed")),
          .features = options.features};
}

std::vector<Setting> pairwise_settings(Setting epochs, Setting learning_rate,
                                       Setting regularisation) {
  return {std::move(regularisation),
          std::move(learning_rate),
          std::move(epochs),
          chosen("factors", 1, 4096, {32, 64, 128, 256}, 2, true),
          value_power(),
          fixed("seed", 0, 2147483647, 1, true)};
}

RecommenderKind bpr() {
  return {.name = "bpr",
          .settings = pairwise_settings(
              chosen("epochs", 1, 10000, {10, 20, 40, 80}, 2, true),
              chosen("learning_rate", 1e-6, 10, {0.05, 0.1, 0.2, 0.4}, 2),
              chosen("regularisation", 0, 1, {0.001, 0.003, 0.01, 0.02, 0.04}, 2)),
          .items_to_judge = INT32_MAX,
          .held_out = 0.1,
          .parts = 1,
          .reads_features = true,
          .make = [](const SettingValues& values,
                     const MakeOptions& options) -> std::unique_ptr<Recommender> {
            return std::make_unique<recommend::Bpr>(pairwise_options(values, options));
          }};
}

RecommenderKind warp() {
  RecommenderKind kind{.name = "warp",
                       .settings = pairwise_settings(
                           chosen("epochs", 1, 10000, {10, 20, 40, 80}, 1, true),
                           chosen("learning_rate", 1e-6, 10, {0.005, 0.01, 0.02, 0.05, 0.1}, 2),
                           chosen("regularisation", 0, 1, {0.01, 0.03, 0.06, 0.1, 0.2, 0.4}, 3)),
                       .items_to_judge = INT32_MAX,
                       .held_out = 0.1,
                       .parts = 1,
                       .reads_features = true,
                       .make = [](const SettingValues& values,
                                  const MakeOptions& options) -> std::unique_ptr<Recommender> {
                         return std::make_unique<recommend::Warp>(recommend::WarpOptions{
                             .pairwise = pairwise_options(values, options),
                             .max_sampled = static_cast<int>(values.at("max_sampled"))});
                       }};
  kind.settings.push_back(fixed("max_sampled", 1, 100'000, 50, true));
  return kind;
}

}  // namespace

std::string Setting::text(double value) const {
  return choices.empty() ? fmt::format("{}", value) : choices[static_cast<size_t>(value)];
}

const std::vector<RecommenderKind>& recommender_kinds() {
  static const std::vector<RecommenderKind> kinds = {
      item_knn(), user_knn(),     ease(),        pure_svd(),         gfcf(),         bpr(),
      warp(),     content_kind(), markov_kind(), session_knn_kind(), trending_kind()};
  return kinds;
}

const RecommenderKind* find_kind(const std::string& name) {
  const auto& kinds = recommender_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace coterie::tuning
