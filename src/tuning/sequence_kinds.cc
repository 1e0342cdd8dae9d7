#include <memory>

#include "models/recommend/markov.h"
#include "models/recommend/session_knn.h"
#include "models/recommend/trending.h"
#include "tuning/kinds_internal.h"

namespace coterie::tuning {
namespace {

Setting tried(std::string key, double high, std::vector<double> values, size_t start) {
  Setting setting;
  setting.key = std::move(key);
  setting.high = high;
  setting.tried = std::move(values);
  setting.start = start;
  return setting;
}

Setting whole(Setting setting) {
  setting.low = 1;
  setting.whole = true;
  return setting;
}

Setting fixed(std::string key, double high, double value) {
  Setting setting;
  setting.key = std::move(key);
  setting.high = high;
  setting.fallback = value;
  return setting;
}

}  // namespace

RecommenderKind markov_kind() {
  RecommenderKind kind;
  kind.name = "markov";
  kind.reads_order = true;
  kind.settings = {whole(tried("window", 1e6, {1, 2, 3, 5, 10, 20, 40}, 3)),
                   tried("decay", 1, {0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1}, 3),
                   tried("memory", 1, {0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1}, 4),
                   tried("across", 1, {0, 0.25, 0.5, 0.75, 1}, 4),
                   tried("damping", 2, {0, 0.1, 0.2, 0.3, 0.4, 0.5}, 0),
                   whole(fixed("neighbours", 1e6, 500))};
  kind.make = [](const SettingValues& values,
                 const MakeOptions&) -> std::unique_ptr<recommend::Recommender> {
    return std::make_unique<recommend::Markov>(
        recommend::MarkovOptions{.window = static_cast<int>(values.at("window")),
                                 .decay = values.at("decay"),
                                 .across = values.at("across"),
                                 .memory = values.at("memory"),
                                 .damping = values.at("damping"),
                                 .neighbours = static_cast<int>(values.at("neighbours"))});
  };
  return kind;
}

RecommenderKind session_knn_kind() {
  RecommenderKind kind;
  kind.name = "sessionknn";
  kind.reads_order = true;
  kind.settings = {whole(tried("neighbours", 1e6, {20, 50, 100, 200, 500, 1000}, 3)),
                   tried("memory", 1, {0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1}, 3),
                   tried("across", 1, {0, 0.25, 0.5, 0.75, 1}, 2),
                   tried("damping", 2, {0, 0.1, 0.25, 0.5, 0.75}, 2)};
  kind.make = [](const SettingValues& values,
                 const MakeOptions&) -> std::unique_ptr<recommend::Recommender> {
    return std::make_unique<recommend::SessionKnn>(
        recommend::SessionKnnOptions{.neighbours = static_cast<int>(values.at("neighbours")),
                                     .memory = values.at("memory"),
                                     .across = values.at("across"),
                                     .damping = values.at("damping")});
  };
  return kind;
}

RecommenderKind trending_kind() {
  RecommenderKind kind;
  kind.name = "trending";
  kind.reads_order = true;
  kind.settings = {tried("window", 1, {0.02, 0.05, 0.1, 0.25, 0.5, 1}, 5),
                   tried("half_life", 1e6, {0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8}, 3)};
  for (Setting& setting : kind.settings) setting.try_all = true;
  kind.make = [](const SettingValues& values,
                 const MakeOptions&) -> std::unique_ptr<recommend::Recommender> {
    return std::make_unique<recommend::Trending>(recommend::TrendingOptions{
        .window = values.at("window"), .half_life = values.at("half_life")});
  };
  return kind;
}

}  // namespace coterie::tuning
