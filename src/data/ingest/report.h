#pragma once
// What an ingest did, role by role: for the closing summary, for JSON and for the tests.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace coterie::data {

enum class LoadMode {
  kOff,        // an optional source without files
  kUnchanged,  // nothing new since the last load
  kFull,       // the table was replaced
  kAppend,     // new rows were added
  kUpsert,     // new rows were added and replaced older ones of the same key
  kDays,       // some days were replaced
};
std::string_view load_mode_name(LoadMode mode);

struct RejectedExample {
  std::string file;
  int64_t line = 0;
  std::string column;
  std::string reason;
  std::string raw;
  std::string to_text() const;  // "raw/a.csv:7: price: not an amount of money: 'abc'"
};

struct RoleReport {
  std::string role;
  LoadMode mode = LoadMode::kOff;
  int64_t files_read = 0;
  int64_t files_unchanged = 0;
  // rows_read = rows_loaded + rows_rejected + rows_duplicate + rows_filtered + all of `dropped`.
  int64_t rows_read = 0;
  int64_t rows_loaded = 0;     // written by this load
  int64_t rows_rejected = 0;   // kept in rejected_<role>
  int64_t rows_duplicate = 0;  // an equal key came later, or the very same row before
  int64_t rows_filtered = 0;   // by `where`
  std::vector<std::pair<std::string, int64_t>> dropped;  // by `drop` and `missing`, by name
  std::vector<std::pair<std::string, int64_t>> counted;  // of all rows read, by name
  int64_t rows_in_table = 0;                             // afterwards
  std::vector<std::string> columns;                      // role columns that the table has
  std::vector<std::string> absent_columns;  // role columns that the source does not have
  std::vector<std::string> unused_columns;  // source columns that nothing reads
  std::vector<RejectedExample> examples;    // the first few rejected rows
  std::vector<std::string> notes;
  double seconds = 0;
};

struct IngestReport {
  std::vector<RoleReport> roles;  // in the order of loading
  double seconds = 0;

  const RoleReport* find(std::string_view role) const;
  bool changed() const;  // whether any table was written
  nlohmann::ordered_json to_json() const;
  // A table for the terminal and the notes below it.
  std::string to_text() const;
};

}  // namespace coterie::data
