#pragma once
// Inference: from a folder or database of tables nobody has described to a coterie.yaml that says
// what each table means, how sure that is and why. Names, types and values are the evidence; the
// result is a proposal for a person to read, so every guess carries its confidence and its reason,
// and what was not understood is listed instead of dropped.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/infer/event_kinds.h"
#include "data/infer/table_profile.h"

namespace coterie::data {

struct ColumnGuess {
  std::string role_column;
  std::string source_column;  // or "= expression" for a constant
  double confidence = 0;      // 0 to 1
  std::string reason;
};

struct RoleGuess {
  std::string role;
  size_t table = 0;  // index into Inference::tables
  double confidence = 0;
  std::string reason;
  std::vector<ColumnGuess> columns;
  std::vector<std::string> key;           // role columns; only where it differs from the role's
  std::vector<std::string> integer_text;  // id columns written like "17850.0"
  std::vector<std::string> drop_missing;  // required columns whose empty rows are left out
  std::string time_format;
  std::vector<std::string> keep_missing;  // those whose empty rows stay: facts of guests
  bool derived = false;            // a master table made from what a fact table says of its ids
  bool decimal_comma = false;      // numbers written like "12,50"
  bool exact_duplicates = false;   // the sample holds rows equal in every column
  std::vector<std::string> notes;  // what a person should look at

  const ColumnGuess* find(std::string_view role_column) const;
};

// A thing the program can make, whether these tables suffice, and what is missing otherwise.
struct Capability {
  std::string name;
  bool supported = false;
  std::string because;  // what it uses, or what it needs
};

struct Inference {
  std::string location;                 // as given; passwords removed
  std::optional<PostgresUrl> database;  // where the tables are, unless in a folder
  std::vector<TableProfile> tables;
  std::vector<RoleGuess> roles;         // in the order of all_roles()
  std::vector<size_t> unused_tables;    // indices into tables
  std::vector<std::string> unreadable;  // "file: reason"
  std::vector<std::string> joins;       // "transactions.customer_id -> customers: 98.2 % found"
  std::vector<EventKind> event_kinds;   // of the role events
  std::vector<Capability> capabilities;
};

// `location` is a folder, or postgres://user:password@host/database[?schema=NAME]. Reads at most
// kProfileRows rows of each table through `connection`. Errors: kNotFound if there is nothing to
// read, kInvalidInput if no table has a recognisable role (the message lists what was seen),
// kCancelled.
Result<Inference> infer_project(Connection& connection, const std::string& location);

// The parts of it, each usable alone.
std::vector<RoleGuess> guess_roles(const std::vector<TableProfile>& tables);
// For a table without a role: what it lacks to have one ("could be transactions if it had t_dat"),
// or that it fits one of `taken`, which another table fills; or "".
std::string near_miss(const TableProfile& table, const std::vector<RoleGuess>& taken);
std::vector<Capability> judge_capabilities(const std::vector<RoleGuess>& roles);

// "a, b, c", or the first 20 and how many more.
std::string listed_names(const std::vector<std::string>& names);

// coterie.yaml with the guesses as comments; parses with parse_project.
std::string inferred_config(const Inference& inference, const std::string& project_name);
// What `coterie init` prints: roles with confidence, joins, what is possible and what is missing.
std::string inference_report(const Inference& inference);

}  // namespace coterie::data
