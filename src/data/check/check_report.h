#pragma once
// What the checks found.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "data/check/check_config.h"

namespace coterie::data {

struct Finding {
  CheckKind kind = CheckKind::kMinimumSizes;
  std::string table;
  std::string column;   // may be empty
  std::string message;  // "3 rows refer to articles that are not in 'items'"
  CheckLevel level = CheckLevel::kError;
  bool passed = true;
  int64_t count = 0;  // rows (or days, ids) that the check speaks of
  int64_t total = 0;  // of so many; 0 = a count alone
  std::string limit;  // "at most 5 %", "at least 10,000"
  std::vector<std::string> examples;
  std::string mend;  // of one that did not pass

  double share() const {
    return total > 0 ? static_cast<double>(count) / static_cast<double>(total) : 0;
  }
  bool is_error() const { return !passed && level == CheckLevel::kError; }
  bool is_warning() const { return !passed && level == CheckLevel::kWarn; }
};

struct CheckReport {
  std::vector<Finding> findings;  // of every check that ran, passed or not
  std::vector<std::string> off;   // checks that did not run, and why
  double seconds = 0;

  int64_t errors() const;
  int64_t warnings() const;
  bool ok() const { return errors() == 0; }  // whether a run may go on
  nlohmann::ordered_json to_json() const;
  // A table for the terminal; below it what to do about findings that did not pass.
  std::string to_text() const;
};

}  // namespace coterie::data
