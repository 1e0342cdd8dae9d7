#include "dataset_worlds.h"

#include <fmt/format.h>

#include "base/test_results.h"
#include "steps/dataset_features.h"

namespace coterie::data::testing {

std::vector<DatasetReport> build_all(WorldWarehouse& house, const Project& project,
                                     const BuildOptions& options, const std::string& letters) {
  ThreadPool pool(options.threads);
  std::vector<DatasetReport> reports;
  for (const char letter : letters) {
    const Snapshot snapshot = take(house.warehouse.snapshot());
    WriteTransaction transaction = take(house.warehouse.begin("build"));
    reports.push_back(take(build_dataset(
        letter, {.project = project,
                 .snapshot = snapshot,
                 .engine = house.engine,
                 .transaction = transaction,
                 .memory_bytes = options.memory_bytes,
                 .from_nothing = options.from_nothing,
                 .threads = options.threads,
                 .evaluate = steps::feature_evaluator(
                     {.project = project, .pool = pool, .memory_bytes = options.memory_bytes})})));
    take(transaction.commit());
  }
  return reports;
}

std::string describe(const World& world, uint64_t seed) {
  std::string text = fmt::format("seed {} zone {} as_of '{}' absent:", seed, world.project.timezone,
                                 world.project.as_of);
  for (const std::string& name : world.absent) text += " " + name;
  return text;
}

}  // namespace coterie::data::testing
