#include <filesystem>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/secret.h"
#include "cli/commands.h"
#include "cli/text_table.h"
#include "cli/workspace.h"
#include "synth/sample.h"

namespace coterie::cli {
namespace {

struct CutOptions {
  std::string out = "sample";
  int64_t users = 2'000;
  int64_t events = 20'000;
  int64_t reviews = 5'000;
  int64_t seed = 1;
  std::string format = "csv";
  std::string salt;
  bool rehash_ids = false;
  bool replace = false;
};

Status run_sample(Session& session, const CutOptions& options) {
  if (!options.salt.empty()) remember_secret(options.salt);
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "sample"));
  const std::string folder = std::filesystem::absolute(options.out).lexically_normal().string();
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false, {folder}));
  ASSIGN_OR_RETURN(
      const synth::SampleReport report,
      synth::cut_sample(reader.connection, {.folder = folder,
                                            .users = options.users,
                                            .events = options.events,
                                            .reviews = options.reviews,
                                            .format = options.format,
                                            .rehash_ids = options.rehash_ids,
                                            .salt = options.salt,
                                            .seed = static_cast<uint64_t>(options.seed),
                                            .replace = options.replace}));
  TextTable table({{"role", TextTable::Align::kLeft},
                   {"rows", TextTable::Align::kRight},
                   {"of", TextTable::Align::kRight},
                   {"file", TextTable::Align::kLeft}});
  Json tables = Json::array();
  for (const synth::SampledTable& cut : report.tables) {
    table.add({cut.role, format_count(cut.rows), format_count(cut.rows_in_source), cut.path});
    tables.push_back({{"role", cut.role},
                      {"rows", cut.rows},
                      {"rows_in_source", cut.rows_in_source},
                      {"path", cut.path}});
  }
  std::string text = table.render();
  for (const std::string& note : report.notes) text += "note: " + note + "\n";
  session.print(text);
  session.print_json({{"folder", folder}, {"tables", tables}, {"notes", report.notes}});
  return {};
}

}  // namespace

Command make_sample_command() {
  const auto options = std::make_shared<CutOptions>();
  return {.name = "sample",
          .summary = "Cut a small, consistent sample of the tables that may be published",
          .details =
              "Customers with all that refers to them; names and e-mail addresses are "
              "replaced by invented ones.",
          .examples = {"coterie sample --out sample --users 2000",
                       "coterie sample --out sample --rehash-ids"},
          .declare =
              [options](Arguments& arguments) {
                arguments.path("--out", options->out, "DIR", "where the files go");
                arguments.count("--users", options->users, "customers", {.min = 1});
                arguments.count("--events", options->events, "about this many events", {});
                arguments.count("--reviews", options->reviews, "at most this many reviews", {});
                arguments.choice("--format", options->format, {"csv", "parquet"}, "of the files");
                arguments.flag("--rehash-ids", options->rehash_ids,
                               "new ids for customers, sessions, orders and reviews");
                arguments.text("--salt", options->salt, "TEXT",
                               "makes new ids repeatable; keep it secret");
                arguments.count("--seed", options->seed, "which customers are drawn", {});
                arguments.flag("--replace", options->replace, "replace files that exist");
              },
          .run = [options](Session& session) { return run_sample(session, *options); },
          .children = {}};
}

}  // namespace coterie::cli
