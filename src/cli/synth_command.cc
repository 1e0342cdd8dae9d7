#include <fmt/format.h>

#include "base/clock.h"
#include "base/threads.h"
#include "cli/commands.h"
#include "cli/text_table.h"
#include "cli/workspace.h"
#include "pipeline/run_lock.h"
#include "synth/retail.h"

namespace coterie::cli {
namespace {

struct SynthOptions {
  int64_t customers = 20'000;
  int64_t articles = 0;
  int64_t transactions = 0;
  int64_t days = 735;
  int64_t seed = 1;
  std::string end = "2025-09-30";
  std::vector<std::string> only;
  bool replace = false;
};

// The world goes to raw/: a project that reads other files would never see it.
Status check_project(const data::Project& project) {
  for (const data::SourceConfig& source : project.sources) {
    for (const std::string& glob : source.files) {
      if (glob.starts_with("raw/")) return {};
    }
  }
  return invalid_input("this project reads nothing from raw/, where the synthetic world is written")
      .at(project.folder + "/coterie.yaml")
      .for_key("sources")
      .with_mend("make a project for it: coterie init DIR --template retail");
}

Result<synth::RetailOptions> retail_options(const SynthOptions& options,
                                            const std::string& folder) {
  const auto end = parse_utc(options.end);
  if (!end.ok() || options.end.size() != 10) {
    return invalid_input("--end is not a date: '" + options.end + "'").with_mend("2025-09-30");
  }
  return synth::RetailOptions{.folder = folder,
                              .customers = options.customers,
                              .articles = options.articles,
                              .transactions = options.transactions,
                              .days = static_cast<int32_t>(options.days),
                              .end_day = static_cast<int32_t>(*end / kMicrosPerDay),
                              .seed = static_cast<uint64_t>(options.seed),
                              .only = options.only,
                              .replace = options.replace};
}

Status run_synth(Session& session, const SynthOptions& options) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "synth"));
  RETURN_IF_ERROR(check_project(workspace.project));
  ASSIGN_OR_RETURN(const auto retail, retail_options(options, workspace.project.folder));
  ASSIGN_OR_RETURN(const auto lock,
                   pipeline::RunLock::acquire(workspace.project.folder, session.options().line));
  ThreadPool pool(workspace.share.current().threads);
  ASSIGN_OR_RETURN(const synth::SynthReport report,
                   synth::synthesize_retail(retail, pool, session.progress()));
  TextTable table({{"table", TextTable::Align::kLeft},
                   {"rows", TextTable::Align::kRight},
                   {"size", TextTable::Align::kRight}});
  Json tables = Json::array();
  for (const synth::SynthesizedTable& written : report.tables) {
    table.add({written.name, format_count(written.rows), format_bytes(written.bytes)});
    tables.push_back({{"name", written.name},
                      {"rows", written.rows},
                      {"files", written.files},
                      {"bytes", written.bytes}});
  }
  session.print(table.render() +
                fmt::format("\nwritten in {}; the planted truth is apart in truth/\n",
                            format_duration(report.seconds)));
  session.remark("next: coterie run");
  session.print_json({{"tables", tables}, {"seconds", report.seconds}});
  return {};
}

}  // namespace

Command make_synth_command() {
  const auto options = std::make_shared<SynthOptions>();
  return {
      .name = "synth",
      .summary = "Write a synthetic shop whose truth is known into raw/",
      .details =
          "Customers, articles, transactions, events, sessions, carts, wishlists, "
          "orders, reviews, stock, prices, promotions and holidays, as Parquet. What was "
          "planted goes to truth/, which no step of a run can read. The same options "
          "give the same bytes for any number of threads.",
      .examples = {"coterie synth --customers 20000",
                   "coterie synth --customers 1.37M --articles 105k --transactions 31.7M"},
      .declare =
          [options](Arguments& arguments) {
            arguments.count("--customers", options->customers, "how many customers",
                            {.min = 100, .max = 50'000'000});
            arguments.count("--articles", options->articles, "how many articles; 0 = to scale", {});
            arguments.count("--transactions", options->transactions,
                            "how many lines bought; 0 = 23 a customer", {});
            arguments.count("--days", options->days, "days of history", {.min = 60, .max = 3'660});
            arguments.text("--end", options->end, "DATE", "the last day");
            arguments.count("--seed", options->seed, "which of the many worlds", {});
            arguments.texts("--only", options->only, "ROLE", "write this role only");
            arguments.flag("--replace", options->replace, "replace what raw/ and truth/ hold");
          },
      .run = [options](Session& session) { return run_synth(session, *options); },
      .children = {}};
}

}  // namespace coterie::cli
