#pragma once
// Writing the warehouse.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/table_info.h"

namespace coterie::data {

struct TransactionState;

// Rows that are not the result of a SELECT. `write` creates a Parquet file at the path that it is
// given, with exactly `columns` (names and SQL types, in this order) and rows in the order of
// TableOptions::sort_by; it returns the number of rows.
struct RowSource {
  std::vector<ColumnInfo> columns;
  std::function<Result<int64_t>(const std::string& path)> write;
};

// Staged writes, committed together or not at all; destroyed uncommitted = rolled back, staged
// files removed. Not thread-safe.
//
// Writes run when they are called: `select` is SQL run on `connection`, its columns become the
// table's, and its rows are on disk when the call returns; commit() only makes them the current
// version. They apply to whatever is newest at commit, in the order of the calls:
//   append         both of two concurrent appends survive
//   replace        the last commit wins whole
//   replace_days   replaces these days' rows, also those appended meanwhile; the last commit wins
// A transaction that must not overwrite what it has not seen says so with require_version().
//
// Columns: an added column reads null in older rows. A removed or retyped one is refused
// (kInvalidInput, with table, column and mend), as is a declaration in `options` that disagrees
// with the table's. HUGEINT is stored as BIGINT, ENUM as VARCHAR, TIMESTAMP_S and _MS as TIMESTAMP,
// fixed-size arrays as lists; types that Parquet would change silently are refused.
class WriteTransaction {
 public:
  // Each returns the number of rows written.
  Result<int64_t> replace(const std::string& table, Connection& connection,
                          const std::string& select, const TableOptions& options = {});
  Result<int64_t> append(const std::string& table, Connection& connection,
                         const std::string& select, const TableOptions& options = {});
  // The same for rows that this program makes; `connection` counts their days.
  Result<int64_t> replace(const std::string& table, Connection& connection, const RowSource& rows,
                          const TableOptions& options = {});
  Result<int64_t> append(const std::string& table, Connection& connection, const RowSource& rows,
                         const TableOptions& options = {});
  // Replaces exactly the days in [first_day, last_day] (days since 1970-01-01) of a table with a
  // day_column. `select` must yield those days only. Costs what is written, however large the parts
  // that the days were in.
  Result<int64_t> replace_days(const std::string& table, Connection& connection,
                               const std::string& select, int32_t first_day, int32_t last_day,
                               const TableOptions& options = {});
  // The same for rows that this program makes; `connection` counts their days.
  Result<int64_t> replace_days(const std::string& table, Connection& connection,
                               const RowSource& rows, int32_t first_day, int32_t last_day,
                               const TableOptions& options = {});
  Status drop(const std::string& table);  // no error if there is none

  // Makes sure every non-null value of `select`'s single column has a code in `entity`'s
  // dictionary, and makes facts.dict_<entity>(code, id, number) on `connection` include the new
  // ones (see Snapshot::attach). New ids get the next codes, sorted by id within the call, so the
  // result does not depend on threads. Codes are never reused.
  //
  // `numeric`: the source's ids are integers (the column must be of an integer type), restored as
  // BIGINT. A dictionary is numeric while all its encodes are: the first encode of text ids turns
  // it into a dictionary of texts for good, its integers becoming their decimal text.
  //
  // The first call waits until no other transaction, of any process, holds the right to add ids
  // (one right for all dictionaries, so that two transactions cannot wait for each other), and
  // keeps it until commit or rollback: encode late and commit soon. kUnavailable, naming the
  // holder, after WarehouseOptions::encode_timeout_s.
  Status encode_ids(const std::string& entity, Connection& connection, const std::string& select,
                    bool numeric = false);

  // The path of a new file in the folder of `table`, for what the caller has to put down in
  // between: connections that are confined to the warehouse can read it. Whatever is there when the
  // transaction ends is removed.
  Result<std::string> scratch_file(const std::string& table);

  void set_mark(const std::string& key, const std::string& value);
  void remove_mark(const std::string& key);
  // The commit fails with kConflict if `table` is not at `version` (TableInfo::version; 0 = does
  // not exist) any more.
  void require_version(const std::string& table, int64_t version);

  // Returns the new warehouse version (the newest one if there was nothing to commit). Durable on
  // return: parts, folders and catalogue are synced. On error nothing has changed, except after kIo
  // in the very last step, when the operating system could not say. The transaction is over either
  // way.
  Result<int64_t> commit();

  WriteTransaction(WriteTransaction&&) noexcept;
  WriteTransaction& operator=(WriteTransaction&&) noexcept;
  ~WriteTransaction();

 private:
  friend class Warehouse;
  explicit WriteTransaction(std::unique_ptr<TransactionState> state);
  std::unique_ptr<TransactionState> state_;
};

}  // namespace coterie::data
