#pragma once
// For tests: a small project whose tables hold what makes point-in-time hard (ties, late rows,
// duplicates, nulls, refunds that cancel), a registry over them, and values as plain SQL.

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "data/engine/engine.h"
#include "data/warehouse/warehouse.h"
#include "features/offline/offline_store.h"
#include "features/registry/registry.h"

namespace coterie::features {

// One asked feature and the SQL that defines it over `t`, the rows of the row's customer that are
// visible at s.at; `window` in SQL's words, "" = lifetime.
struct NaiveFeature {
  std::string name;
  std::string sql;
  std::string window;
};

class OfflineWorld {
 public:
  // `rows` transactions of `customers` customers at whole hours of `days` days.
  explicit OfflineWorld(uint64_t seed, int customers = 40, int rows = 1500, int days = 60);

  // Runs `use` with a context over the newest version.
  template <typename Use>
  void with_context(int threads, int64_t memory_bytes, const Use& use) {
    data::Snapshot snapshot = take(warehouse.snapshot());
    data::Connection connection = take(engine.connect());
    must(snapshot.attach(connection));
    ThreadPool pool(threads);
    const OfflineContext context{.project = project,
                                 .registry = registry,
                                 .snapshot = snapshot,
                                 .connection = connection,
                                 .pool = pool,
                                 .memory_bytes = memory_bytes};
    use(context);
  }
  // A spine of random customers (some unknown) and times, as spine.parquet; returns its path.
  std::string write_spine(int rows);
  // Replaces what happened (or arrived) after `at` by other things.
  void change_future(const std::string& at);
  // One row of text a spine row, in its order, by the naive SQL.
  std::vector<std::string> naive(const std::string& spine);
  // The same columns of a file of values.
  std::vector<std::string> values_in(const std::string& file);

  TemporaryFolder folder;
  data::Project project;
  Registry registry;
  data::Engine engine;
  data::Warehouse warehouse;
  std::vector<NaiveFeature> naive_features;

 private:
  void write_tables(int customers, int rows, int days);
  std::vector<std::string> rows_of(const std::string& select);
  uint64_t seed_;
};

}  // namespace coterie::features
