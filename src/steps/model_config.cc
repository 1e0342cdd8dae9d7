#include "steps/model_config.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tuning/recommender_kinds.h"

namespace coterie::steps {
namespace {

constexpr int64_t kLargestTop = 1'000;
// Segment names come from a list that is as long.
constexpr int64_t kMostSegments = 12;

bool is_off(const YamlNode& node) {
  if (!node.is_scalar() || node.is_quoted()) return false;
  const auto value = node.as_bool();
  return value.ok() && !*value;
}

// List lengths: ascending, unique, within the lists that are made.
Status read_lengths(YamlMap& map, std::vector<int>& at) {
  const auto node = map.node("at");
  if (!node) return {};
  at.clear();
  const std::vector<YamlNode> items = node->is_list() ? node->items() : std::vector{*node};
  for (const YamlNode& item : items) {
    ASSIGN_OR_RETURN(const int64_t length, item.as_int());
    if (length < 1 || length > kLargestTop) {
      return item.error(fmt::format("{} is not a list length from 1 to {}", length, kLargestTop));
    }
    at.push_back(static_cast<int>(length));
  }
  if (at.empty()) return node->error("no list length given", "write at: [5, 10, 20]");
  std::ranges::sort(at);
  at.erase(std::unique(at.begin(), at.end()), at.end());
  return {};
}

// A number, or `auto` for none.
Status read_auto(YamlMap& map, std::string_view key, RealRange range,
                 std::optional<double>& value) {
  const auto node = map.node(key);
  if (!node) return {};
  if (const auto text = node->as_string(); text.ok() && *text == "auto") return {};
  value = map.real(key, 0, range);
  return {};
}

std::string auto_text(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "auto";
}

std::vector<std::string> cf_kinds() {
  std::vector<std::string> names = tuning::recipe_names();
  names.emplace_back("hybrid");
  return names;
}

// A list of models, or `auto` for none.
Status read_members(YamlMap& map, std::vector<tuning::Recipe>& members) {
  const auto node = map.node("members");
  if (!node) return {};
  if (const auto text = node->as_string(); text.ok() && *text == "auto") return {};
  const std::vector<std::string> valid = tuning::member_names();
  for (const YamlNode& item : node->is_list() ? node->items() : std::vector{*node}) {
    ASSIGN_OR_RETURN(const std::string name, item.as_string());
    if (std::ranges::find(valid, name) == valid.end()) {
      return item.error(fmt::format("'{}' cannot be a member of a hybrid", name),
                        fmt::format("use some of {}", fmt::join(valid, ", ")));
    }
    if (std::ranges::find(members, name, &tuning::Recipe::name) != members.end())
      return item.error(fmt::format("member '{}' is named twice", name), "name it once");
    members.push_back({.name = name});
  }
  if (members.empty()) return node->error("no member given", "write members: [als, itemknn]");
  return {};
}

Status read_hybrid(YamlMap& map, CfConfig& config) {
  tuning::HybridRecipe recipe;
  RETURN_IF_ERROR(read_members(map, recipe.members));
  const std::vector<std::string> modes = tuning::hybrid_mode_names();
  recipe.mode = static_cast<tuning::HybridMode>(
      std::ranges::find(modes, map.choice("mode", modes.front(), modes)) - modes.begin());
  recipe.options.depth = static_cast<int>(
      map.integer("depth", recipe.options.depth, {.min = 1, .max = recommend::kDeepest}));
  config.hybrid = std::move(recipe);
  return {};
}

Status read_als_settings(YamlMap& map, CfConfig& config) {
  config.factors =
      static_cast<int>(map.integer("factors", config.factors, {.min = 1, .max = 2048}));
  config.sweeps = static_cast<int>(map.integer("sweeps", config.sweeps, {.min = 1, .max = 1000}));
  RETURN_IF_ERROR(
      read_auto(map, "unobserved_weight", {.min = 1e-6, .max = 1e3}, config.unobserved_weight));
  RETURN_IF_ERROR(
      read_auto(map, "regularisation", {.min = 1e-9, .max = 1e6}, config.regularisation));
  config.frequency_exponent =
      map.real("frequency_exponent", config.frequency_exponent, {.min = 0, .max = 2});
  return {};
}

// Settings that are not given, or `auto`, are chosen.
void read_setting(YamlMap& map, const tuning::Setting& setting,
                  std::map<std::string, double>& settings) {
  const auto node = map.node(setting.key);
  if (!node) return;
  if (const auto text = node->as_string(); text.ok() && *text == "auto") return;
  double& value = settings[setting.key];
  if (!setting.choices.empty()) {
    const std::string choice = map.choice(setting.key, setting.choices.front(), setting.choices);
    value =
        static_cast<double>(std::ranges::find(setting.choices, choice) - setting.choices.begin());
  } else if (setting.whole) {
    value = static_cast<double>(map.integer(
        setting.key, 0,
        {.min = static_cast<int64_t>(setting.low), .max = static_cast<int64_t>(setting.high)}));
  } else {
    value = map.real(setting.key, 0, {.min = setting.low, .max = setting.high});
  }
}

Result<CfConfig> read_cf(const YamlNode& node) {
  CfConfig config;
  YamlMap map(node);
  config.kind = map.choice("kind", config.kind, cf_kinds());
  config.top = static_cast<int>(map.integer("top", config.top, {.min = 1, .max = kLargestTop}));
  if (const auto* kind = tuning::find_kind(config.kind); kind != nullptr) {
    for (const tuning::Setting& setting : kind->settings)
      read_setting(map, setting, config.settings);
  } else if (config.kind == "hybrid") {
    RETURN_IF_ERROR(read_hybrid(map, config));
  } else {
    RETURN_IF_ERROR(read_als_settings(map, config));
  }
  config.test_share = map.real("test_share", config.test_share, {.min = 0.001, .max = 0.5});
  config.split = map.choice("split", config.split, {"time", "customer"});
  config.seed = static_cast<uint64_t>(map.integer("seed", 1, {.min = 0}));
  RETURN_IF_ERROR(read_lengths(map, config.at));
  RETURN_IF_ERROR(map.finish());
  return config;
}

Result<ContentConfig> read_content(const YamlNode& node) {
  ContentConfig config;
  YamlMap map(node);
  config.kind = map.choice("kind", config.kind, {"content"});
  config.top = static_cast<int>(map.integer("top", config.top, {.min = 1, .max = kLargestTop}));
  for (const tuning::Setting& setting : tuning::find_kind("content")->settings) {
    if (setting.key != "value_power") read_setting(map, setting, config.settings);
  }
  config.seed = static_cast<uint64_t>(map.integer("seed", 1, {.min = 0}));
  RETURN_IF_ERROR(map.finish());
  return config;
}

Result<SegmentsConfig> read_segments(const YamlNode& node) {
  SegmentsConfig config;
  YamlMap map(node);
  config.kind = map.choice("kind", config.kind, {"kmeans"});
  config.k = static_cast<int>(map.integer("k", config.k, {.min = 2, .max = kMostSegments}));
  config.starts = static_cast<int>(map.integer("starts", config.starts, {.min = 1, .max = 1000}));
  config.seed = static_cast<uint64_t>(map.integer("seed", 1, {.min = 0}));
  RETURN_IF_ERROR(map.finish());
  return config;
}

}  // namespace

Result<ModelsConfig> read_models(const data::Project& project) {
  ModelsConfig config;
  if (!project.models || project.models->is_null()) return config;
  YamlMap map(*project.models);
  const auto cf = map.node("cf");
  const auto content = map.node("content");
  const auto segments = map.node("segments");
  RETURN_IF_ERROR(map.finish());
  if (cf && is_off(*cf)) {
    config.cf.reset();
  } else if (cf) {
    ASSIGN_OR_RETURN(config.cf, read_cf(*cf));
  }
  if (content && is_off(*content)) {
    config.content.reset();
  } else if (content) {
    ASSIGN_OR_RETURN(config.content, read_content(*content));
  }
  if (segments && is_off(*segments)) {
    config.segments.reset();
  } else if (segments) {
    ASSIGN_OR_RETURN(config.segments, read_segments(*segments));
  }
  return config;
}

std::string canonical_text(const CfConfig& config) {
  std::string text = fmt::format(
      "kind={} top={} factors={} sweeps={} w0={} reg={} exponent={} test={} split={} at={} seed={}",
      config.kind, config.top, config.factors, config.sweeps, auto_text(config.unobserved_weight),
      auto_text(config.regularisation), config.frequency_exponent, config.test_share, config.split,
      fmt::join(config.at, ","), config.seed);
  for (const auto& [key, value] : config.settings) text += fmt::format(" {}={}", key, value);
  if (config.hybrid) {
    text += fmt::format(" mode={} depth={} members=",
                        tuning::hybrid_mode_names()[static_cast<size_t>(config.hybrid->mode)],
                        config.hybrid->options.depth);
    for (const tuning::Recipe& member : config.hybrid->members) text += member.name + "+";
  }
  return text;
}

std::string canonical_text(const ContentConfig& config) {
  std::string text = fmt::format("kind={} top={} seed={}", config.kind, config.top, config.seed);
  for (const auto& [key, value] : config.settings) text += fmt::format(" {}={}", key, value);
  return text;
}

std::string canonical_text(const SegmentsConfig& config) {
  return fmt::format("kind={} k={} starts={} seed={}", config.kind, config.k, config.starts,
                     config.seed);
}

}  // namespace coterie::steps
