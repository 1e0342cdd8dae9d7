#include "data/infer/table_profile.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace coterie::data {
namespace {

// Formats that DuckDB's own cast to TIMESTAMP does not read. Day-first and month-first stand side
// by side: when both read every value, the profile says so.
constexpr std::array<const char*, 10> kTimeFormats = {
    "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y",       "%d.%m.%Y %H:%M",
    "%d.%m.%Y",       "%Y%m%d",         "%d-%m-%Y", "%m/%d/%y %H:%M", "%d %b %Y"};

constexpr double kFirstEpoch = 631'152'000;   // 1990-01-01
constexpr double kLastEpoch = 4'102'444'800;  // 2100-01-01

struct Measured {
  int64_t present = 0;
  int64_t distinct = 0;
  int64_t integers = 0;
  int64_t reals = 0;
  int64_t times = 0;
  int64_t decimal_zeros = 0;
  int64_t leading_zeros = 0;
  int64_t comma_numbers = 0;  // whole numbers and those like "12,50"
  int64_t commas = 0;         // of these the latter
};

std::string measure_sql(const std::string& table, const std::string& column) {
  const std::string v = quote_name(column);
  return fmt::format(
      "SELECT count(v), count(DISTINCT v), "
      "count(*) FILTER (regexp_full_match(v, '-?[0-9]+')), "
      "count(*) FILTER (isfinite(TRY_CAST(v AS DOUBLE))), "
      "count(TRY_CAST(v AS TIMESTAMP)), "
      "count(*) FILTER (regexp_full_match(v, '[0-9]+\\.0+')), "
      "count(*) FILTER (regexp_full_match(v, '0[0-9]+')), "
      "count(*) FILTER (regexp_full_match(v, '-?[0-9]+(,[0-9]+)?')), "
      "count(*) FILTER (regexp_full_match(v, '-?[0-9]+,[0-9]+')), "
      "coalesce(avg(length(v)), 0)::DOUBLE, "
      "coalesce(min(TRY_CAST(v AS DOUBLE)) FILTER (isfinite(TRY_CAST(v AS DOUBLE))), 0)::DOUBLE, "
      "coalesce(max(TRY_CAST(v AS DOUBLE)) FILTER (isfinite(TRY_CAST(v AS DOUBLE))), 0)::DOUBLE "
      "FROM (SELECT nullif(trim({}), '') AS v FROM {})",
      v, quote_name(table));
}

Result<Measured> measure(Connection& connection, const std::string& table, ColumnProfile& column) {
  Measured measured;
  const auto take = [&](const Chunk& chunk) -> Status {
    const auto at = [&](int index) { return chunk.column(index).as_int(0); };
    measured = {at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), at(8)};
    column.mean_length = chunk.column(9).as_real(0);
    column.min_number = chunk.column(10).as_real(0);
    column.max_number = chunk.column(11).as_real(0);
    return {};
  };
  RETURN_IF_ERROR(connection.for_each_chunk(measure_sql(table, column.name), take));
  return measured;
}

void recognise_epoch(ColumnProfile& column) {
  if (!column.is_integer()) return;
  constexpr std::array<std::pair<const char*, double>, 3> units = {
      {{"unix_s", 1.0}, {"unix_ms", 1e3}, {"unix_us", 1e6}}};
  for (const auto& [format, unit] : units) {
    if (column.min_number >= kFirstEpoch * unit && column.max_number <= kLastEpoch * unit) {
      column.time_format = format;
      column.time_share = 1;
    }
  }
}

// Plain numbers would pass as dates of the form %Y%m%d only if every one is such a date.
Status recognise_time_format(Connection& connection, const std::string& table,
                             ColumnProfile& column) {
  const bool dotted_or_dated = column.mean_length >= 6 && column.mean_length <= 20;
  if (column.present == 0 || column.time_share > 0.99 || !dotted_or_dated) return {};
  if (column.is_number() && !(column.is_integer() && column.mean_length == 8)) return {};
  for (const char* format : kTimeFormats) {
    ASSIGN_OR_RETURN(const int64_t readable,
                     connection.scalar_int(fmt::format(
                         "SELECT count(try_strptime(trim({}), {})) FROM {}",
                         quote_name(column.name), quote_text(format), quote_name(table))));
    if (static_cast<double>(readable) < 0.999 * static_cast<double>(column.present)) continue;
    if (column.time_share > 0.99) {
      column.time_format_ambiguous = true;
      break;
    }
    column.time_format = format;
    column.time_share = 1;
  }
  return {};
}

Status add_examples(Connection& connection, const std::string& table, ColumnProfile& column) {
  const std::string sql =
      fmt::format("SELECT {0} FROM {1} WHERE nullif(trim({0}), '') IS NOT NULL LIMIT 200",
                  quote_name(column.name), quote_name(table));
  return connection.for_each_chunk(sql, [&](const Chunk& chunk) -> Status {
    const ColumnView values = chunk.column(0);
    for (int64_t row = 0; row < chunk.rows() && column.examples.size() < 3; ++row) {
      const std::string value(values.as_text(row).substr(0, 40));
      if (std::ranges::find(column.examples, value) == column.examples.end()) {
        column.examples.push_back(value);
      }
    }
    return {};
  });
}

Status profile_column(Connection& connection, const TableProfile& table, ColumnProfile& column) {
  ASSIGN_OR_RETURN(const Measured measured, measure(connection, table.sample_table, column));
  column.present = measured.present;
  column.distinct = measured.distinct;
  const auto share = [&](int64_t count) {
    return measured.present > 0 ? static_cast<double>(count) / static_cast<double>(measured.present)
                                : 0.0;
  };
  column.integer_share = share(measured.integers);
  column.real_share = share(measured.reals);
  column.time_share = share(measured.times);
  column.decimal_comma = measured.commas > 0 && measured.comma_numbers == measured.present;
  if (column.decimal_comma) column.real_share = 1;
  column.decimal_zero_share = share(measured.decimal_zeros);
  column.leading_zero_share = share(measured.leading_zeros);
  column.missing_share = table.sampled_rows > 0 ? 1.0 - static_cast<double>(measured.present) /
                                                            static_cast<double>(table.sampled_rows)
                                                : 1.0;
  recognise_epoch(column);
  RETURN_IF_ERROR(recognise_time_format(connection, table.sample_table, column));
  return add_examples(connection, table.sample_table, column);
}

}  // namespace

const ColumnProfile* TableProfile::find(const std::string& column) const {
  const auto found = std::ranges::find(columns, column, &ColumnProfile::name);
  return found == columns.end() ? nullptr : &*found;
}

Status profile_sample(Connection& connection, TableProfile& profile) {
  const std::string table = quote_name(profile.sample_table);
  ASSIGN_OR_RETURN(profile.sampled_rows, connection.scalar_int("SELECT count(*) FROM " + table));
  std::vector<std::string> names;
  {
    ASSIGN_OR_RETURN(Query query, connection.query("SELECT * FROM " + table + " LIMIT 0"));
    for (const ColumnInfo& column : query.columns()) names.push_back(column.name);
  }
  for (std::string& name : names) {
    ColumnProfile column;
    column.name = std::move(name);
    RETURN_IF_ERROR(profile_column(connection, profile, column));
    profile.columns.push_back(std::move(column));
  }
  return {};
}

}  // namespace coterie::data
