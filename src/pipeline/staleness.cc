#include "pipeline/staleness.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "pipeline/model_store.h"

namespace coterie::pipeline {
namespace {

constexpr std::string_view kMarkPrefix = "step/";
const std::string kModelPrefix = "models/";

std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

// Tables whose version differs between the two marks, by name.
std::vector<std::string> changed_inputs(const StepMark& before, const StepMark& now) {
  std::vector<std::string> changed;
  for (const auto& [table, version] : now.inputs) {
    const auto found = before.inputs.find(table);
    if (found == before.inputs.end() || found->second != version) changed.push_back(table);
  }
  for (const auto& [table, version] : before.inputs) {
    if (!now.inputs.contains(table)) changed.push_back(table);
  }
  return changed;
}

std::vector<std::string> missing_outputs(const Step& step, const WarehouseState& state) {
  std::vector<std::string> missing;
  for (const std::string& output : step.outputs) {
    if (!state.versions.contains(output)) missing.push_back(output);
  }
  return missing;
}

}  // namespace

std::string StepMark::to_text() const {
  return nlohmann::json{
      {"step_version", step_version}, {"config", config}, {"inputs", inputs},
      {"outside", outside},           {"run_id", run_id}, {"finished_at", finished_at}}
      .dump();
}

Result<StepMark> parse_step_mark(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return corrupt("not a step mark: '" + text + "'");
  try {
    StepMark mark;
    json.at("step_version").get_to(mark.step_version);
    json.at("config").get_to(mark.config);
    json.at("inputs").get_to(mark.inputs);
    json.at("outside").get_to(mark.outside);
    json.at("run_id").get_to(mark.run_id);
    json.at("finished_at").get_to(mark.finished_at);
    return mark;
  } catch (const nlohmann::json::exception& fault) {
    return corrupt(fmt::format("not a step mark: {}", fault.what()));
  }
}

std::string step_mark_key(const std::string& step) { return std::string(kMarkPrefix) + step; }

Result<WarehouseState> read_state(const data::Snapshot& snapshot,
                                  const std::string& project_folder) {
  WarehouseState state;
  for (const data::TableInfo& table : snapshot.tables()) state.versions[table.name] = table.version;
  ASSIGN_OR_RETURN(const auto marks, snapshot.marks(std::string(kMarkPrefix)));
  for (const auto& [key, text] : marks) {
    // A mark of another program version that we cannot read only means that the step runs again.
    if (auto mark = parse_step_mark(text); mark.ok()) {
      state.marks[key.substr(kMarkPrefix.size())] = *std::move(mark);
    }
  }
  ASSIGN_OR_RETURN(const auto models, list_models(project_folder, snapshot));
  for (const ModelVersion& model : models) {
    if (model.finished) state.versions[kModelPrefix + model.name] = model.number;
  }
  return state;
}

Result<StepMark> current_mark(const Step& step, const WarehouseState& state,
                              const data::Project& project) {
  StepMark mark;
  mark.step_version = step.version;
  mark.config = sha256_hex(step.config);
  for (const auto* tables : {&step.inputs, &step.optional_inputs}) {
    for (const std::string& table : *tables) {
      const auto found = state.versions.find(table);
      if (found != state.versions.end()) mark.inputs[table] = found->second;
    }
  }
  if (step.outside_state) {
    ASSIGN_OR_RETURN(const std::string outside, step.outside_state(project));
    mark.outside = sha256_hex(outside);
  }
  return mark;
}

std::string stale_reason(const Step& step, const StepMark& current, const WarehouseState& state) {
  const auto found = state.marks.find(step.name);
  if (found == state.marks.end()) return "never ran";
  const StepMark& before = found->second;
  if (before.step_version != current.step_version) {
    return fmt::format("the step's code changed (version {} to {})", before.step_version,
                       current.step_version);
  }
  if (before.config != current.config) return "its settings changed";
  if (before.outside != current.outside) return step.outside_reason;
  if (const auto changed = changed_inputs(before, current); !changed.empty()) {
    return join_names(changed) + " changed";
  }
  if (const auto missing = missing_outputs(step, state); !missing.empty()) {
    return join_names(missing) + (missing.size() == 1 ? " is missing" : " are missing");
  }
  return "";
}

std::string off_reason(const Graph& graph, int index, const WarehouseState& state) {
  for (const std::string& table : graph.steps()[static_cast<size_t>(index)].inputs) {
    if (state.versions.contains(table)) continue;
    const int producer = *graph.producer_of(table);
    const bool finished = state.marks.contains(graph.steps()[static_cast<size_t>(producer)].name);
    if (finished || !off_reason(graph, producer, state).empty()) return "needs " + table;
  }
  return "";
}

namespace {

PlannedStep plan_step(const Graph& graph, int index, bool force, const WarehouseState& state,
                      const StepMark& current, const std::vector<PlannedStep>& before) {
  const Step& step = graph.steps()[static_cast<size_t>(index)];
  PlannedStep planned{.name = step.name, .plan = StepPlan::kFresh, .reason = ""};
  std::string follows;
  for (const int producer : graph.producers(index)) {
    const PlannedStep& other = before[static_cast<size_t>(producer)];
    const bool moving = other.plan == StepPlan::kStale || other.plan == StepPlan::kWillFollow;
    if (moving && follows.empty()) follows = "if " + other.name + " changes anything";
  }
  if (follows.empty()) planned.reason = off_reason(graph, index, state);
  if (!planned.reason.empty()) {
    planned.plan = StepPlan::kOff;
    return planned;
  }
  planned.reason = force ? "forced" : stale_reason(step, current, state);
  if (!planned.reason.empty()) {
    planned.plan = StepPlan::kStale;
  } else if (!follows.empty()) {
    planned.plan = StepPlan::kWillFollow;
    planned.reason = follows;
  }
  return planned;
}

}  // namespace

Result<std::vector<PlannedStep>> plan_steps(const Graph& graph, const StepSelection& selection,
                                            const WarehouseState& state,
                                            const data::Project& project) {
  std::vector<PlannedStep> plan;
  for (int i = 0; i < graph.size(); ++i) {
    const Step& step = graph.steps()[static_cast<size_t>(i)];
    PlannedStep planned{.name = step.name, .plan = StepPlan::kNotSelected, .reason = ""};
    if (selection.selected[static_cast<size_t>(i)]) {
      const bool force = selection.forced[static_cast<size_t>(i)];
      ASSIGN_OR_RETURN(const StepMark current, current_mark(step, state, project));
      planned = plan_step(graph, i, force, state, current, plan);
    }
    plan.push_back(std::move(planned));
  }
  return plan;
}

}  // namespace coterie::pipeline
