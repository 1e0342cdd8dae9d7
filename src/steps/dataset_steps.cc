#include "steps/dataset_steps.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/datasets/dataset.h"
#include "data/datasets/embeddings.h"
#include "pipeline/runner.h"
#include "steps/dataset_features.h"
#include "steps/today.h"

namespace coterie::steps {
namespace {

constexpr int64_t kListingMemory = int64_t{256} << 20;

// "items" of "items.price" and "events" of "events=buy".
std::string role_of(std::string_view source) {
  return std::string(source.substr(0, source.find_first_of(".=")));
}

std::vector<std::string> inputs_of(const data::DatasetInfo& info,
                                   const std::vector<std::string>& roles) {
  std::set<std::string> wanted(data::fact_roles().begin(), data::fact_roles().end());
  for (const auto* sources : {&info.needs_one_of, &info.also_reads}) {
    for (const std::string_view source : *sources) wanted.insert(role_of(source));
  }
  std::vector<std::string> inputs;
  for (const std::string& role : roles) {
    if (wanted.contains(role)) inputs.push_back(role);
  }
  if (wanted.contains("dataset_a_interactions")) inputs.emplace_back("dataset_a_interactions");
  return inputs;
}

std::string config_text(const data::Project& project) {
  return fmt::format("timezone={} as_of={} half_life={} weights={} decimals={}", project.timezone,
                     project.as_of, project.half_life_days,
                     nlohmann::json(project.event_weights).dump(), project.money.decimals);
}

// Notes like "brand: null, no column items.brand" become one line: every run would repeat them, and
// coterie datasets --sql tells all.
std::vector<std::string> short_notes(const std::vector<std::string>& notes) {
  std::vector<std::string> kept;
  std::string nulls;
  for (const std::string& note : notes) {
    const size_t at = note.find(": null, ");
    if (at == std::string::npos) {
      kept.push_back(note);
    } else {
      nulls += (nulls.empty() ? "" : ", ") + note.substr(0, at);
    }
  }
  if (!nulls.empty()) kept.push_back("null for lack of a source: " + nulls);
  return kept;
}

Result<pipeline::StepReport> run_dataset(pipeline::StepContext& context, char letter) {
  ASSIGN_OR_RETURN(
      const data::DatasetReport built,
      data::build_dataset(
          letter, {.project = context.project,
                   .snapshot = context.inputs,
                   .engine = context.engine,
                   .transaction = context.transaction,
                   .memory_bytes = pipeline::engine_memory(context.resources),
                   .from_nothing = context.force,
                   .threads = context.resources.threads,
                   .evaluate = feature_evaluator(
                       {.project = context.project,
                        .pool = context.pool,
                        .memory_bytes = pipeline::memory_beside_engine(context.resources)})}));
  pipeline::StepReport report;
  report.rows_out = built.rows;
  report.notes = short_notes(built.notes);
  if (built.how != "off" && built.how != "from nothing") {
    report.notes.insert(report.notes.begin(), "built: " + built.how);
  }
  return report;
}

// The step of B reads files outside the warehouse where the project has any of vectors.
void read_embeddings(const data::Project& project, pipeline::Step& step) {
  if (!data::has_embeddings(project)) return;
  for (const auto* embeddings : {&project.text_embeddings, &project.image_embeddings})
    step.config += "\n" + (*embeddings ? (*embeddings)->node.to_text() : "");
  step.reads_outside = true;
  const bool by_day = step.outside_state != nullptr;
  step.outside_reason = by_day ? "the day or the files of datasets.embeddings changed"
                               : "the files of datasets.embeddings changed";
  step.outside_state = [by_day](const data::Project& of) -> Result<std::string> {
    ASSIGN_OR_RETURN(data::Engine engine,
                     data::Engine::open({.threads = 1, .memory_bytes = kListingMemory}));
    ASSIGN_OR_RETURN(std::string state, data::embeddings_state(of, engine));
    if (!by_day) return state;
    ASSIGN_OR_RETURN(const std::string today, today_text(of));
    return today + " " + state;
  };
}

pipeline::Step make_step(const data::DatasetInfo& info, const data::Project& project,
                         const std::vector<std::string>& roles) {
  pipeline::Step step;
  step.name = fmt::format("datasets.{}", static_cast<char>(info.letter - 'A' + 'a'));
  step.version = 1;
  step.optional_inputs = inputs_of(info, roles);
  for (const data::DatasetTable& table : info.tables)
    step.optional_outputs.emplace_back(table.name);
  step.config = config_text(project);
  if (project.as_of == "now") step.outside_state = today_text;
  const char letter = info.letter;
  if (letter == 'B') read_embeddings(project, step);
  step.run = [letter](pipeline::StepContext& context) { return run_dataset(context, letter); };
  return step;
}

}  // namespace

std::vector<pipeline::Step> make_dataset_steps(const data::Project& project,
                                               const std::vector<std::string>& roles) {
  std::vector<pipeline::Step> steps;
  for (const data::DatasetInfo& info : data::dataset_catalogue()) {
    steps.push_back(make_step(info, project, roles));
  }
  return steps;
}

}  // namespace coterie::steps
