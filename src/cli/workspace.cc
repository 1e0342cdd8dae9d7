#include "cli/workspace.h"

#include "base/atomic_file.h"
#include "pipeline/run_lock.h"
#include "pipeline/runner.h"

namespace coterie::cli {
Result<Workspace> Workspace::open(const Session& session, const std::string& role) {
  ASSIGN_OR_RETURN(const std::string folder, session.project_folder());
  ASSIGN_OR_RETURN(data::Project project, data::load_project(folder));
  const std::string shares = pipeline::private_folder(folder) + "/processes";
  RETURN_IF_ERROR(make_folders(shares));
  ASSIGN_OR_RETURN(
      ResourceShare share,
      ResourceShare::join(shares, role, apply_limits(detect_resources(folder), project.resources)));
  ASSIGN_OR_RETURN(data::Warehouse warehouse, data::Warehouse::open(project.warehouse_folder));
  return Workspace{std::move(project), std::move(warehouse), std::move(share)};
}

Result<Reader> Reader::open(Workspace& workspace, bool user_sql,
                            const std::vector<std::string>& also) {
  const Resources resources = workspace.share.current();
  data::EngineOptions options;
  options.threads = resources.threads;
  options.memory_bytes = pipeline::engine_memory(resources);
  options.temporary_folder = pipeline::private_folder(workspace.project.folder) + "/tmp";
  options.temporary_bytes = resources.disk_bytes;
  options.confined_to = {workspace.project.warehouse_folder};
  options.confined_to.insert(options.confined_to.end(), also.begin(), also.end());
  ASSIGN_OR_RETURN(data::Snapshot snapshot, workspace.warehouse.snapshot());
  ASSIGN_OR_RETURN(data::Engine engine, data::Engine::open(options));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  RETURN_IF_ERROR(snapshot.attach(connection));
  if (user_sql) connection.allow_only_reads();
  return Reader{std::move(snapshot), std::move(engine), std::move(connection)};
}

}  // namespace coterie::cli
