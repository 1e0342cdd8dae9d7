#pragma once
// For tests: one retail world of 20,000 customers, made once a program, with a view for each role
// and truth_<table> for what was planted.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "data/engine/engine.h"
#include "synth/retail.h"

namespace coterie::synth {

// Views over folder/raw/<role> and folder/truth/<table> on a connection of a new engine.
inline data::Connection open_world(const std::string& folder) {
  data::Engine engine = *data::Engine::open({.threads = 2, .memory_bytes = int64_t{2} << 30});
  data::Connection connection = *engine.connect();
  for (const char* part : {"raw", "truth"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder + "/" + part)) {
      if (!entry.is_directory()) continue;
      const std::string table = entry.path().filename().string();
      const Status made = connection.execute(
          fmt::format("create view {}{} as from '{}/*.parquet'",
                      part == std::string("truth") ? "truth_" : "", table, entry.path().string()));
      EXPECT_TRUE(made.ok()) << made.error().to_text();
    }
  }
  return connection;
}

class TestWorld {
 public:
  TestWorld() : connection_(make(folder_)) {}
  data::Connection& connection() { return connection_; }
  const std::string& folder() const { return folder_.path(); }

  double real(const std::string& sql) {
    const Result<double> value = connection_.scalar_real(sql);
    EXPECT_TRUE(value.ok()) << value.error().to_text() << "\n" << sql;
    return value.ok() ? *value : 0;
  }
  int64_t count(const std::string& sql) {
    const Result<int64_t> value = connection_.scalar_int(sql);
    EXPECT_TRUE(value.ok()) << value.error().to_text() << "\n" << sql;
    return value.ok() ? *value : -1;
  }

 private:
  static data::Connection make(const TemporaryFolder& folder) {
    RetailOptions options;
    options.folder = folder.path();
    ThreadPool pool(2);
    const auto progress = make_progress(ProgressMode::kSilent);
    const Result<SynthReport> report = synthesize_retail(options, pool, *progress);
    EXPECT_TRUE(report.ok()) << report.error().to_text();
    return open_world(folder.path());
  }

  TemporaryFolder folder_;
  data::Connection connection_;
};

// Ends the world while main still runs: DuckDB keeps thread-local state, which is gone when static
// objects are destroyed.
class TestWorldEnvironment : public testing::Environment {
 public:
  TestWorld& world() {
    if (!world_) world_ = std::make_unique<TestWorld>();
    return *world_;
  }
  void TearDown() override { world_.reset(); }

 private:
  std::unique_ptr<TestWorld> world_;
};
// GoogleTest owns it.
inline TestWorldEnvironment& test_world_environment = static_cast<TestWorldEnvironment&>(
    *testing::AddGlobalTestEnvironment(new TestWorldEnvironment));

inline TestWorld& test_world() { return test_world_environment.world(); }

}  // namespace coterie::synth
