#pragma once
// What the single checks share.

#include <string>
#include <vector>

#include "base/timezone.h"
#include "data/check/check_report.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/project/roles.h"
#include "data/warehouse/snapshot.h"

namespace coterie::data {

// Tables are `facts.<role>` as stored (codes) and `main.<role>` with external ids.
struct CheckContext {
  const Project& project;
  const CheckConfig& config;
  const Snapshot& snapshot;
  Connection& connection;
  CheckReport& report;

  bool has(std::string_view table) const { return snapshot.has(std::string(table)); }
  bool has_column(std::string_view table, std::string_view column) const;
  int64_t rows(std::string_view table) const;
  bool is_on(CheckKind kind) const { return config.of(kind).level != CheckLevel::kOff; }
  // Whether the source of a role keeps rows without this column.
  bool keeps_missing(std::string_view role, std::string_view column) const;

  // Adds a finding about a share of rows; it passes when `count` is at most the allowed share.
  // `examples` is SQL of one text column, run only when the finding does not pass.
  struct Share {
    CheckKind kind;
    std::string table;
    std::string column;
    int64_t count;
    int64_t total;
    std::string message;
    std::string examples;
    std::string mend;
  };
  Status add_share(Share share);
  Status add(Finding finding, const std::string& examples_sql);
  void not_run(CheckKind kind, const std::string& why);
};

using RunCheck = Status (*)(CheckContext& context);
Status check_minimum_sizes(CheckContext& context);
Status check_date_coverage(CheckContext& context);
Status check_missing_values(CheckContext& context);
Status check_duplicate_keys(CheckContext& context);
Status check_unknown_customers(CheckContext& context);
Status check_unknown_articles(CheckContext& context);
Status check_relationships(CheckContext& context);
Status check_negative_prices(CheckContext& context);
Status check_future_dates(CheckContext& context);
Status check_guests(CheckContext& context);
Status check_returns(CheckContext& context);
Status check_rejected_rows(CheckContext& context);

}  // namespace coterie::data
