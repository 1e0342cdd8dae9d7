#pragma once
// For the tests of publishing: a warehouse with a few tables, and a database of a real server.

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "data/postgres/test_server.h"
#include "data/publish/publish.h"

namespace coterie::data {

class PublishWorld {
 public:
  explicit PublishWorld(PostgresTestServer& server)
      : url(server.new_database()), database(take(PostgresConnection::connect(url))) {
    project.name = "shop";
    project.publish_url = url;
  }

  // Customers "0001", "0002", … with ids as codes, as outputs have them.
  void write_segments(int customers, const std::string& name, const std::string& more = "") {
    WriteTransaction transaction = take(warehouse.begin("run-" + name));
    Connection connection = take(engine.connect());
    must(transaction.encode_ids(
        "customer", connection,
        fmt::format("SELECT format('{{:04d}}', i) FROM range({}) r(i)", customers)));
    take(transaction.replace(
        "customer_segments", connection,
        fmt::format("SELECT d.code AS customer_id, '{}' AS segment_name{} FROM facts.dict_customer "
                    "d",
                    name, more),
        {.key = {"customer_id"}, .entities = {{"customer_id", "customer"}}, .reshape = true}));
    take(transaction.commit());
  }

  void replace(const std::string& table, const std::string& select,
               const TableOptions& options = {}) {
    WriteTransaction transaction = take(warehouse.begin("run"));
    Connection connection = take(engine.connect());
    take(transaction.replace(table, connection, select, options));
    take(transaction.commit());
  }
  void append(const std::string& table, const std::string& select) {
    WriteTransaction transaction = take(warehouse.begin("run"));
    Connection connection = take(engine.connect());
    take(transaction.append(table, connection, select));
    take(transaction.commit());
  }

  Result<PublishReport> publish(const std::vector<PublishTable>& tables, bool force = false,
                                double lock_timeout_s = 60) {
    const Snapshot snapshot = take(warehouse.snapshot());
    return data::publish({.project = project,
                          .snapshot = snapshot,
                          .engine = engine,
                          .tables = tables,
                          .force = force,
                          .lock_timeout_s = lock_timeout_s});
  }
  Result<PublishReport> publish_segments(bool force = false) {
    return publish({{"customer_segments", "who is who"}}, force);
  }

  // A single value of the database, or the error's text.
  std::string text(const std::string& sql) {
    const Result<std::string> value = database.scalar_text(sql);
    return value.ok() ? *value : value.error().to_text();
  }
  std::string segment_names() {
    return text("SELECT string_agg(DISTINCT segment_name, ',') || count(*) FROM customer_segments");
  }

  TemporaryFolder folder;
  Engine engine = take(Engine::open({.threads = 2, .memory_bytes = int64_t{1} << 30}));
  Warehouse warehouse = take(Warehouse::open(folder / "warehouse"));
  Project project;
  std::string url;
  PostgresConnection database;
};

// Skipped, with the reason, where no server can be started.
class PublishTest : public testing::Test {
 protected:
  void SetUp() override {
    COTERIE_NEED_POSTGRES(server);
    server_ = &server;
    world_ = std::make_unique<PublishWorld>(server);
  }
  // Publishing that must work.
  PublishReport publish(const std::vector<PublishTable>& tables, bool force = false) {
    return take(world_->publish(tables, force));
  }
  PublishReport publish_segments(bool force = false) {
    return take(world_->publish_segments(force));
  }
  // Customers 0000, 0001, … of one segment, published.
  void publish_new_segments(int customers, const std::string& name) {
    world_->write_segments(customers, name);
    publish_segments();
  }

  PostgresTestServer* server_ = nullptr;
  std::unique_ptr<PublishWorld> world_;
};

}  // namespace coterie::data
