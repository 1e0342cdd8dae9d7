#pragma once
// What the catalogue says about a table and about a dictionary.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace coterie::data {

struct ColumnSchema {
  std::string name;
  std::string sql_type;  // DuckDB type as stored; INTEGER for encoded ids
  std::string entity;    // not empty: codes of this dictionary ("customer", "article")
  bool operator==(const ColumnSchema&) const = default;
};

struct TableInfo {
  std::string name;
  int64_t version = 0;  // number of the commit that last changed its content
  int64_t rows = 0;
  int64_t bytes = 0;
  int parts = 0;
  Micros updated_at = 0;
  std::string run_id;  // which run wrote it
  std::vector<ColumnSchema> columns;
  std::string day_column;            // not empty: days of this DATE column can be replaced
  std::vector<std::string> key;      // declared unique key, may be empty; not enforced here
  std::vector<std::string> sort_by;  // order of rows inside parts
};

// What a table is declared to be when it is first written. Later writes must agree or leave it
// empty.
struct TableOptions {
  std::vector<std::string> key = {};
  // A DATE column without nulls, for replace_days().
  std::string day_column = {};
  // Column name -> entity, for INTEGER columns that hold codes.
  std::vector<std::pair<std::string, std::string>> entities = {};
  // Column names, order of rows inside parts: what is looked up by range reads less. May change.
  std::vector<std::string> sort_by = {};
  // replace() only: the table becomes what `select` yields, also where columns are gone or have
  // another type, and what was declared before is forgotten. For tables derived by this program;
  // without it such a change is refused.
  bool reshape = false;
};

// A day of a table with a day_column whose rows are not what they were.
struct DayChange {
  int32_t day = 0;            // days since 1970-01-01
  bool rows_removed = false;  // else rows were only added
  bool operator==(const DayChange&) const = default;
};

struct DictionaryInfo {
  std::string entity;
  int64_t version = 0;   // number of the commit that last added ids
  int32_t size = 0;      // codes are 0 .. size - 1
  bool numeric = false;  // every id is an integer: views restore BIGINT instead of VARCHAR
};

}  // namespace coterie::data
