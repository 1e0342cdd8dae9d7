#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "base/nearest_name.h"
#include "cli/commands.h"
#include "cli/text_table.h"
#include "cli/workspace.h"
#include "pipeline/tracking.h"

namespace coterie::cli {
namespace {

using Align = TextTable::Align;

Json table_json(const data::TableInfo& table) {
  Json columns = Json::array();
  for (const data::ColumnSchema& column : table.columns) {
    columns.push_back({{"name", column.name}, {"type", column.sql_type}});
    if (!column.entity.empty()) columns.back()["entity"] = column.entity;
  }
  return {{"name", table.name},     {"version", table.version},
          {"rows", table.rows},     {"bytes", table.bytes},
          {"parts", table.parts},   {"updated_at", format_utc(table.updated_at)},
          {"run_id", table.run_id}, {"key", table.key},
          {"columns", columns}};
}

std::string list_tables(const std::vector<data::TableInfo>& tables) {
  if (tables.empty()) return "no tables yet: coterie run";
  TextTable text({{"table", Align::kLeft},
                  {"rows", Align::kRight},
                  {"size", Align::kRight},
                  {"parts", Align::kRight},
                  {"version", Align::kRight},
                  {"written", Align::kLeft},
                  {"by run", Align::kLeft}});
  for (const data::TableInfo& table : tables) {
    text.add({table.name, format_count(table.rows), format_bytes(table.bytes),
              std::to_string(table.parts), std::to_string(table.version),
              format_utc(table.updated_at).substr(0, 19), table.run_id});
  }
  return text.render();
}

std::string describe_table(const data::TableInfo& table,
                           const std::vector<pipeline::Lineage>& lineage) {
  TextTable columns({{"column"}, {"type"}, {"meaning"}});
  for (const data::ColumnSchema& column : table.columns) {
    const bool key = std::ranges::find(table.key, column.name) != table.key.end();
    std::string meaning = column.entity.empty() ? "" : "id of " + column.entity;
    if (key) meaning += meaning.empty() ? "key" : ", key";
    columns.add({column.name, column.entity.empty() ? column.sql_type : "id", meaning});
  }
  std::string text =
      fmt::format("{}: {} rows, {} in {} parts, version {}\n\n", table.name,
                  format_count(table.rows), format_bytes(table.bytes), table.parts, table.version);
  text += columns.render();
  for (const pipeline::Lineage& entry : lineage) {
    std::vector<std::string> inputs;
    for (const pipeline::TableVersion& input : entry.inputs) {
      inputs.push_back(fmt::format("{} v{}", input.table, input.version));
    }
    text += fmt::format("\nwritten by step {} of run {}{}\n", entry.step, entry.run_id,
                        inputs.empty() ? "" : fmt::format(" from {}", fmt::join(inputs, ", ")));
  }
  return text;
}

Json lineage_json(const std::vector<pipeline::Lineage>& lineage) {
  Json entries = Json::array();
  for (const pipeline::Lineage& entry : lineage) {
    Json inputs = Json::array();
    for (const pipeline::TableVersion& input : entry.inputs) {
      inputs.push_back({{"table", input.table}, {"version", input.version}});
    }
    entries.push_back({{"run_id", entry.run_id},
                       {"step", entry.step},
                       {"version", entry.output.version},
                       {"inputs", inputs}});
  }
  return entries;
}

Status show_table(Session& session, const data::Project& project, const data::Snapshot& snapshot,
                  const std::string& name) {
  const auto table = snapshot.table(name);
  if (!table) {
    std::vector<std::string> names;
    for (const data::TableInfo& other : snapshot.tables()) names.push_back(other.name);
    return not_found("no table '" + name + "'")
        .with_mend(nearest_mend(name, names, "see coterie tables"));
  }
  ASSIGN_OR_RETURN(const pipeline::Tracking tracking, pipeline::Tracking::open(project));
  ASSIGN_OR_RETURN(const auto lineage, tracking.lineage(name, table->version));
  session.print(describe_table(*table, lineage));
  Json document = table_json(*table);
  document["written_by"] = lineage_json(lineage);
  session.print_json(document);
  return {};
}

}  // namespace

Command make_tables_command() {
  const auto name = std::make_shared<std::string>();
  return {.name = "tables",
          .summary = "List the tables of the warehouse, or describe one",
          .details =
              "For each table: rows, size, version and the run that wrote it. With a NAME: "
              "its columns, its key, and which step wrote it from which tables.",
          .examples = {"coterie tables", "coterie tables customer_segments"},
          .declare =
              [name](Arguments& arguments) {
                arguments.positional("NAME", *name, "a table to describe", false);
              },
          .run = [name](Session& session) -> Status {
            ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "tables"));
            ASSIGN_OR_RETURN(const data::Snapshot snapshot, workspace.warehouse.snapshot());
            if (!name->empty()) return show_table(session, workspace.project, snapshot, *name);
            session.print(list_tables(snapshot.tables()));
            Json document = Json::array();
            for (const data::TableInfo& table : snapshot.tables()) {
              document.push_back(table_json(table));
            }
            session.print_json(document);
            return {};
          },
          .children = {}};
}

}  // namespace coterie::cli
