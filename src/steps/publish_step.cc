#include "steps/publish_step.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/publish/publish.h"
#include "steps/output_comments.h"

namespace coterie::steps {
namespace {

constexpr std::string_view kModelPrefix = "models/";

std::vector<std::string> tables_of(const std::vector<pipeline::Step>& steps,
                                   const std::vector<std::string>& roles) {
  std::vector<std::string> tables;
  for (const pipeline::Step& step : steps) {
    for (const auto* outputs : {&step.outputs, &step.optional_outputs}) {
      for (const std::string& output : *outputs) {
        const bool role = std::ranges::find(roles, output) != roles.end();
        if (!role && !output.starts_with(kModelPrefix)) tables.push_back(output);
      }
    }
  }
  return tables;
}

// Where it goes, without the password: a new one is no reason to publish again.
std::string place_text(const data::Project& project) {
  std::string url = project.publish_url;
  const size_t begin = url.find("://") + 3;
  const size_t at = url.substr(0, url.find_first_of("/?", begin)).rfind('@');
  const size_t colon = url.find(':', begin);
  if (at != std::string::npos && colon < at) url.erase(colon, at - colon);
  if (const size_t word = url.find("password="); word != std::string::npos)
    url.erase(word, url.find('&', word) - word);
  return url + " " + project.publish_schema;
}

void add_notes(const data::PublishReport& published, pipeline::StepReport& report) {
  size_t unchanged = 0;
  std::vector<std::string> details;
  for (const data::PublishedTable& table : published.tables) {
    const bool same = table.skipped && table.note == "unchanged";
    unchanged += same ? 1 : 0;
    if (!table.skipped) report.rows_out.emplace_back(table.name, table.rows);
    if (!same && !table.note.empty())
      details.push_back(fmt::format("  {}: {}", table.name, table.note));
  }
  report.notes.push_back(fmt::format("{} of {} tables written to schema {} of {}{}",
                                     report.rows_out.size(), published.tables.size(),
                                     published.schema, published.server,
                                     unchanged > 0 ? ", the others had not changed" : ""));
  report.notes.insert(report.notes.end(), details.begin(), details.end());
  if (!published.left_over.empty())
    report.notes.push_back(
        fmt::format("  published earlier and no longer made, left as they are: {}",
                    fmt::join(published.left_over, ", ")));
}

Result<pipeline::StepReport> run_publish(pipeline::StepContext& context,
                                         const std::vector<std::string>& tables) {
  if (context.project.publish_missing) return *context.project.publish_missing;
  std::vector<data::PublishTable> outputs;
  for (const std::string& table : tables) {
    if (context.inputs.has(table)) outputs.push_back(described_output(table));
  }
  ASSIGN_OR_RETURN(const data::PublishReport published,
                   data::publish({.project = context.project,
                                  .snapshot = context.inputs,
                                  .engine = context.engine,
                                  .tables = outputs,
                                  .force = context.force,
                                  .progress = &context.progress}));
  pipeline::StepReport report;
  add_notes(published, report);
  return report;
}

}  // namespace

pipeline::Step make_publish_step(const data::Project& project,
                                 const std::vector<pipeline::Step>& steps,
                                 const std::vector<std::string>& roles) {
  pipeline::Step step;
  step.name = "publish";
  step.version = 1;
  step.optional_inputs = tables_of(steps, roles);
  step.config = place_text(project);
  step.run = [tables = step.optional_inputs](pipeline::StepContext& context) {
    return run_publish(context, tables);
  };
  return step;
}

}  // namespace coterie::steps
