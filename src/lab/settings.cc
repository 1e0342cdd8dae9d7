#include "lab/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"

namespace coterie::lab {
namespace {

template <typename T>
bool parse_number(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Settings> Settings::parse(const std::vector<std::string>& assignments) {
  Settings settings;
  for (const std::string& assignment : assignments) {
    const size_t at = assignment.find('=');
    if (at == std::string::npos || at == 0) {
      return invalid_input(fmt::format("--set {}: not of the form key=value", assignment));
    }
    const std::string key = assignment.substr(0, at);
    if (!settings.values_.emplace(key, assignment.substr(at + 1)).second) {
      return invalid_input(fmt::format("--set {}: given twice", key)).for_key(key);
    }
  }
  return settings;
}

const std::string* Settings::take(const std::string& key) {
  asked_.push_back(key);
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

void Settings::fail(const std::string& key, const std::string& message) {
  if (status_.ok()) status_ = invalid_input(message).for_key(key);
}

bool Settings::has(const std::string& key) { return take(key) != nullptr; }

int64_t Settings::integer(const std::string& key, int64_t fallback) {
  const std::string* text = take(key);
  if (text == nullptr) return fallback;
  int64_t value = 0;
  if (!parse_number(*text, value) || value > INT32_MAX || value < INT32_MIN) {
    fail(key, fmt::format("'{}' is not a whole number", *text));
    return fallback;
  }
  return value;
}

double Settings::real(const std::string& key, double fallback) {
  const std::string* text = take(key);
  if (text == nullptr) return fallback;
  double value = 0;
  if (!parse_number(*text, value) || !std::isfinite(value)) {
    fail(key, fmt::format("'{}' is not a number", *text));
    return fallback;
  }
  return value;
}

bool Settings::boolean(const std::string& key, bool fallback) {
  const std::string value = choice(key, fallback ? "true" : "false", {"true", "false"});
  return value == "true";
}

std::string Settings::text(const std::string& key, const std::string& fallback) {
  const std::string* text = take(key);
  return text == nullptr ? fallback : *text;
}

std::string Settings::choice(const std::string& key, const std::string& fallback,
                             const std::vector<std::string>& choices) {
  const std::string value = text(key, fallback);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    fail(key, fmt::format("'{}' is not one of {}", value, fmt::join(choices, ", ")));
    return fallback;
  }
  return value;
}

Status Settings::finish() {
  if (!status_.ok()) return status_;
  for (const auto& [key, value] : values_) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    return invalid_input(fmt::format("unknown setting '{}'", key))
        .for_key(key)
        .with_mend(asked_.empty()
                       ? "the model has no settings"
                       : nearest_mend(key, asked_,
                                      fmt::format("valid settings: {}", fmt::join(asked_, ", "))));
  }
  return {};
}

}  // namespace coterie::lab
