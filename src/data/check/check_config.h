#pragma once
// The section `checks` of coterie.yaml: which checks run, how strictly, with which limits.

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/project/project.h"

namespace coterie::data {

enum class CheckLevel { kError, kWarn, kOff };

// The checks, in the order in which they are run and shown.
enum class CheckKind {
  kMinimumSizes,
  kDateCoverage,
  kMissingValues,
  kDuplicateKeys,
  kUnknownCustomers,
  kUnknownArticles,
  kRelationships,
  kNegativePrices,
  kFutureDates,
  kGuests,
  kReturns,
  kRejectedRows,
};
inline constexpr size_t kCheckKinds = 12;
std::string_view check_name(CheckKind kind);     // "missing_values": key in coterie.yaml
std::string_view check_meaning(CheckKind kind);  // one line for the reference

struct CheckSettings {
  CheckLevel level = CheckLevel::kError;
  double max_share = 0;  // of rows; what a check allows
};

struct CheckConfig {
  std::array<CheckSettings, kCheckKinds> checks;
  std::set<std::string> missing_except;  // "table.column"
  int64_t min_days = 182;
  int64_t min_customers = 10'000;
  int64_t min_items = 50;
  int64_t min_transactions = 100'000;
  int64_t min_events = 500'000;

  const CheckSettings& of(CheckKind kind) const { return checks[static_cast<size_t>(kind)]; }
};

// Defaults where the section says nothing. Errors point into coterie.yaml.
Result<CheckConfig> read_check_config(const Project& project);

}  // namespace coterie::data
