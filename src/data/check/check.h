#pragma once
// The data contract (`coterie check`): whether the role tables of the warehouse are fit to build
// models on. Reads the stored tables only, never a source.
//
//   minimum_sizes      customers, items, transactions, events: at least so many
//   date_coverage      first to last day of transactions and events: at least so many days
//   missing_values     nulls in required columns: at most such a share of rows; columns of
//                      customers count under `guests` where the source keeps guests
//   duplicate_keys     rows whose declared key stands more than once
//   unknown_customers  rows with a customer (an article) that its master table does not have; a
//   unknown_articles   null is no unknown one
//   relationships      references between other tables (orders, sessions, categories), circles in
//                      the category tree, ends before beginnings, more helpful votes than votes
//   negative_prices    prices below zero, but of returns (negative quantity)
//   future_dates       times after today; today is `as_of` where it is a date, else the clock
//   guests             facts without a customer, where the source keeps them
//   returns            transactions with a negative quantity
//   rejected_rows      rows that ingest put into rejected_<role>
//
// A check of a table that does not exist is not run and named in CheckReport::off.

#include "base/result.h"
#include "data/check/check_report.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/snapshot.h"

namespace coterie::data {

// Cost: a few scans of the key columns; linear. Errors: of the configuration and the engine; bad
// data is a finding, not an error.
Result<CheckReport> check_data(const Project& project, const Snapshot& snapshot, Engine& engine);

}  // namespace coterie::data
