// rolling_mean_30d, lifetime_sum, last.

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "features/registry/aggregate_functions_internal.h"

namespace coterie::features {
namespace {

// The whole short form with the nearest function in it.
std::string short_form_mend(const std::string& text, std::string_view name) {
  const std::string near = nearest_name(name, small_form_names());
  if (near.empty()) return function_mend(name);
  std::string whole = text;
  return fmt::format("did you mean '{}'?", whole.replace(text.find(name), name.size(), near));
}

}  // namespace

Result<std::optional<Aggregation>> read_small_form(const YamlNode& node, const std::string& text) {
  const std::string_view form = text;
  const bool word =
      std::ranges::all_of(form, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  const bool rolling = word && form.starts_with("rolling_");
  const bool lifetime = word && form.starts_with("lifetime_");
  std::string_view name = form;
  std::string_view window = "lifetime";
  if (rolling) {
    const size_t last = form.rfind('_');
    name = last > 7 ? form.substr(8, last - 8) : form.substr(8);
    window = last > 7 ? form.substr(last + 1) : "";
  } else if (lifetime) {
    name = form.substr(9);
  }
  const FunctionRow* row = find_function_row(name);
  const bool known = row != nullptr && row->small_form;
  if (!known && !rolling && !lifetime) return std::optional<Aggregation>();
  if (!known) {
    if (row != nullptr) {
      return node.error(fmt::format("function '{}' has no short form", name),
                        fmt::format("write aggregation: {{function: {}, ...}}", name));
    }
    return node.error(fmt::format("there is no function '{}'", name), short_form_mend(text, name));
  }
  Aggregation aggregation;
  aggregation.function = row->function;
  if (rolling && window.empty()) {
    return node.error(fmt::format("'{}' has no window", text),
                      fmt::format("write for example {}_30d, or lifetime_{}", text, name));
  }
  if (rolling) {
    auto duration = parse_duration(window);
    if (!duration) return node.error(duration.error().message, duration.error().mend);
    aggregation.window = *duration;
  }
  if (aggregation.function == Function::kStreak && aggregation.window < aggregation.period) {
    return node.error("a streak of days does not fit into less than a day",
                      "write it under 'aggregation', with a shorter period");
  }
  return std::optional(std::move(aggregation));
}

}  // namespace coterie::features
