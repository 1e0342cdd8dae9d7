#include "data/ingest/ingest.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "data/ingest/load_marks.h"
#include "data/ingest/load_role.h"

namespace coterie::data {
namespace {

Result<LoadSession> open_session(const IngestContext& context) {
  const std::string parent = context.staging_folder.empty()
                                 ? context.project.folder + "/.coterie/staging"
                                 : context.staging_folder;
  ASSIGN_OR_RETURN(Connection connection, context.engine.connect());
  RETURN_IF_ERROR(connection.use_private_catalog());
  RETURN_IF_ERROR(context.snapshot.attach(connection));
  ASSIGN_OR_RETURN(Staging staging, Staging::create(parent));
  return LoadSession{context, std::move(connection), std::move(staging), {}, {}, {}};
}

// Tables of roles that the configuration no longer has.
Result<std::vector<RoleReport>> remove_former(const IngestContext& context) {
  std::vector<RoleReport> removed;
  ASSIGN_OR_RETURN(const auto sources, marked_sources(context.snapshot));
  for (const std::string& name : sources) {
    const SourceConfig* source = context.project.find_source(name);
    if (source && !source->role.empty()) continue;
    RETURN_IF_ERROR(context.transaction.drop(name));
    RETURN_IF_ERROR(context.transaction.drop("rejected_" + name));
    remove_load_mark(context.transaction, name);
    RoleReport& report = removed.emplace_back();
    report.role = name;
    report.notes.push_back("removed: coterie.yaml has no source for it any more");
  }
  return removed;
}

}  // namespace

Result<IngestReport> ingest(const IngestContext& context) {
  const Stopwatch watch;
  ASSIGN_OR_RETURN(LoadSession session, open_session(context));
  IngestReport report;
  // Master tables come before the facts that refer to them: the order of the roles.
  for (const Role& role : all_roles()) {
    const SourceConfig* source = context.project.find_source(role.name);
    if (!source) continue;
    const auto task = context.progress.start("load " + source->name, 0, "rows");
    auto loaded = load_role(session, *source);
    if (!loaded) return loaded.error();
    task->advance(loaded->rows_loaded);
    report.roles.push_back(*std::move(loaded));
  }
  ASSIGN_OR_RETURN(auto removed, remove_former(context));
  std::ranges::move(removed, std::back_inserter(report.roles));
  report.seconds = watch.seconds();
  return report;
}

}  // namespace coterie::data
