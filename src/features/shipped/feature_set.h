#pragma once
// The feature sets that come with the program, as a registry for the tables that a project has:
// what its data cannot give is left out, and a comment says why. The result is a text that people
// read and change.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace coterie::features {

// What a project has, and what its configuration says about it.
struct ProjectTables {
  // Table (a role's name) -> its columns. A table without columns is one that the project lacks.
  std::map<std::string, std::set<std::string>, std::less<>> columns;
  std::map<std::string, double> event_weights;  // event kind -> how much it says about interest
  std::set<std::string> event_kinds;            // those that there are
  int money_decimals = 2;
};

// feature_sets/retail: customers and articles of a shop. `entities` are those wanted, of
// "customer" and "article"; empty = both. Parses as a registry by construction of its tests.
// kNotFound: no table that features are made of.
Result<std::string> shipped_registry(const ProjectTables& tables,
                                     const std::vector<std::string>& entities = {});

}  // namespace coterie::features
