#pragma once
// SQLite behind RAII: a connection with cached statements, and transactions that roll back unless
// committed. Private to this folder. Not thread-safe: one owner at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <sqlite3.h>

#include "base/result.h"

namespace coterie::data {

// A prepared statement being run. Binds by position from 1 in the order of the calls; resets when
// destroyed. Lifetime: the Database's.
class SqliteQuery {
 public:
  SqliteQuery(sqlite3_stmt* statement, double busy_timeout_s)
      : statement_(statement), busy_timeout_s_(busy_timeout_s) {}
  SqliteQuery(SqliteQuery&& other) noexcept;
  SqliteQuery& operator=(SqliteQuery&&) = delete;
  ~SqliteQuery();

  SqliteQuery& bind(int64_t value);
  SqliteQuery& bind(std::string_view value);
  // true: a row is there to be read; false: done.
  Result<bool> step();
  // Steps to the end, for statements without rows.
  Status run();
  int64_t integer(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  sqlite3_stmt* statement_;
  double busy_timeout_s_;  // for messages
  int bound_ = 0;
};

enum class SqliteJournal {
  kWal,         // write-ahead log: readers and a writer at the same time
  kSingleFile,  // rollback journal: one file when nobody writes
  kAsItIs,
};

// Synchronisation is FULL: a commit that returned survives a power cut.
struct SqliteOptions {
  double busy_timeout_s = 30;
  bool create = false;
  SqliteJournal journal = SqliteJournal::kWal;
};

class Database {
 public:
  static Result<Database> open(const std::string& path, const SqliteOptions& options);
  Status execute(const char* sql);
  // `sql` must be a literal: statements are cached by its address and text.
  Result<SqliteQuery> query(const char* sql);
  Result<int64_t> scalar(const char* sql);
  // Makes `target` a copy of this database's newest state.
  Status copy_to(Database& target);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) = delete;
  ~Database();

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  friend class SqliteTransaction;
  std::unique_ptr<Impl> impl_;
};

// BEGIN IMMEDIATE: waits for other writers up to the busy timeout, then kUnavailable.
class SqliteTransaction {
 public:
  static Result<SqliteTransaction> begin(Database& database);
  Status commit();
  SqliteTransaction(SqliteTransaction&& other) noexcept;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();  // rolls back what was not committed

 private:
  explicit SqliteTransaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace coterie::data
