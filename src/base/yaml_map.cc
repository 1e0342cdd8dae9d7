#include <algorithm>

#include <fmt/core.h>
#include <fmt/format.h>

#include "base/nearest_name.h"
#include "base/yaml.h"

namespace coterie {
namespace {

// "did you mean 'from'?" or all of them.
std::string suggestion(std::string_view name, const std::vector<std::string>& valid,
                       std::string_view what) {
  const std::string all = fmt::format("{}: {}", what, fmt::join(valid, ", "));
  return nearest_mend(name, valid, valid.empty() ? "remove it" : all);
}

template <typename T>
std::string range_message(T value, T min, T max, T no_min, T no_max) {
  if (min == no_min) return fmt::format("must be at most {}, not {}", max, value);
  if (max == no_max) return fmt::format("must be at least {}, not {}", min, value);
  return fmt::format("must be between {} and {}, not {}", min, max, value);
}

}  // namespace

YamlMap::YamlMap(const YamlNode& node) : node_(node) {
  if (node.is_map() || node.is_null()) return;
  const std::string text = node.is_scalar() ? *node.as_string() : "";
  const bool no_space = text.find(':') != std::string::npos;
  fail(node.error(node.is_list() ? "expected a map, found a list"
                                 : fmt::format("expected a map, found '{}'", text),
                  no_space ? "write a space after the ':'" : "write 'key: value' lines"));
}

void YamlMap::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

std::optional<YamlNode> YamlMap::take(std::string_view key) {
  asked_.emplace_back(key);
  return node_.find(key);
}

template <typename T>
std::optional<T> YamlMap::read(std::string_view key, Result<T> (YamlNode::*as)() const) {
  const std::optional<YamlNode> node = take(key);
  if (!node) return std::nullopt;
  Result<T> value = ((*node).*as)();
  if (value.ok()) return *std::move(value);
  Error error = std::move(value).error();
  if (node->is_null() && error.mend.empty()) error.mend = "give it a value or remove the key";
  fail(std::move(error));
  return std::nullopt;
}

bool YamlMap::has(std::string_view key) { return take(key).has_value(); }

std::string YamlMap::string(std::string_view key, std::string_view fallback) {
  return read(key, &YamlNode::as_string).value_or(std::string(fallback));
}

std::string YamlMap::required_string(std::string_view key) {
  if (!node_.find(key) && !missing_) {
    missing_ = node_.error(fmt::format("the key '{}' is missing", key));
  }
  return string(key, "");
}

int64_t YamlMap::integer(std::string_view key, int64_t fallback, IntRange range) {
  const std::optional<int64_t> value = read(key, &YamlNode::as_int);
  if (!value) return fallback;
  if (*value >= range.min && *value <= range.max) return *value;
  const IntRange any;
  fail(node_.find(key)->error(range_message(*value, range.min, range.max, any.min, any.max)));
  return fallback;
}

double YamlMap::real(std::string_view key, double fallback, RealRange range) {
  const std::optional<double> value = read(key, &YamlNode::as_double);
  if (!value) return fallback;
  if (*value >= range.min && *value <= range.max) return *value;
  const RealRange any;
  fail(node_.find(key)->error(range_message(*value, range.min, range.max, any.min, any.max)));
  return fallback;
}

bool YamlMap::boolean(std::string_view key, bool fallback) {
  return read(key, &YamlNode::as_bool).value_or(fallback);
}

std::vector<std::string> YamlMap::string_list(std::string_view key) {
  return read(key, &YamlNode::as_string_list).value_or(std::vector<std::string>{});
}

std::string YamlMap::choice(std::string_view key, std::string_view fallback,
                            const std::vector<std::string>& choices) {
  const std::optional<std::string> value = read(key, &YamlNode::as_string);
  if (!value) return std::string(fallback);
  if (std::ranges::find(choices, *value) != choices.end()) return *value;
  fail(
      node_.find(key)->error(fmt::format("'{}' is not one of {}", *value, fmt::join(choices, ", ")),
                             nearest_mend(*value, choices, "")));
  return std::string(fallback);
}

std::optional<YamlNode> YamlMap::node(std::string_view key) { return take(key); }

Status YamlMap::finish() {
  if (error_) return *error_;
  for (const auto& [key, value] : node_.entries()) {
    if (std::ranges::find(asked_, key) != asked_.end()) continue;
    return node_.key_error(key, fmt::format("unknown key '{}'", key),
                           suggestion(key, asked_, "valid keys"));
  }
  if (missing_) return *missing_;
  return {};
}

}  // namespace coterie
