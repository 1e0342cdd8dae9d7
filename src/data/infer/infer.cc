#include "data/infer/infer.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/project/roles.h"

namespace coterie::data {
namespace {

const RoleGuess* find_guess(const std::vector<RoleGuess>& roles, std::string_view role) {
  const auto found = std::ranges::find(roles, role, &RoleGuess::role);
  return found == roles.end() ? nullptr : &*found;
}

// Share of a fact's distinct sampled ids that stand in the master's sample.
Result<double> containment(Connection& connection, const TableProfile& fact,
                           const std::string& fact_column, const TableProfile& master,
                           const std::string& master_column) {
  const std::string sql = fmt::format(
      "SELECT coalesce(avg((trim(f.v) IN (SELECT trim({0}) FROM {1}))::INTEGER), 0)::DOUBLE "
      "FROM (SELECT DISTINCT {2} AS v FROM {3} WHERE {2} IS NOT NULL LIMIT 2000) f",
      quote_name(master_column), quote_name(master.sample_table), quote_name(fact_column),
      quote_name(fact.sample_table));
  return connection.scalar_real(sql);
}

Status describe_joins(Connection& connection, Inference& inference) {
  for (const char* master_name : {"customers", "items"}) {
    const RoleGuess* master = find_guess(inference.roles, master_name);
    if (master == nullptr) continue;
    const std::string id = std::string(find_role(master_name)->entity) + "_id";
    const TableProfile& master_table = inference.tables[master->table];
    for (const RoleGuess& fact : inference.roles) {
      const ColumnGuess* column = fact.find(id);
      if (column == nullptr || fact.table == master->table || fact.role == master_name) continue;
      const ColumnProfile* source = inference.tables[fact.table].find(column->source_column);
      if (source != nullptr && source->refers_to_table == master_table.location) {
        inference.joins.push_back(
            fmt::format("{}.{} -> {}: a foreign key of the server", fact.role, id, master_name));
        continue;
      }
      ASSIGN_OR_RETURN(const double share,
                       containment(connection, inference.tables[fact.table], column->source_column,
                                   master_table, master->find(id)->source_column));
      const bool partial = master_table.sampled_rows >= kProfileRows;
      inference.joins.push_back(fmt::format("{}.{} -> {}: {:.1f} % of sampled ids found{}",
                                            fact.role, id, master_name, 100 * share,
                                            partial ? " (in a sample)" : ""));
    }
  }
  return {};
}

// How far a column is the same in all rows of an id: the share of an id's rows that have its most
// frequent value, on average over the ids with several. 1 where no id has several.
Result<double> constancy(Connection& connection, const TableProfile& table, const std::string& id,
                         const std::string& column) {
  return connection.scalar_real(fmt::format(
      "SELECT coalesce(avg(share), 1)::DOUBLE FROM (SELECT max(n) / sum(n) AS share FROM (SELECT "
      "{0} AS id, {1} AS v, count(*) AS n FROM {2} WHERE {0} IS NOT NULL AND {1} IS NOT NULL GROUP "
      "BY ALL) GROUP BY id HAVING sum(n) > 1)",
      quote_name(id), quote_name(column), quote_name(table.sample_table)));
}

// What differs from row to row of an id describes the row: a review's title is not the article's.
Status drop_passing_columns(Connection& connection, Inference& inference) {
  constexpr double kConstant = 0.7;
  for (RoleGuess& guess : inference.roles) {
    if (!guess.derived) continue;
    const std::string id = guess.columns.front().source_column;
    std::vector<ColumnGuess> kept = {guess.columns.front()};
    for (size_t c = 1; c < guess.columns.size(); ++c) {
      ASSIGN_OR_RETURN(const double constant, constancy(connection, inference.tables[guess.table],
                                                        id, guess.columns[c].source_column));
      if (constant >= kConstant) kept.push_back(std::move(guess.columns[c]));
    }
    guess.columns = std::move(kept);
  }
  std::erase_if(inference.roles,
                [](const RoleGuess& guess) { return guess.derived && guess.columns.size() < 2; });
  return {};
}

// Lines that repeat another in every column are copies, unless the role counts them on purpose.
Status find_exact_duplicates(Connection& connection, Inference& inference) {
  for (RoleGuess& guess : inference.roles) {
    if (guess.role != "transactions" && guess.role != "reviews") continue;
    const TableProfile& table = inference.tables[guess.table];
    ASSIGN_OR_RETURN(
        const int64_t copies,
        connection.scalar_int(fmt::format(
            "SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM {0})) FROM {0}",
            quote_name(table.sample_table))));
    if (copies == 0 || table.columns.size() < 5) continue;
    guess.exact_duplicates = true;
    guess.notes.push_back(
        fmt::format("{} of {} sampled rows repeat another in every column: they are left out",
                    copies, table.sampled_rows));
  }
  return {};
}

bool hint_references(Inference& inference) {
  bool hinted = false;
  for (const RoleGuess& master : inference.roles) {
    const std::string entity(find_role(master.role)->entity);
    if (entity.empty()) continue;
    const std::string& table = inference.tables[master.table].location;
    const ColumnGuess* id = master.find(entity + "_id");
    for (TableProfile& other : inference.tables) {
      for (ColumnProfile& column : other.columns) {
        if (column.refers_to_table != table || column.refers_to_column != id->source_column) {
          continue;
        }
        column.role_hint = entity;
        hinted = true;
      }
    }
  }
  return hinted;
}

Error nothing_recognised(const Inference& inference) {
  std::string seen;
  for (const TableProfile& table : inference.tables) {
    std::vector<std::string> names;
    for (const ColumnProfile& column : table.columns) names.push_back(column.name);
    std::string lacks = near_miss(table, {});
    if (table.sampled_rows == 0) lacks = "it has no rows";
    seen += fmt::format("\n    {}: {}{}{}", table.location, listed_names(names),
                        lacks.empty() ? "" : "; ", lacks);
    if (seen.size() > 2'000) break;
  }
  return invalid_input(
             "no table looks like customers, items, transactions, events or reviews; seen:" + seen)
      .with_mend(
          "write the mapping by hand: coterie init DIR --template retail, then edit sources");
}

}  // namespace

Result<Inference> infer_project(Connection& connection, const std::string& location) {
  Inference inference;
  inference.location = location;
  if (location.find("://") != std::string::npos) {
    ASSIGN_OR_RETURN(inference.database, read_postgres_url(location));
    inference.location = inference.database->written;
    ASSIGN_OR_RETURN(inference.tables,
                     profile_database(connection, *inference.database, &inference.unreadable));
  } else {
    ASSIGN_OR_RETURN(inference.tables, profile_folder(connection, location, &inference.unreadable));
  }
  inference.roles = guess_roles(inference.tables);
  // What refers to a table of customers names a customer, whatever it is called.
  if (hint_references(inference)) inference.roles = guess_roles(inference.tables);
  RETURN_IF_ERROR(drop_passing_columns(connection, inference));
  if (inference.roles.empty()) return nothing_recognised(inference);
  for (size_t index = 0; index < inference.tables.size(); ++index) {
    const bool used = std::ranges::any_of(
        inference.roles, [&](const RoleGuess& guess) { return guess.table == index; });
    if (!used) inference.unused_tables.push_back(index);
  }
  RETURN_IF_ERROR(describe_joins(connection, inference));
  RETURN_IF_ERROR(find_exact_duplicates(connection, inference));
  if (const RoleGuess* events = find_guess(inference.roles, "events")) {
    ASSIGN_OR_RETURN(inference.event_kinds,
                     find_event_kinds(connection, inference.tables[events->table],
                                      events->find("event_type")->source_column));
  }
  inference.capabilities = judge_capabilities(inference.roles);
  return inference;
}

}  // namespace coterie::data
