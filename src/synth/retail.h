#pragma once
// The synthetic retail world: a fashion chain with shops and an online store, whose truth is known.
//
// Written below the project's folder:
//   raw/<role>/part-*.parquet   one folder a role of data/project/roles.h, the role's column names:
//                               text ids, DECIMAL(9,2) prices, UTC TIMESTAMPs, DATEs
//   truth/<table>/part-*.parquet, truth/truth.json
//                               what was planted: never an input of a project, only of its tests
// docs/synthetic-retail.md says what is planted and where to find it.
//
// Same options, same bytes, for any number of threads. Memory is bounded by the catalogue and a
// block of customers a thread (under 1 GiB at full scale), not by what is written. Time is linear
// in customers + transactions + events.

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "base/threads.h"

namespace coterie::synth {

// 2025-09-30 as days since 1970-01-01: a fixed end makes results reproducible on any day, and 735
// days before it hold two full October to December peaks.
inline constexpr int32_t kDefaultEndDay = 20'361;

struct RetailOptions {
  std::string folder;                // the project's folder; created
  int64_t customers = 20'000;        // 100 .. 50M
  int64_t articles = 0;              // 0: 105k at 1.37M customers, ~4.4k at 20k
  int64_t transactions = 0;          // rows of `transactions`, met within ~1 %; 0: 23 a customer
  int32_t days = 735;                // 60 .. 3,660; a year or more shows the seasons
  int32_t end_day = kDefaultEndDay;  // the last day
  uint64_t seed = 1;
  std::vector<std::string> only = {};  // roles to write; empty = all. Those written do not change
  bool replace = false;                // whether raw/<role> and truth/ that exist may be replaced
};

struct SynthesizedTable {
  std::string name;  // role, or "truth/<table>"
  int64_t rows = 0;
  int64_t files = 0;
  int64_t bytes = 0;
};

struct SynthReport {
  std::vector<SynthesizedTable> tables;
  double seconds = 0;
  // 0 if there is none.
  int64_t rows(const std::string& table) const;
};

// Everything is written beside its place and moved there at the end, so an error or Ctrl-C leaves
// the folder as it was. Errors: kInvalidInput for an option out of its range or an unknown role
// (with the nearest), kConflict for a role's folder that exists without `replace`, kCancelled,
// kIo, kResourceExhausted for a full disk.
Result<SynthReport> synthesize_retail(const RetailOptions& options, ThreadPool& pool,
                                      Progress& progress);

}  // namespace coterie::synth
