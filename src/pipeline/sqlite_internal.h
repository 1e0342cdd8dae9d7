#pragma once
// SQLite with our error type: just what the record of runs needs.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "base/result.h"

namespace coterie::pipeline::internal {

// A prepared statement. Bind with the constructor's order of `?`; step through rows; read columns.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql);
  Statement& bind(int64_t value);
  Statement& bind(double value);
  Statement& bind(const std::string& value);
  // True while there is a row.
  Result<bool> step();
  Status run();  // for statements without rows

  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  Error fault() const;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
  bool failed_ = false;
};

class Database {
 public:
  static Result<Database> open(const std::string& path);
  Status execute(const std::string& sql);
  Statement prepare(const std::string& sql) const { return {handle_.get(), sql}; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
};

// BEGIN IMMEDIATE … COMMIT; rolls back unless commit() was called.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Status commit();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace coterie::pipeline::internal
