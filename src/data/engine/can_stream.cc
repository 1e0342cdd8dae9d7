// A streamed result begins when its sink is full or every pipeline but the last has ended. A branch
// of a union that fills the sink while another branch still has pipelines to run (a join's build
// side, an aggregate) is neither: all wait for a reader who has not been given anything yet.

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "data/engine/statement_internal.h"

namespace coterie::data {
namespace {

using Json = nlohmann::json;

// Operators that run inside the pipeline of what reads them.
bool passes_rows_on(const std::string& name) {
  constexpr std::array<std::string_view, 5> kNames = {"PROJECTION", "FILTER", "UNION",
                                                      "EMPTY_RESULT", "RANGE"};
  const std::string trimmed = name.substr(0, name.find_last_not_of(' ') + 1);
  return std::ranges::find(kNames, trimmed) != kNames.end() || trimmed.ends_with("_SCAN") ||
         trimmed.starts_with("READ_");
}

bool has_breaker(const Json& plan) {
  if (!passes_rows_on(plan.value("name", ""))) return true;
  const Json children = plan.value("children", Json::array());
  return std::ranges::any_of(children, has_breaker);
}

bool has_blocking_union(const Json& plan) {
  if (plan.value("name", "").starts_with("UNION") && has_breaker(plan)) return true;
  const Json children = plan.value("children", Json::array());
  return std::ranges::any_of(children, has_blocking_union);
}

}  // namespace

Result<bool> can_stream(const std::shared_ptr<ConnectionState>& connection, std::string_view sql,
                        const std::vector<Parameter>& parameters) {
  ASSIGN_OR_RETURN(const Script script,
                   Script::parse(*connection, "EXPLAIN (FORMAT JSON) " + std::string(sql)));
  ASSIGN_OR_RETURN(Statement explain, Statement::prepare(*connection, script, 0));
  RETURN_IF_ERROR(explain.bind(parameters, connection->user_sql));
  ASSIGN_OR_RETURN(auto state, run_statement(connection, explain, false));
  ASSIGN_OR_RETURN(const std::string text, only_text(std::move(state), 1));
  const Json plans = Json::parse(text, nullptr, false);
  if (!plans.is_array()) return internal_error("the engine's plan is not a JSON array");
  return std::ranges::none_of(plans, has_blocking_union);
}

}  // namespace coterie::data
