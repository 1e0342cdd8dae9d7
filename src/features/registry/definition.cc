#include "features/registry/definition.h"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace coterie::features {
namespace {

constexpr Micros kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr Micros kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMostDays = 36'500;

std::string where_text(const std::string& filter) {
  return filter.empty() ? "" : " where " + filter;
}

std::string arguments_text(const Aggregation& aggregation) {
  switch (aggregation.function) {
    case Function::kTopK:
      return fmt::format("{}{}, k {}", aggregation.group_by,
                         aggregation.column.empty() ? "" : " by " + aggregation.column,
                         aggregation.k);
    case Function::kGroups:
      return aggregation.group_by + (aggregation.column.empty() ? "" : " by " + aggregation.column);
    case Function::kPercentile:
      return fmt::format("{}, {}", aggregation.column, aggregation.quantile);
    case Function::kStreak:
      return fmt::format("{}{}", aggregation.column.empty() ? "" : aggregation.column + ", ",
                         window_text(aggregation.period));
    default:
      return aggregation.column;
  }
}

std::string single_text(const Aggregation& aggregation) {
  return fmt::format("{}({}){} {}{}", function_name(aggregation.function),
                     arguments_text(aggregation), aggregation.share ? " as shares" : "",
                     window_text(aggregation.window), where_text(aggregation.filter));
}

}  // namespace

bool Encoding::fitted() const {
  return kind == EncodingKind::kPercentileBucket || kind == EncodingKind::kScale ||
         (kind == EncodingKind::kOneHot && values.empty());
}

std::string FeatureDefinition::reference() const { return fmt::format("{}@{}", name, version); }

std::string_view feature_type_name(FeatureType type) {
  switch (type) {
    case FeatureType::kNumeric:
      return "numeric";
    case FeatureType::kCategorical:
      return "categorical";
    case FeatureType::kBoolean:
      return "boolean";
    case FeatureType::kVector:
      return "vector";
    case FeatureType::kText:
      return "text";
  }
  return "";
}

std::string_view function_name(Function function) {
  static constexpr std::string_view kNames[] = {
      "count",  "sum",     "mean",      "min",          "max",    "std",   "last",
      "first",  "latest",  "distinct",  "distinct_hll", "groups", "top_k", "time_since_last",
      "streak", "entropy", "percentile"};
  return kNames[static_cast<size_t>(function)];
}

std::string_view scale_name(Scale scale) {
  switch (scale) {
    case Scale::kStandard:
      return "standard";
    case Scale::kMinMax:
      return "min_max";
    case Scale::kRobust:
      return "robust";
  }
  return "";
}

std::string window_text(Micros window) {
  if (window == kLifetime) return "lifetime";
  if (window % kMicrosPerDay == 0) return fmt::format("{}d", window / kMicrosPerDay);
  if (window % kMicrosPerHour == 0) return fmt::format("{}h", window / kMicrosPerHour);
  return fmt::format("{}m", window / kMicrosPerMinute);
}

Result<Micros> parse_duration(std::string_view text) {
  const auto refuse = [text](std::string mend) -> Result<Micros> {
    return invalid_input(fmt::format("'{}' is not a duration", text)).with_mend(std::move(mend));
  };
  int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (fault != std::errc() || number < 0) return refuse("write for example 30d, 12h or 15m");
  if (unit == "w") return refuse(fmt::format("write it in days: {}d", number * 7));
  if (unit != "d" && unit != "h" && unit != "m") {
    return refuse(fmt::format("write {0}d for days, {0}h for hours or {0}m for minutes", number));
  }
  const Micros each = unit == "d" ? kMicrosPerDay : unit == "h" ? kMicrosPerHour : kMicrosPerMinute;
  if (number == 0) return refuse("a duration is at least 1m");
  if (number > kMostDays * kMicrosPerDay / each) {
    return refuse(fmt::format("at most {}d are counted", kMostDays));
  }
  return number * each;
}

std::string aggregation_text(const Aggregation& aggregation) {
  if (aggregation.over.empty()) return single_text(aggregation);
  return single_text(aggregation) + " / " + single_text(aggregation.over.front());
}

std::string encoding_text(const Encoding& encoding) {
  const std::string_view order = encoding.descending ? ", descending" : "";
  switch (encoding.kind) {
    case EncodingKind::kNone:
      return "";
    case EncodingKind::kLog:
      return "log";
    case EncodingKind::kBucket:
      return fmt::format("bucket [{}]{}", fmt::join(encoding.bounds, ", "), order);
    case EncodingKind::kPercentileBucket:
      return fmt::format("percentile_bucket {}{}", encoding.count, order);
    case EncodingKind::kOneHot:
      if (encoding.values.empty()) return fmt::format("one_hot {}", encoding.count);
      return fmt::format("one_hot [{}]", fmt::join(encoding.values, ", "));
    case EncodingKind::kHash:
      return fmt::format("hash {}", encoding.count);
    case EncodingKind::kScale:
      return fmt::format("scale {}", scale_name(encoding.scale));
  }
  return "";
}

const std::vector<std::string>& reserved_names() {
  static const std::vector<std::string> names = {"as_of",         "as_of_day",   "event_timestamp",
                                                 "feature_date",  "computed_at", "updated_at",
                                                 "model_version", "run_id"};
  return names;
}

}  // namespace coterie::features
