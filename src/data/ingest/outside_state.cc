#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/hash.h"
#include "data/ingest/load_role.h"
#include "data/ingest/outside_state_internal.h"

namespace coterie::data {
namespace {

// Adds the source and, for SQL, all that it reads; false when something cannot be known.
Result<bool> add_source(const Project& project, const SourceConfig& source, Connection& connection,
                        std::set<std::string>& seen, std::string& text) {
  if (!seen.insert(source.name).second) return true;
  text += source.name + "\n" + source_fingerprint(project, source) + "\n";
  if (!source.postgres_url.empty()) return false;
  if (source.sql.empty()) {
    ASSIGN_OR_RETURN(const auto files, find_source_files(project, source, connection));
    for (const SourceFile& file : files) {
      text += fmt::format("{}\t{}\t{}\n", file.name, file.bytes, file.modified_ns);
    }
    return true;
  }
  bool known = source.sql.find("read_") == std::string::npos;
  for (const SourceConfig* other : sources_named_in(project, source)) {
    ASSIGN_OR_RETURN(const bool other_known, add_source(project, *other, connection, seen, text));
    known = known && other_known;
  }
  return known;
}

}  // namespace

Result<std::string> inputs_state(LoadSession& session, const SourceConfig& source) {
  std::set<std::string> seen;
  std::string text;
  ASSIGN_OR_RETURN(const bool known,
                   add_source(session.context.project, source, session.connection, seen, text));
  return known ? sha256_hex(text) : std::string();
}

Result<std::string> outside_state(const Project& project, Engine& engine) {
  ASSIGN_OR_RETURN(Connection connection, engine.connect());
  std::string text;
  for (const SourceConfig& source : project.sources) {
    std::set<std::string> seen;
    ASSIGN_OR_RETURN(const bool known, add_source(project, source, connection, seen, text));
    if (!known) text += fmt::format("read at {}\n", now_micros());
  }
  return sha256_hex(text);
}

}  // namespace coterie::data
