#pragma once
// For tests: a project in a folder of its own, loaded as a run would load it.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/progress.h"
#include "base/temporary_folder.h"
#include "data/ingest/ingest.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data {

class IngestTest : public testing::Test {
 protected:
  IngestTest() : engine_(*Engine::open({.threads = 2, .memory_bytes = int64_t{2} << 30})) {}

  std::string write(const std::string& name, std::string_view bytes) {
    const std::string path = folder_ / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  // COPY (select) TO a Parquet file of the project.
  void write_parquet(const std::string& name, const std::string& select) {
    std::filesystem::create_directories(std::filesystem::path(folder_ / name).parent_path());
    Connection connection = *engine_.connect();
    const Status done = connection.execute(
        fmt::format("COPY ({}) TO {} (FORMAT parquet)", select, quote_text(folder_ / name)));
    ASSERT_TRUE(done.ok()) << done.error().to_text();
  }
  void erase(const std::string& name) { std::filesystem::remove(folder_ / name); }

  // Settings behind the two head lines of coterie.yaml.
  Result<IngestReport> load(const std::string& settings, bool force = false) {
    return load_text("config_version: 1\nproject: test\n" + settings, force);
  }
  Result<IngestReport> load_text(const std::string& yaml, bool force = false) {
    ASSIGN_OR_RETURN(const Project project, parse_project(yaml, "coterie.yaml", folder_.path()));
    ASSIGN_OR_RETURN(Warehouse warehouse, Warehouse::open(project.warehouse_folder));
    ASSIGN_OR_RETURN(const Snapshot snapshot, warehouse.snapshot());
    ASSIGN_OR_RETURN(WriteTransaction transaction, warehouse.begin(fmt::format("run-{}", ++runs_)));
    const auto progress = make_progress(ProgressMode::kSilent);
    ASSIGN_OR_RETURN(IngestReport report, ingest({.project = project,
                                                  .engine = engine_,
                                                  .snapshot = snapshot,
                                                  .transaction = transaction,
                                                  .progress = *progress,
                                                  .run_id = fmt::format("run-{}", runs_),
                                                  .force = force}));
    RETURN_IF_ERROR(transaction.commit());
    return report;
  }
  // The text of the error, or "loaded".
  std::string load_error(const std::string& settings) {
    const auto report = load(settings);
    return report ? "loaded" : report.error().to_text();
  }
  // The report of one role; the load must succeed.
  RoleReport load_role(const std::string& settings, const std::string& role, bool force = false) {
    const auto report = load(settings, force);
    EXPECT_TRUE(report.ok()) << report.error().to_text();
    if (!report) return {};
    const RoleReport* found = report->find(role);
    EXPECT_NE(found, nullptr);
    return found ? *found : RoleReport();
  }

  // Rows of a query over the warehouse, values joined by "|", null as "null".
  std::vector<std::string> rows(const std::string& sql) {
    Warehouse warehouse = *Warehouse::open(folder_ / "warehouse");
    const Snapshot snapshot = *warehouse.snapshot();
    Connection connection = *engine_.connect();
    EXPECT_TRUE(connection.use_private_catalog().ok());
    const Status attached = snapshot.attach(connection);
    EXPECT_TRUE(attached.ok()) << attached.error().to_text();
    return query(connection, sql);
  }
  static std::vector<std::string> query(Connection& connection, const std::string& sql) {
    std::vector<std::string> shown;
    const Status done = connection.for_each_chunk(
        "SELECT COLUMNS(*)::VARCHAR FROM (" + sql + ")", [&](const Chunk& chunk) -> Status {
          for (int64_t row = 0; row < chunk.rows(); ++row) {
            std::string line;
            for (int c = 0; c < chunk.columns(); ++c) {
              const ColumnView column = chunk.column(c);
              line += c > 0 ? "|" : "";
              line += column.is_null(row) ? "null" : std::string(column.as_text(row));
            }
            shown.push_back(line);
          }
          return {};
        });
    EXPECT_TRUE(done.ok()) << done.error().to_text();
    return shown;
  }

  TemporaryFolder folder_;
  Engine engine_;
  int runs_ = 0;
};

}  // namespace coterie::data
