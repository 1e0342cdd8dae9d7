#pragma once
// What the SQL of the datasets may rely on: which roles and columns the warehouse has, what "today"
// is, and the settings that the formulas name.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data {

using RoleColumns = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;

struct Facts {
  RoleColumns roles;           // role -> columns of its table
  bool has_dataset_a = false;  // facts.dataset_a_interactions exists
  bool has_names = false;      // facts.dict_product_name exists and knows every name

  std::string timezone = "UTC";
  double half_life_days = 30;
  std::map<std::string, double> weights;  // kind of interaction, lower case -> w
  int money_decimals = 2;

  int32_t today = 0;                  // days since 1970-01-01
  Micros visible_until = 0;           // last microsecond of today
  int32_t first_day = 0;              // no fact is older
  int32_t first_sale = 0;             // day of the first purchase; > today if there is none
  std::set<std::string> event_kinds;  // kinds in the role events, lower case
  bool has_returns = false;           // purchases with a negative quantity
  std::string new_probe;              // text for the mark kProbeMark; "" = it stands there

  // SQL yields rows of all times, with the time at which each came to be known, for whoever asks
  // what was visible at any moment.
  bool of_all_times = false;

  bool has(std::string_view role) const { return roles.contains(role); }
  bool has(std::string_view role, std::string_view column) const;
  std::string money_type() const;  // "DECIMAL(18,2)"
};

// Roles and settings; the fields below `today` are still unset.
Facts declare_facts(const Project& project, const Snapshot& snapshot);
// Finds `today` and what depends on it: as the snapshot's mark kProbeMark remembers it for the same
// tables, else from the tables in the schema `facts` of `connection`. Whoever can write then sets
// the mark to `new_probe`. kInvalidInput: unknown time zone, weights too far apart.
Status probe_facts(const Project& project, const Snapshot& snapshot, Connection& connection,
                   Facts& facts);
inline constexpr const char* kProbeMark = "datasets.probe";

std::string sql_date(int32_t day);     // DATE '2020-09-22'
std::string sql_timestamp(Micros at);  // TIMESTAMP '2020-09-22 23:59:59.999999'
// Condition on a role's rows: visible at the end of today (conventions.h, Time); "true" of facts of
// all times.
std::string visible(const Facts& facts, std::string_view role);
// The day, in the project's time zone, of a UTC TIMESTAMP expression.
std::string local_day(const Facts& facts, const std::string& timestamp);

}  // namespace coterie::data
