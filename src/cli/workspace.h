#pragma once
// What commands on a project start from: its configuration, its warehouse and this process's share
// of the machine.

#include <string>
#include <vector>

#include "base/resources.h"
#include "base/result.h"
#include "cli/session.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"

namespace coterie::cli {

struct Workspace {
  data::Project project;
  data::Warehouse warehouse;
  ResourceShare share;

  // `role` is how other processes of the project see this one: "run", "sql".
  static Result<Workspace> open(const Session& session, const std::string& role);
};

// A connection on which every table of `snapshot` is readable (main.<table> with external ids,
// facts.<table> as stored) and that cannot read or write anything else. The engine must outlive it.
struct Reader {
  data::Snapshot snapshot;
  data::Engine engine;
  data::Connection connection;

  // `user_sql`: only statements that read; see Connection::allow_only_reads.
  // `also` are files that the engine may touch besides the warehouse.
  static Result<Reader> open(Workspace& workspace, bool user_sql,
                             const std::vector<std::string>& also = {});
};

}  // namespace coterie::cli
