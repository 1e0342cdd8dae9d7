#pragma once
// What a table looks like from outside: its columns' names, and what a sample of their values says.
// Profiles are evidence for inference (infer.h), never used to load data.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/postgres/url.h"

namespace coterie::data {

// Shares are of the sampled values that are present.
struct ColumnProfile {
  std::string name;
  int64_t present = 0;            // sampled rows with a value
  int64_t distinct = 0;           // distinct values among them
  double missing_share = 0;       // of sampled rows
  double integer_share = 0;       // written as an integer
  double real_share = 0;          // readable as a number
  double time_share = 0;          // readable as a date or time in `time_format`
  double decimal_zero_share = 0;  // written like "17850.0"
  double leading_zero_share = 0;  // written like "0108775015"
  double mean_length = 0;         // characters
  double min_number = 0;          // of the readable numbers
  double max_number = 0;
  std::string time_format;     // "" = ISO 8601; a strptime format; or unix_s, unix_ms, unix_us
  bool decimal_comma = false;  // numbers written like "12,50"
  bool time_format_ambiguous = false;  // day and month could be either way round
  std::vector<std::string> examples;   // up to 3
  bool named_by_values = false;        // the file has no header: unnamed_columns.h
  bool is_key = false;                 // the server's primary key by itself
  std::string refers_to_table;         // foreign key of this column alone: `location` of the table
  std::string refers_to_column;
  std::string role_hint;  // entity ("customer") whose master table this column refers to, or ""

  bool is_integer() const { return present > 0 && integer_share > 0.999; }
  bool is_number() const { return present > 0 && real_share > 0.99; }
  bool is_time() const { return present > 0 && time_share > 0.99; }
  double distinct_share() const {
    return present > 0 ? static_cast<double>(distinct) / static_cast<double>(present) : 0;
  }
};

struct TableProfile {
  std::string name;      // file or table name without folder, digits and endings: "transactions"
  std::string location;  // absolute path or glob, or the database's table name
  bool in_database = false;
  std::string format;     // csv, json, parquet; "" in a database
  std::string delimiter;  // csv
  std::string encoding;   // csv: "" (UTF-8) or latin-1
  bool header = true;     // csv
  int files = 1;
  int64_t bytes = 0;
  int64_t sampled_rows = 0;
  std::vector<std::string> key;  // the server's primary key
  std::string sample_table;      // temporary table of the connection: the sample, every column text
  std::vector<ColumnProfile> columns;

  const ColumnProfile* find(const std::string& column) const;
};

inline constexpr int64_t kProfileRows = 50'000;

// Profiles every table under `folder` (CSV, TSV, DAT, JSON lines, Parquet; .gz and .zst; three
// levels deep): files of one folder whose names differ in digits only are one table. Files that
// cannot be read as a table are named in `unreadable` with the reason. Leaves the samples as
// temporary tables on `connection`. Errors: kNotFound for a folder that does not exist or holds no
// table.
Result<std::vector<TableProfile>> profile_folder(Connection& connection, const std::string& folder,
                                                 std::vector<std::string>* unreadable);

// The same of the tables of a PostgreSQL server (url.schema narrows it), views included: a sample
// of each, and the keys that the server declares. Arrays are left out. Errors as connecting has
// them, and kNotFound when there is no table that this user may read.
Result<std::vector<TableProfile>> profile_database(Connection& connection, const PostgresUrl& url,
                                                   std::vector<std::string>* unreadable);

// Fills `columns` and `sampled_rows` from `profile.sample_table`.
Status profile_sample(Connection& connection, TableProfile& profile);

}  // namespace coterie::data
