#include "cli/skew_report.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "expr/number_text.h"
#include "features/offline/point_in_time.h"

namespace coterie::cli {
namespace {

using features::FeatureDefinition;
using serving::ServedVector;

constexpr size_t kWorst = 10;

double number_difference(double online, double offline, double tolerance) {
  const double size = std::max(std::abs(online), std::abs(offline));
  const double difference = std::abs(online - offline);
  // Near zero the difference itself counts.
  return difference <= tolerance * std::max(1.0, size) ? 0 : difference / std::max(size, 1e-300);
}

std::vector<std::string_view> elements_of(std::string_view list) {
  std::vector<std::string_view> elements;
  while (true) {
    const size_t end = list.find(serving::kListSeparator);
    elements.push_back(list.substr(0, end));
    if (end == list.npos) return elements;
    list.remove_prefix(end + 1);
  }
}

// Vectors of the same keys and features, which one point-in-time set answers.
struct Group {
  std::vector<std::string> keys;
  std::vector<const FeatureDefinition*> features;
  std::vector<size_t> places;  // of the features in the vectors
  std::vector<const ServedVector*> vectors;
};

class Comparison {
 public:
  Comparison(const features::OfflineContext& context, const SkewOptions& options)
      : context_(context), options_(options) {}

  void add(const ServedVector& vector);
  Result<SkewReport> run();

 private:
  Status write_spine(const Group& group);
  Status compare(const Group& group);
  Status compare_rows(const Group& group, const std::string& select);
  void compare_value(const Group& group, size_t feature, const ServedVector& vector,
                     const std::optional<std::string>& offline);

  const features::OfflineContext& context_;
  const SkewOptions& options_;
  std::map<std::string, Group> groups_;
  SkewReport report_;
};

void Comparison::add(const ServedVector& vector) {
  if (vector.log_offset > options_.loaded_offset) {
    ++report_.not_loaded;
    return;
  }
  Group group;
  std::string name;
  for (const auto& [key, id] : vector.keys) {
    group.keys.push_back(key);
    name += key + "\n";
  }
  for (size_t i = 0; i < vector.features.size(); ++i) {
    const std::string& reference = vector.features[i].first;
    const FeatureDefinition* const feature =
        context_.registry.feature(reference.substr(0, reference.find('@')));
    if (feature == nullptr || feature->reference() != reference) {
      ++report_.other_versions;
      continue;
    }
    group.features.push_back(feature);
    group.places.push_back(i);
    name += fmt::format("{} {}\n", reference, i);
  }
  if (group.features.empty()) return;
  ++report_.vectors;
  groups_.emplace(name, std::move(group)).first->second.vectors.push_back(&vector);
}

Status Comparison::write_spine(const Group& group) {
  data::Connection& connection = context_.connection;
  std::string columns = "event_timestamp TIMESTAMP";
  for (const std::string& key : group.keys)
    columns += fmt::format(", {} VARCHAR", data::quote_name(key));
  RETURN_IF_ERROR(
      connection.execute(fmt::format("CREATE OR REPLACE TEMP TABLE skew_spine({})", columns)));
  ASSIGN_OR_RETURN(data::Appender rows, connection.append_to("skew_spine"));
  for (const ServedVector* vector : group.vectors) {
    RETURN_IF_ERROR(rows.add_micros(vector->at));
    for (const auto& [key, id] : vector->keys) RETURN_IF_ERROR(rows.add(std::string_view(id)));
    RETURN_IF_ERROR(rows.end_row());
  }
  RETURN_IF_ERROR(rows.close());
  return connection.execute(fmt::format("COPY skew_spine TO {} (FORMAT parquet)",
                                        data::quote_text(options_.folder + "/spine.parquet")));
}

// Every feature as text, lists with the separator between their elements.
std::string select_texts(const Group& group, const std::vector<data::ColumnInfo>& columns,
                         const std::string& file) {
  std::string select;
  for (const FeatureDefinition* feature : group.features) {
    const std::string name = data::quote_name(feature->name);
    const auto info = std::ranges::find(columns, feature->name, &data::ColumnInfo::name);
    const auto type = info == columns.end() ? data::ValueType::kNull : info->type;
    std::string text = fmt::format("CAST({} AS VARCHAR)", name);
    if (type == data::ValueType::kTimestamp)
      text = fmt::format("strftime({}, '%Y-%m-%dT%H:%M:%S.%fZ')", name);
    if (type == data::ValueType::kOther)
      text = fmt::format("array_to_string(CAST({} AS VARCHAR[]), chr(31))", name);
    select += (select.empty() ? "SELECT " : ", ") + text;
  }
  return fmt::format("{} FROM read_parquet({})", select, data::quote_text(file));
}

Status Comparison::compare(const Group& group) {
  RETURN_IF_ERROR(write_spine(group));
  const std::string out = options_.folder + "/values.parquet";
  ASSIGN_OR_RETURN(
      [[maybe_unused]] const features::PointInTimeReport done,
      features::get_point_in_time(context_, {.features = group.features,
                                             .spine = {.file = options_.folder + "/spine.parquet",
                                                       .time = "event_timestamp"},
                                             .out = out}));
  ASSIGN_OR_RETURN(const auto columns,
                   context_.connection.describe(
                       fmt::format("SELECT * FROM read_parquet({})", data::quote_text(out))));
  return compare_rows(group, select_texts(group, columns, out));
}

Status Comparison::compare_rows(const Group& group, const std::string& select) {
  size_t row = 0;
  RETURN_IF_ERROR(
      context_.connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
        for (int64_t r = 0; r < chunk.rows(); ++r, ++row) {
          for (size_t f = 0; f < group.features.size(); ++f) {
            const data::ColumnView column = chunk.column(static_cast<int>(f));
            std::optional<std::string> offline;
            if (!column.is_null(r)) offline = column.as_text(r);
            compare_value(group, f, *group.vectors[row], offline);
          }
        }
        return {};
      }));
  if (row == group.vectors.size()) return {};
  return internal_error("the point-in-time set has another number of rows than its spine");
}

void Comparison::compare_value(const Group& group, size_t feature, const ServedVector& vector,
                               const std::optional<std::string>& offline) {
  const auto& [reference, online] = vector.features[group.places[feature]];
  FeatureSkew& skew = report_.features[reference];
  const double size = difference_of(online, offline, options_.tolerance);
  ++skew.compared;
  ++report_.compared;
  skew.greatest = std::max(skew.greatest, size);
  if (size == 0) {
    ++skew.equal;
    ++report_.equal;
    return;
  }
  std::string entity;
  for (const auto& [key, id] : vector.keys)
    entity += fmt::format("{}{}={}", entity.empty() ? "" : " ", key, id);
  const auto shown = [](const std::optional<std::string>& text) {
    std::string list = text.value_or("null");
    std::ranges::replace(list, serving::kListSeparator, ',');
    return list;
  };
  auto& worst = report_.worst;
  const auto place = std::ranges::upper_bound(worst, size, std::greater<>(), &SkewDifference::size);
  worst.insert(place, {reference, entity, vector.at, shown(online.text), shown(offline), size});
  if (worst.size() > kWorst) worst.pop_back();
}

Result<SkewReport> Comparison::run() {
  for (const auto& [name, group] : groups_) RETURN_IF_ERROR(compare(group));
  return std::move(report_);
}

}  // namespace

double SkewReport::equal_share() const {
  return compared == 0 ? 1 : static_cast<double>(equal) / static_cast<double>(compared);
}

double difference_of(const serving::ServedValue& online, const std::optional<std::string>& offline,
                     double tolerance) {
  if (!online.text || !offline) return online.text.has_value() == offline.has_value() ? 0 : 1;
  if (*online.text == *offline) return 0;
  if (!online.numeric) return 1;
  const auto ours = elements_of(*online.text);
  const auto theirs = elements_of(*offline);
  if (ours.size() != theirs.size()) return 1;
  double greatest = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto a = expr::parse_real_text(ours[i]);
    const auto b = expr::parse_real_text(theirs[i]);
    if (!a || !b) return 1;
    greatest = std::max(greatest, number_difference(*a, *b, tolerance));
  }
  return greatest;
}

Result<SkewReport> compare_served(const features::OfflineContext& context,
                                  const std::vector<ServedVector>& served,
                                  const SkewOptions& options) {
  Comparison comparison(context, options);
  for (const ServedVector& vector : served) comparison.add(vector);
  return comparison.run();
}

}  // namespace coterie::cli
