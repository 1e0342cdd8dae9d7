#include "cli/features_distribution.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "data/engine/sql_text.h"
#include "features/offline/snapshot_build.h"

namespace coterie::cli {
namespace {

constexpr int kFrequentShown = 8;

Status add_numbers(data::Connection& connection, const std::string& rows, const std::string& column,
                   Distribution& distribution) {
  const std::string select = fmt::format(
      "SELECT unnest(['least', 'quarter', 'median', 'three quarters', 'greatest', 'mean']), "
      "unnest([printf('%.6g', min(v)), printf('%.6g', quantile_cont(v, 0.25)), printf('%.6g', "
      "quantile_cont(v, 0.5)), printf('%.6g', quantile_cont(v, 0.75)), printf('%.6g', max(v)), "
      "printf('%.6g', avg(v))]) FROM (SELECT {}::DOUBLE AS v FROM {})",
      column, rows);
  return connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      if (chunk.column(1).is_null(row)) continue;
      distribution.lines.emplace_back(chunk.column(0).as_text(row), chunk.column(1).as_text(row));
    }
    return {};
  });
}

Status add_frequent(data::Connection& connection, const std::string& rows,
                    const std::string& column, Distribution& distribution) {
  const std::string select = fmt::format(
      "SELECT {0}::VARCHAR, count(*)::VARCHAR FROM {1} WHERE {0} IS NOT NULL GROUP BY 1 ORDER BY "
      "count(*) DESC, 1 LIMIT {2}",
      column, rows, kFrequentShown);
  return connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
    for (int64_t row = 0; row < chunk.rows(); ++row)
      distribution.lines.emplace_back(chunk.column(0).as_text(row), chunk.column(1).as_text(row));
    return {};
  });
}

}  // namespace

Result<std::optional<Distribution>> distribution_of(Reader& reader,
                                                    const features::Registry& registry,
                                                    const features::FeatureDefinition& feature) {
  const std::string table = features::snapshot_table(*registry.entity(feature.entity));
  const auto info = reader.snapshot.table(table);
  if (!info) return std::optional<Distribution>();
  const auto stored = std::ranges::find(info->columns, feature.name, &data::ColumnSchema::name);
  if (stored == info->columns.end() || info->rows == 0) return std::optional<Distribution>();
  Distribution distribution;
  ASSIGN_OR_RETURN(distribution.day,
                   reader.connection.scalar_text(
                       fmt::format("SELECT max(feature_date)::VARCHAR FROM facts.{}", table)));
  const std::string rows = fmt::format("(SELECT * FROM facts.{} WHERE feature_date = DATE {})",
                                       table, data::quote_text(distribution.day));
  const std::string column = data::quote_name(feature.name);
  ASSIGN_OR_RETURN(distribution.entities,
                   reader.connection.scalar_int("SELECT count(*) FROM " + rows));
  ASSIGN_OR_RETURN(distribution.nulls,
                   reader.connection.scalar_int(
                       fmt::format("SELECT count(*) FROM {} WHERE {} IS NULL", rows, column)));
  const std::string& type = stored->sql_type;
  if (type == "BIGINT" || type == "DOUBLE" || type.starts_with("DECIMAL")) {
    RETURN_IF_ERROR(add_numbers(reader.connection, rows, column, distribution));
  } else if (!type.ends_with("[]")) {
    RETURN_IF_ERROR(add_frequent(reader.connection, rows, column, distribution));
  }
  return std::optional(std::move(distribution));
}

std::string Distribution::to_text() const {
  std::string text = fmt::format("\nvalues on {}\n  {:<14} {}\n  {:<14} {}\n", day, "entities",
                                 format_count(entities), "null", format_count(nulls));
  for (const auto& [name, value] : lines) text += fmt::format("  {:<14} {}\n", name, value);
  return text;
}

Json Distribution::to_json() const {
  Json document = {{"day", day}, {"entities", entities}, {"nulls", nulls}};
  document["values"] = Json::object();
  for (const auto& [name, value] : lines) document["values"][name] = value;
  return document;
}

}  // namespace coterie::cli
