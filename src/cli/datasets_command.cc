#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/run_graph_command.h"
#include "cli/run_text.h"
#include "cli/workspace.h"
#include "data/datasets/dataset.h"
#include "data/datasets/dataset_c_registry.h"
#include "data/datasets/embeddings.h"
#include "pipeline/runner.h"
#include "steps/project_steps.h"

namespace coterie::cli {
namespace {

struct DatasetsOptions {
  std::vector<std::string> letters;
  bool sql = false;
  bool registry = false;
  bool force = false;
};

bool wanted(const DatasetsOptions& options, char letter) {
  return options.letters.empty() ||
         std::ranges::find(options.letters, std::string(1, letter)) != options.letters.end();
}

Status print_sql(Session& session, Workspace& workspace, const DatasetsOptions& options) {
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, workspace.warehouse.snapshot());
  const bool outside = data::has_embeddings(workspace.project);
  ASSIGN_OR_RETURN(data::Engine engine, pipeline::open_step_engine(
                                            workspace.project, workspace.share.current(), outside));
  ASSIGN_OR_RETURN(const auto specs, data::datasets(workspace.project, snapshot, engine));
  Json document = Json::array();
  for (const data::DatasetSpec& spec : specs) {
    if (!wanted(options, spec.letter)) continue;
    std::string text = fmt::format("-- dataset {}: {}\n", spec.letter, spec.title);
    for (const std::string& note : spec.notes) text += "-- " + note + "\n";
    for (const std::string& statement : spec.sql) text += statement + ";\n";
    session.print(text);
    document.push_back({{"dataset", std::string(1, spec.letter)},
                        {"title", spec.title},
                        {"tables", spec.outputs},
                        {"inputs", spec.inputs},
                        {"notes", spec.notes},
                        {"sql", spec.sql}});
  }
  session.print_json(document);
  return {};
}

Status print_registry(Session& session, Workspace& workspace, const DatasetsOptions& options) {
  if (options.letters != std::vector<std::string>{"C"})
    return invalid_input("only dataset C is a feature service")
        .with_mend("write coterie datasets C --registry");
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, workspace.warehouse.snapshot());
  ASSIGN_OR_RETURN(data::Engine engine,
                   pipeline::open_step_engine(workspace.project, workspace.share.current(), false));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  RETURN_IF_ERROR(snapshot.attach(connection));
  ASSIGN_OR_RETURN(const data::DatasetCRegistry registry,
                   data::dataset_c_registry(workspace.project, snapshot, connection));
  session.print(registry.text);
  session.print_json({{"dataset", "C"}, {"registry", registry.text}});
  return {};
}

Status run_datasets(Session& session, const DatasetsOptions& options) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "datasets"));
  if (options.registry) return print_registry(session, workspace, options);
  if (options.sql) return print_sql(session, workspace, options);
  ASSIGN_OR_RETURN(auto steps, steps::project_steps(workspace.project));
  std::vector<std::string> names;
  if (options.letters.empty()) names.emplace_back("datasets");
  for (const std::string& letter : options.letters) {
    const auto lower = static_cast<char>(letter.front() - 'A' + 'a');
    names.push_back(fmt::format("datasets.{}", lower));
  }
  return run_named_steps(session, workspace, std::move(steps), names, options.force);
}

}  // namespace

Command make_datasets_command() {
  const auto options = std::make_shared<DatasetsOptions>();
  return {
      .name = "datasets",
      .summary = "Build the ML datasets A to F, or print their SQL",
      .details =
          "A interactions, B articles, C customers, D daily and weekly sales, E reviews, "
          "F events. Only what is stale is built, and what it needs before it; --force is for "
          "the datasets alone, not for what they need. The tables are described in "
          "docs/reference/datasets.md. --sql prints what each dataset is made with, "
          "from nothing, for the columns that the sources have; of C these are the rows that its "
          "features read. --registry prints these features, with the service dataset_c: saved as "
          "feature_store/dataset_c.yaml, the same columns can be had as of any moment.",
      .examples = {"coterie datasets", "coterie datasets A C", "coterie datasets D --sql",
                   "coterie datasets C --registry"},
      .declare =
          [options](Arguments& arguments) {
            arguments.positionals("DATASET", options->letters, "only these",
                                  {"A", "B", "C", "D", "E", "F"});
            arguments.flag("--sql", options->sql, "print the SQL instead");
            arguments.flag("--registry", options->registry,
                           "print the features of dataset C instead");
            arguments.flag("--force", options->force,
                           "build them from nothing, also where they are fresh");
          },
      .run = [options](Session& session) { return run_datasets(session, *options); },
      .children = {}};
}

}  // namespace coterie::cli
