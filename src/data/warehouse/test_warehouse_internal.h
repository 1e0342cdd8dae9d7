#pragma once
// For tests: a warehouse in a folder of its own, an engine, and helpers that fail loudly.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "data/engine/engine.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data {

class TestWarehouse {
 public:
  explicit TestWarehouse(const WarehouseOptions& options = {})
      : warehouse(take(Warehouse::open(folder / "warehouse", options))) {}

  Connection connect() { return take(engine.connect()); }

  // Replaces (or appends to) one table in a transaction of its own; returns the new version.
  int64_t replace(const std::string& table, const std::string& select,
                  const TableOptions& options = {}) {
    WriteTransaction transaction = take(warehouse.begin("run"));
    Connection connection = connect();
    take(transaction.replace(table, connection, select, options));
    return take(transaction.commit());
  }
  int64_t append(const std::string& table, const std::string& select,
                 const TableOptions& options = {}) {
    WriteTransaction transaction = take(warehouse.begin("run"));
    Connection connection = connect();
    take(transaction.append(table, connection, select, options));
    return take(transaction.commit());
  }
  int64_t replace_days(const std::string& table, const std::string& select, int32_t first,
                       int32_t last) {
    WriteTransaction transaction = take(warehouse.begin("run"));
    Connection connection = connect();
    take(transaction.replace_days(table, connection, select, first, last));
    return take(transaction.commit());
  }

  // Rows of `select` as the caller of a transaction writes them: into a file of its own.
  RowSource written_rows(const std::string& select) {
    return {take(connect().describe(select)),
            [this, select](const std::string& path) -> Result<int64_t> {
              Connection connection = connect();
              RETURN_IF_ERROR(
                  connection.execute("copy (" + select + ") to '" + path + "' (format parquet)"));
              return connection.scalar_int("select count(*) from (" + select + ")");
            }};
  }
  int64_t replace_days_by_rows(const std::string& table, const std::string& select, int32_t first,
                               int32_t last) {
    WriteTransaction transaction = take(warehouse.begin("run"));
    Connection connection = connect();
    take(transaction.replace_days(table, connection, written_rows(select), first, last));
    return take(transaction.commit());
  }

  void drop(const std::string& table) {
    WriteTransaction transaction = take(warehouse.begin("run"));
    must(transaction.drop(table));
    take(transaction.commit());
  }

  // A single value read through a fresh snapshot.
  int64_t number(const std::string& sql) {
    const Snapshot snapshot = take(warehouse.snapshot());
    Connection connection = connect();
    must(snapshot.attach(connection));
    return take(connection.scalar_int(sql));
  }
  std::string text(const std::string& sql) {
    const Snapshot snapshot = take(warehouse.snapshot());
    Connection connection = connect();
    must(snapshot.attach(connection));
    return take(connection.scalar_text(sql));
  }
  TableInfo info(const std::string& table) {
    return take(warehouse.snapshot()).table(table).value();
  }

  TemporaryFolder folder;
  Engine engine = take(Engine::open({.threads = 2, .memory_bytes = int64_t{1} << 30}));
  Warehouse warehouse;
};

}  // namespace coterie::data
