#pragma once
// Owners of the C API's handles, and its types in our terms. Private to this folder.

#include <string>
#include <utility>

#include <duckdb.h>

#include "data/engine/chunk.h"

namespace coterie::data {

class LogicalType {
 public:
  explicit LogicalType(duckdb_logical_type handle) : handle_(handle) {}
  ~LogicalType() { duckdb_destroy_logical_type(&handle_); }
  LogicalType(const LogicalType&) = delete;
  LogicalType& operator=(const LogicalType&) = delete;
  duckdb_logical_type get() const { return handle_; }

 private:
  duckdb_logical_type handle_;
};

ValueType value_type_of(duckdb_type type);
// As DuckDB writes it: "DECIMAL(18,2)", "VARCHAR[]", "STRUCT(a INTEGER)".
std::string sql_type_of(duckdb_logical_type type);

}  // namespace coterie::data
