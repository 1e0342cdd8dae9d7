#pragma once
// What one ingest shares between its sources.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/ingest/ingest.h"
#include "data/ingest/relation.h"
#include "data/ingest/role_plan.h"
#include "data/ingest/staging.h"

namespace coterie::data {

// A source opened for reading: its relation and what its reader could not read.
struct OpenSource {
  Relation relation;
  int64_t reader_records = 0;  // faulty ones that the relation does not hold
  struct Reject {
    size_t file;
    ReaderReject what;
  };
  std::vector<Reject> rejects;
};

struct LoadSession {
  const IngestContext& context;
  Connection connection;  // the snapshot attached; temporary tables of the load
  Staging staging;
  KnownIds known_ids;
  std::map<std::string, std::string> views;  // source name -> view for SQL sources
  std::vector<std::string> opening;          // SQL sources being opened, against circles
};

// Over some of a source's files.
Result<OpenSource> open_files(LoadSession& session, const SourceConfig& source,
                              std::vector<SourceFile>& all_files,
                              const std::vector<size_t>& chosen);
// Runs the source's SQL over views of the sources that it names.
Result<OpenSource> open_sql(LoadSession& session, const SourceConfig& source);
// Reads a PostgreSQL table; `watermark` and its last value (both may be empty) narrow the query.
Result<OpenSource> open_postgres(LoadSession& session, const SourceConfig& source,
                                 const std::string& last_value);

// Whether rows of the source's role are told apart by a key.
bool has_key(const SourceConfig& source);

// Names of the sources that an SQL source may read: those whose name stands in its text.
std::vector<const SourceConfig*> sources_named_in(const Project& project,
                                                  const SourceConfig& source);

}  // namespace coterie::data
