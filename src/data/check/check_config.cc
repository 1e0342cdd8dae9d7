#include "data/check/check_config.h"

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "data/project/roles.h"

namespace coterie::data {
namespace {

struct KindRow {
  CheckKind kind;
  std::string_view name;
  CheckLevel level;
  double max_share;  // negative: the check has no share
  std::string_view meaning;
};

using enum CheckKind;
using enum CheckLevel;

// Data that models cannot be built on is an error; what merely limits them is a warning.
constexpr std::array<KindRow, kCheckKinds> kKinds = {{
    {kMinimumSizes, "minimum_sizes", kWarn, -1, "enough customers, items and facts"},
    {kDateCoverage, "date_coverage", kWarn, -1, "facts cover at least half a year"},
    {kMissingValues, "missing_values", kError, 0.05, "few nulls in required columns"},
    {kDuplicateKeys, "duplicate_keys", kError, 0, "no key stands twice"},
    {kUnknownCustomers, "unknown_customers", kError, 0, "facts refer to customers that exist"},
    {kUnknownArticles, "unknown_articles", kError, 0, "facts refer to articles that exist"},
    {kRelationships, "relationships", kError, 0, "tables agree with each other"},
    {kNegativePrices, "negative_prices", kError, 0, "no price below zero, but of returns"},
    {kFutureDates, "future_dates", kError, 0, "nothing happened after today"},
    {kGuests, "guests", kWarn, 0.05, "few facts without a customer"},
    {kReturns, "returns", kWarn, 0.2, "few units come back"},
    {kRejectedRows, "rejected_rows", kWarn, 0.01, "few rows could not be read"},
}};

constexpr bool kinds_are_in_order() {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (static_cast<size_t>(kKinds[i].kind) != i) return false;
  }
  return true;
}
static_assert(kinds_are_in_order());

const std::vector<std::string> kLevels = {"error", "warn", "off"};

Result<CheckLevel> read_level(const YamlNode& node) {
  // `off` without quotes is a boolean in YAML.
  if (const auto flag = node.as_bool(); flag && !*flag) return kOff;
  ASSIGN_OR_RETURN(const std::string text, node.as_string());
  for (size_t i = 0; i < kLevels.size(); ++i) {
    if (text == kLevels[i]) return static_cast<CheckLevel>(i);
  }
  return node.error(fmt::format("'{}' is none of error, warn, off", text),
                    nearest_mend(text, kLevels, ""));
}

Status read_exceptions(const YamlNode& node, CheckConfig& config) {
  ASSIGN_OR_RETURN(const auto names, node.as_string_list());
  for (const std::string& name : names) {
    const size_t dot = name.find('.');
    const Role* role = dot == std::string::npos ? nullptr : find_role(name.substr(0, dot));
    if (!role || !role->find(name.substr(dot + 1))) {
      return node.error(fmt::format("'{}' is not a column of a role", name),
                        "write for example transactions.customer_id");
    }
    config.missing_except.insert(name);
  }
  return {};
}

// One check: a level, or a map with its limits.
Status read_check(const KindRow& row, const YamlNode& node, CheckConfig& config) {
  CheckSettings& settings = config.checks[static_cast<size_t>(row.kind)];
  if (!node.is_map()) {
    ASSIGN_OR_RETURN(settings.level, read_level(node));
    return {};
  }
  YamlMap map(node);
  if (const auto level = map.node("level")) {
    ASSIGN_OR_RETURN(settings.level, read_level(*level));
  }
  if (row.max_share >= 0) {
    settings.max_share = map.real("max_share", settings.max_share, {.min = 0, .max = 1});
  }
  const IntRange positive{.min = 0};
  if (row.kind == kDateCoverage) {
    config.min_days = map.integer("min_days", config.min_days, positive);
  }
  if (row.kind == kMinimumSizes) {
    config.min_customers = map.integer("customers", config.min_customers, positive);
    config.min_items = map.integer("items", config.min_items, positive);
    config.min_transactions = map.integer("transactions", config.min_transactions, positive);
    config.min_events = map.integer("events", config.min_events, positive);
  }
  if (row.kind == kMissingValues) {
    if (const auto except = map.node("except")) {
      RETURN_IF_ERROR(read_exceptions(*except, config));
    }
  }
  return map.finish();
}

}  // namespace

std::string_view check_name(CheckKind kind) { return kKinds[static_cast<size_t>(kind)].name; }
std::string_view check_meaning(CheckKind kind) { return kKinds[static_cast<size_t>(kind)].meaning; }

Result<CheckConfig> read_check_config(const Project& project) {
  CheckConfig config;
  for (const KindRow& row : kKinds) {
    config.checks[static_cast<size_t>(row.kind)] = {row.level, std::max(0.0, row.max_share)};
  }
  if (!project.checks || project.checks->is_null()) return config;
  YamlMap map(*project.checks);
  for (const KindRow& row : kKinds) map.has(row.name);
  RETURN_IF_ERROR(map.finish());
  for (const KindRow& row : kKinds) {
    if (const auto node = map.node(row.name)) {
      RETURN_IF_ERROR(read_check(row, *node, config));
    }
  }
  return config;
}

}  // namespace coterie::data
