#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/run_text.h"
#include "cli/text_table.h"
#include "cli/workspace.h"
#include "pipeline/model_store.h"
#include "pipeline/tracking.h"

namespace coterie::cli {
namespace {

namespace fs = std::filesystem;
using Align = TextTable::Align;
using pipeline::ModelVersion;

Json model_json(const ModelVersion& model) {
  Json json = {{"model", model.id()},
               {"state", model.finished ? "finished" : "unfinished"},
               {"bytes", model.bytes},
               {"folder", model.folder}};
  if (model.finished) json["run_id"] = model.run_id;
  return json;
}

Result<std::vector<ModelVersion>> all_models(Workspace& workspace) {
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, workspace.warehouse.snapshot());
  return pipeline::list_models(workspace.project.folder, snapshot);
}

Status list(Session& session) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "models"));
  ASSIGN_OR_RETURN(const auto models, all_models(workspace));
  TextTable table({{"model", Align::kLeft},
                   {"state", Align::kLeft},
                   {"size", Align::kRight},
                   {"by run", Align::kLeft}});
  Json document = Json::array();
  for (const ModelVersion& model : models) {
    table.add({model.id(), model.finished ? "finished" : "unfinished", format_bytes(model.bytes),
               model.run_id});
    document.push_back(model_json(model));
  }
  session.print(models.empty() ? "no models yet: coterie run" : table.render());
  session.print_json(document);
  return {};
}

// The step that wrote the model, with its metrics.
Result<std::optional<pipeline::StepRecord>> writer_of(const Workspace& workspace,
                                                      const ModelVersion& model) {
  ASSIGN_OR_RETURN(const auto tracking, pipeline::Tracking::open(workspace.project));
  ASSIGN_OR_RETURN(const auto steps, tracking.steps(model.run_id));
  for (const pipeline::StepRecord& step : steps) {
    if (step.step == "models." + model.name) return std::optional(step);
  }
  return std::optional<pipeline::StepRecord>();
}

// Bytes by path in the folder; models of several parts have folders of their own there.
std::map<std::string, int64_t> files_of(const std::string& folder) {
  std::map<std::string, int64_t> files;
  std::error_code fault;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fault)) {
    std::error_code ignored;
    if (!entry.is_regular_file(ignored)) continue;
    files[entry.path().lexically_relative(folder).string()] =
        static_cast<int64_t>(entry.file_size(ignored));
  }
  return files;
}

Status show(Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "models"));
  ASSIGN_OR_RETURN(const auto models, all_models(workspace));
  ASSIGN_OR_RETURN(const ModelVersion model, pipeline::find_model(models, name));
  ASSIGN_OR_RETURN(const auto writer, writer_of(workspace, model));
  std::string text =
      fmt::format("{} ({})\n  folder {}\n", model.id(),
                  model.finished ? "by run " + model.run_id : "unfinished", model.folder);
  Json document = model_json(model);
  document["files"] = Json::array();
  for (const auto& [file, bytes] : files_of(model.folder)) {
    text += fmt::format("  {}  {}\n", file, format_bytes(bytes));
    document["files"].push_back({{"name", file}, {"bytes", bytes}});
  }
  if (const auto description = load_json(model.folder + "/model.json"); description.ok()) {
    text += "  " + dump_json(*description) + "\n";
    document["description"] = *description;
  }
  if (writer) {
    text += "\n" + metrics_text(writer->metrics, 2);
    for (const auto& input : writer->inputs) {
      text += fmt::format("  trained on {} v{}\n", input.table, input.version);
    }
    document["metrics"] = writer->metrics;
  }
  session.print(text);
  session.print_json(document);
  return {};
}

}  // namespace

Command make_models_command() {
  const auto name = std::make_shared<std::string>();
  Command list_command = {.name = "list",
                          .summary = "List model versions",
                          .details = "",
                          .examples = {"coterie models list"},
                          .declare = nullptr,
                          .run = list,
                          .children = {}};
  Command show_command = {.name = "show",
                          .summary = "One model version: its files, settings and metrics",
                          .details = "",
                          .examples = {"coterie models show cf"},
                          .declare =
                              [name](Arguments& arguments) {
                                arguments.positional("MODEL", *name,
                                                     "a version (cf/v3), or a name for its newest",
                                                     true);
                              },
                          .run = [name](Session& session) { return show(session, *name); },
                          .children = {}};
  return {.name = "models",
          .summary = "List trained models, or show one",
          .details = "Models are folders models/<name>/v<N> of the project; they never change.",
          .examples = {"coterie models", "coterie models show cf"},
          .declare = nullptr,
          .run = list,
          .children = {list_command, show_command}};
}

}  // namespace coterie::cli
