#include "steps/dataset_steps.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/dataset.h"

namespace coterie::steps {
namespace {

constexpr char kLetters[] = {'A', 'B', 'C', 'D', 'E', 'F'};

// Settings outside the tables that decide what the datasets hold.
std::string config_text(const data::Project& project) {
  std::string text =
      fmt::format("timezone={} decimals={} half_life_days={} as_of={}", project.timezone,
                  project.money.decimals, project.half_life_days, project.as_of);
  for (const auto& [kind, weight] : project.event_weights) {
    text += fmt::format(" {}={}", kind, weight);
  }
  return text;
}

Result<pipeline::StepReport> run_dataset(char letter, pipeline::StepContext& context) {
  ASSIGN_OR_RETURN(const data::DatasetReport built,
                   data::build_dataset(letter, {.project = context.project,
                                                .snapshot = context.inputs,
                                                .engine = context.engine,
                                                .transaction = context.transaction,
                                                .memory_bytes = context.resources.memory_bytes / 2,
                                                .from_nothing = context.force}));
  pipeline::StepReport report;
  report.rows_out = built.rows;
  report.notes = built.notes;
  return report;
}

pipeline::Step make_step(const data::DatasetInfo& info, const data::Project& project,
                         const std::vector<std::string>& roles) {
  const char letter = info.letter;
  pipeline::Step step;
  step.name = fmt::format("datasets.{}", static_cast<char>(letter - 'A' + 'a'));
  step.config = config_text(project);
  const auto read = [&](std::string_view table) {
    const bool made =
        table.starts_with("dataset_") || std::ranges::find(roles, table) != roles.end();
    const bool listed =
        std::ranges::find(step.optional_inputs, table) != step.optional_inputs.end();
    if (made && !listed) step.optional_inputs.emplace_back(table);
  };
  for (const std::string_view table : info.needs_one_of) read(table);
  for (const std::string_view table : info.also_reads) read(table);
  for (const data::DatasetTable& table : info.tables) {
    step.optional_outputs.emplace_back(table.name);
  }
  step.run = [letter](pipeline::StepContext& context) { return run_dataset(letter, context); };
  return step;
}

}  // namespace

std::vector<pipeline::Step> make_dataset_steps(const data::Project& project,
                                               const std::vector<std::string>& roles) {
  std::vector<pipeline::Step> steps;
  for (const char letter : kLetters) {
    steps.push_back(make_step(*data::find_dataset(letter), project, roles));
  }
  return steps;
}

}  // namespace coterie::steps
