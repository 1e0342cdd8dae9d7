#include "data/check/check.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/clock.h"
#include "data/check/checker_internal.h"

namespace coterie::data {
namespace {

constexpr std::array<RunCheck, kCheckKinds> kChecks = {
    check_minimum_sizes,     check_date_coverage,    check_missing_values, check_duplicate_keys,
    check_unknown_customers, check_unknown_articles, check_relationships,  check_negative_prices,
    check_future_dates,      check_guests,           check_returns,        check_rejected_rows};

}  // namespace

bool CheckContext::has_column(std::string_view table, std::string_view column) const {
  const auto info = snapshot.table(std::string(table));
  return info &&
         std::ranges::find(info->columns, column, &ColumnSchema::name) != info->columns.end();
}

int64_t CheckContext::rows(std::string_view table) const {
  const auto info = snapshot.table(std::string(table));
  return info ? info->rows : 0;
}

bool CheckContext::keeps_missing(std::string_view role, std::string_view column) const {
  const SourceConfig* source = project.find_source(role);
  if (!source) return false;
  const auto rule = source->missing.find(std::string(column));
  return rule != source->missing.end() && rule->second == MissingRule::kKeep;
}

Status CheckContext::add(Finding finding, const std::string& examples_sql) {
  finding.level = config.of(finding.kind).level;
  if (!finding.passed && !examples_sql.empty()) {
    RETURN_IF_ERROR(connection.for_each_chunk(
        fmt::format("SELECT DISTINCT x::VARCHAR AS x FROM ({}) t(x) WHERE x IS NOT NULL "
                    "ORDER BY x LIMIT 3",
                    examples_sql),
        [&](const Chunk& chunk) -> Status {
          for (int64_t row = 0; row < chunk.rows(); ++row) {
            finding.examples.emplace_back(chunk.column(0).as_text(row));
          }
          return {};
        }));
  }
  report.findings.push_back(std::move(finding));
  return {};
}

Status CheckContext::add_share(Share share) {
  const double allowed = config.of(share.kind).max_share;
  Finding finding;
  finding.kind = share.kind;
  finding.table = std::move(share.table);
  finding.column = std::move(share.column);
  finding.message = std::move(share.message);
  finding.count = share.count;
  finding.total = share.total;
  finding.passed = static_cast<double>(share.count) <= allowed * static_cast<double>(share.total);
  finding.limit = allowed > 0 ? fmt::format("at most {:g} %", 100 * allowed) : "none";
  if (!finding.passed) finding.mend = std::move(share.mend);
  return add(std::move(finding), share.examples);
}

void CheckContext::not_run(CheckKind kind, const std::string& why) {
  report.off.push_back(fmt::format("{} ({})", check_name(kind), why));
}

Result<CheckReport> check_data(const Project& project, const Snapshot& snapshot, Engine& engine) {
  const Stopwatch watch;
  ASSIGN_OR_RETURN(const CheckConfig config, read_check_config(project));
  ASSIGN_OR_RETURN(Connection connection, engine.connect());
  RETURN_IF_ERROR(connection.use_private_catalog());
  RETURN_IF_ERROR(snapshot.attach(connection));
  CheckReport report;
  CheckContext context{project, config, snapshot, connection, report};
  for (size_t i = 0; i < kCheckKinds; ++i) {
    const auto kind = static_cast<CheckKind>(i);
    if (context.is_on(kind)) {
      RETURN_IF_ERROR(kChecks[i](context));
    } else {
      context.not_run(kind, "off in coterie.yaml");
    }
  }
  report.seconds = watch.seconds();
  return report;
}

}  // namespace coterie::data
