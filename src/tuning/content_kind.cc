#include <algorithm>
#include <memory>

#include "models/recommend/content.h"
#include "tuning/kinds_internal.h"

namespace coterie::tuning {
namespace {

using recommend::ContentOptions;

// A list costs as much as a walk through much of the catalogue.
constexpr int32_t kUsersToJudge = 2'000;
// Never 0: a search from there on could end with nothing that has a weight.
const std::vector<double>& tried_weights() {
  static const std::vector<double> tried = {0.05, 0.1, 0.25, 0.5, 1, 2, 4};
  return tried;
}

std::vector<Setting> content_settings() {
  const ContentOptions defaults;
  std::vector<Setting> settings;
  for (size_t kind = 0; kind < defaults.weights.size(); ++kind) {
    Setting setting;
    setting.key = recommend::content_kind_names()[kind];
    setting.low = 0;
    setting.high = 1e6;
    setting.tried = tried_weights();
    setting.start = static_cast<size_t>(
        std::find(setting.tried.begin(), setting.tried.end(), defaults.weights[kind]) -
        setting.tried.begin());
    settings.push_back(std::move(setting));
  }
  Setting power;
  power.key = "value_power";
  power.high = 2;
  power.tried = {0, 0.5, 1};
  power.start = 2;
  settings.push_back(std::move(power));
  return settings;
}

ContentOptions content_options(const SettingValues& values) {
  ContentOptions options;
  for (size_t kind = 0; kind < options.weights.size(); ++kind) {
    options.weights[kind] = values.at(recommend::content_kind_names()[kind]);
  }
  options.value_power = values.at("value_power");
  return options;
}

// Only proportions count, so that a kind that stands alone needs no weight.
bool matters(const std::string& key, const MakeOptions& options) {
  const auto& names = recommend::content_kind_names();
  const auto found = std::find(names.begin(), names.end(), key);
  if (found == names.end()) return true;
  if (options.content == nullptr) return false;
  const auto kind = static_cast<recommend::ContentKind>(found - names.begin());
  const auto& blocks = options.content->blocks;
  const bool alone = std::all_of(blocks.begin(), blocks.end(),
                                 [kind](const auto& block) { return block.kind == kind; });
  return options.content->has(kind) && !alone;
}

}  // namespace

RecommenderKind content_kind() {
  RecommenderKind kind;
  kind.name = "content";
  kind.settings = content_settings();
  kind.users_to_judge = kUsersToJudge;
  kind.needs_content = true;
  kind.matters = matters;
  kind.make = [](const SettingValues& values,
                 const MakeOptions& options) -> std::unique_ptr<recommend::Recommender> {
    return std::make_unique<recommend::Content>(content_options(values), options.content);
  };
  return kind;
}

}  // namespace coterie::tuning
