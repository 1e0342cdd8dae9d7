// Sizes, coverage, missing values, keys and rejected rows: what each table is by itself.
#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/counted.h"
#include "data/check/checker_internal.h"

namespace coterie::data {
namespace {

std::string facts(std::string_view table) { return "facts." + quote_name(table); }

// How many customers (articles) there are: rows of the master table, else ids seen in facts.
Result<int64_t> entity_count(const CheckContext& context, std::string_view master,
                             std::string_view column) {
  if (context.has(master)) return context.rows(master);
  std::string ids;
  for (const Role& role : all_roles()) {
    if (!context.has_column(role.name, column)) continue;
    ids += fmt::format("{}SELECT {} AS id FROM {}", ids.empty() ? "" : " UNION ", column,
                       facts(role.name));
  }
  if (ids.empty()) return 0;
  return context.connection.scalar_int("SELECT count(DISTINCT id) FROM (" + ids + ")");
}

Status add_size(CheckContext& context, std::string table, int64_t count, int64_t minimum) {
  Finding finding;
  finding.kind = CheckKind::kMinimumSizes;
  finding.count = count;
  finding.passed = count >= minimum;
  finding.limit = "at least " + format_count(minimum);
  finding.message = fmt::format("{} of at least {}", format_count(count), format_count(minimum));
  if (!finding.passed) {
    finding.mend = fmt::format(
        "results of few {} vary widely: add data, or lower checks.minimum_sizes.{}", table, table);
  }
  finding.table = std::move(table);
  return context.add(std::move(finding), "");
}

// Nulls of several columns of a table in one scan.
Result<std::vector<int64_t>> null_counts(const CheckContext& context, std::string_view table,
                                         const std::vector<std::string>& columns) {
  std::string select;
  for (const std::string& column : columns) {
    select += fmt::format("{}count(*) - count({})", select.empty() ? "" : ", ", quote_name(column));
  }
  std::vector<int64_t> counts;
  RETURN_IF_ERROR(context.connection.for_each_chunk(
      fmt::format("SELECT {} FROM {}", select, facts(table)), [&](const Chunk& chunk) -> Status {
        for (int c = 0; c < chunk.columns(); ++c) counts.push_back(chunk.column(c).as_int(0));
        return {};
      }));
  return counts;
}

Status add_missing(CheckContext& context, const Role& role, const std::string& column,
                   int64_t count) {
  const int64_t rows = context.rows(role.name);
  return context.add_share(
      {.kind = CheckKind::kMissingValues,
       .table = std::string(role.name),
       .column = column,
       .count = count,
       .total = rows,
       .message = fmt::format("{} of {} rows have no {}", format_count(count), format_count(rows),
                              column.empty() ? "value in a required column" : column),
       .examples = "",
       .mend = fmt::format("fill the column, map another one, leave such rows out with "
                           "'missing: {{{}: drop}}', or raise checks.missing_values",
                           column)});
}

Status check_missing_of(CheckContext& context, const Role& role) {
  std::vector<std::string> columns;
  for (const RoleColumn& column : role.columns) {
    const std::string name(column.name);
    const bool excepted =
        context.config.missing_except.contains(std::string(role.name) + "." + name);
    if (column.required && !excepted && !context.keeps_missing(role.name, name) &&
        context.has_column(role.name, name)) {
      columns.push_back(name);
    }
  }
  if (columns.empty()) return {};
  ASSIGN_OR_RETURN(const auto counts, null_counts(context, role.name, columns));
  bool any = false;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (counts[i] == 0) continue;
    any = true;
    RETURN_IF_ERROR(add_missing(context, role, columns[i], counts[i]));
  }
  // One line for all that is well.
  if (!any) RETURN_IF_ERROR(add_missing(context, role, "", 0));
  return {};
}

// Rows that share their key with another row. Candidates are found by hash, so that memory holds
// one number a row.
std::string duplicates_sql(const TableInfo& table) {
  const std::string keys = quote_name_list(table.key);
  return fmt::format(
      "SELECT {0} FROM (SELECT *, hash({0}) AS h FROM {1}) SEMI JOIN (SELECT hash({0}) AS h FROM "
      "{1} GROUP BY h HAVING count(*) > 1) USING (h) GROUP BY {0} HAVING count(*) > 1",
      keys, facts(table.name));
}

}  // namespace

Status check_minimum_sizes(CheckContext& context) {
  const CheckConfig& config = context.config;
  ASSIGN_OR_RETURN(const int64_t customers, entity_count(context, "customers", "customer_id"));
  ASSIGN_OR_RETURN(const int64_t items, entity_count(context, "items", "article_id"));
  RETURN_IF_ERROR(add_size(context, "customers", customers, config.min_customers));
  RETURN_IF_ERROR(add_size(context, "items", items, config.min_items));
  // A project may be built on transactions or on events alone.
  const bool neither = !context.has("transactions") && !context.has("events");
  if (neither || context.has("transactions")) {
    RETURN_IF_ERROR(
        add_size(context, "transactions", context.rows("transactions"), config.min_transactions));
  }
  if (context.has("events")) {
    RETURN_IF_ERROR(add_size(context, "events", context.rows("events"), config.min_events));
  }
  return {};
}

Status check_date_coverage(CheckContext& context) {
  bool any = false;
  for (const std::string table : {"transactions", "events"}) {
    if (!context.has_column(table, "day")) continue;
    any = true;
    ASSIGN_OR_RETURN(
        const int64_t days,
        context.connection.scalar_int(fmt::format(
            "SELECT coalesce(max(day) - min(day) + 1, 0)::BIGINT FROM {}", facts(table))));
    ASSIGN_OR_RETURN(const std::string span,
                     context.connection.scalar_text(fmt::format(
                         "SELECT coalesce(min(day)::VARCHAR || ' to ' || max(day)::VARCHAR, "
                         "'no rows') FROM {}",
                         facts(table))));
    Finding finding;
    finding.kind = CheckKind::kDateCoverage;
    finding.table = table;
    finding.count = days;
    finding.passed = days >= context.config.min_days;
    finding.limit = fmt::format("at least {} days", context.config.min_days);
    finding.message = fmt::format("{}, {}", counted(days, "day"), span);
    if (!finding.passed) {
      finding.mend =
          "seasons and lifetimes need a longer history: add older data, or lower "
          "checks.date_coverage.min_days";
    }
    RETURN_IF_ERROR(context.add(std::move(finding), ""));
  }
  if (!any) context.not_run(CheckKind::kDateCoverage, "no transactions and no events");
  return {};
}

Status check_missing_values(CheckContext& context) {
  for (const Role& role : all_roles()) {
    if (context.has(role.name)) RETURN_IF_ERROR(check_missing_of(context, role));
  }
  return {};
}

Status check_duplicate_keys(CheckContext& context) {
  for (const Role& role : all_roles()) {
    const auto table = context.snapshot.table(std::string(role.name));
    if (!table || table->key.empty()) continue;
    const std::string duplicates = duplicates_sql(*table);
    ASSIGN_OR_RETURN(const int64_t count,
                     context.connection.scalar_int("SELECT count(*) FROM (" + duplicates + ")"));
    std::string shown;
    for (const std::string& key : table->key) {
      shown += fmt::format("{}t.{}::VARCHAR", shown.empty() ? "" : " || ', ' || ", quote_name(key));
    }
    RETURN_IF_ERROR(context.add_share(
        {.kind = CheckKind::kDuplicateKeys,
         .table = table->name,
         .column = fmt::format("{}", fmt::join(table->key, "+")),
         .count = count,
         .total = table->rows,
         .message = fmt::format("{} keys stand more than once", format_count(count)),
         .examples = fmt::format("SELECT {} FROM main.{} t GROUP BY {} HAVING count(*) > 1", shown,
                                 quote_name(table->name), quote_name_list(table->key)),
         .mend = "load the table anew with --force, which keeps the latest row of each key"}));
  }
  return {};
}

Status check_rejected_rows(CheckContext& context) {
  for (const Role& role : all_roles()) {
    const std::string rejected = "rejected_" + std::string(role.name);
    if (!context.has(role.name)) continue;
    const int64_t count = context.rows(rejected);
    const std::string examples = fmt::format(
        "SELECT file || ':' || line::VARCHAR || ': ' || coalesce(column_name || ': ', "
        "'') || reason FROM facts.{}",
        quote_name(rejected));
    RETURN_IF_ERROR(context.add_share(
        {.kind = CheckKind::kRejectedRows,
         .table = std::string(role.name),
         .column = "",
         .count = count,
         .total = count + context.rows(role.name),
         .message = fmt::format("{} rows could not be read", format_count(count)),
         .examples = examples,
         .mend = fmt::format("look at them: coterie sql \"SELECT * FROM {}\"", rejected)}));
  }
  return {};
}

}  // namespace coterie::data
