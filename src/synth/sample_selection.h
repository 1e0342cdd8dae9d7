#pragma once
// Which rows of each role belong to a sample. Makes temporary tables `cut_<role>` on a connection,
// with the role's columns and the source's own ids; sample.h publishes them.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "synth/sample.h"

namespace coterie::synth {

class SampleSelection {
 public:
  // Finds the roles' views. Error kNotFound when there is none.
  static Result<SampleSelection> open(data::Connection& connection, const SampleOptions& options);

  // Makes the tables, in an order in which each depends on earlier ones only.
  Status cut();
  // The roles with a table, in the order of roles.h; their columns in the role's order.
  const std::vector<std::string>& roles() const { return roles_; }
  const std::vector<std::string>& columns(const std::string& role) const {
    return columns_.at(role);
  }
  const std::vector<std::string>& notes() const { return notes_; }
  bool has(const std::string& role, const std::string& column) const;
  bool has(const std::string& role) const { return columns_.contains(role); }
  // Removes the tables.
  Status drop();

 private:
  SampleSelection(data::Connection& connection, const SampleOptions& options)
      : connection_(connection), options_(options) {}

  Status choose_users();
  Status choose_sessions();
  Status choose_reviews();
  Status choose_articles();
  Status choose_categories();
  // A text that orders rows at random, by the seed and `expression` alone.
  std::string shuffled(const std::string& expression) const;
  std::string select(const std::string& role) const;  // select <columns> from <role>
  Status keep(const std::string& role, const std::string& where);
  Status make(const std::string& table, const std::string& select);

  data::Connection& connection_;
  const SampleOptions& options_;
  std::vector<std::string> roles_, notes_, made_;
  std::map<std::string, std::vector<std::string>> columns_;
};

}  // namespace coterie::synth
