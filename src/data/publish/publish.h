#pragma once
// Tables of the warehouse as tables of the company's own PostgreSQL, so that other teams only read
// tables.
//
// All tables of one call change in one transaction: readers see either all old or all new ones, and
// never a missing or half-filled table. A table keeps its identity: its rows are replaced, and
// whatever others have put on it stays (privileges, views, indices, policies, triggers). So readers
// neither wait nor are waited for, at any isolation level. Only when columns, types or the key
// change is a table locked, until the end of the transaction. Whatever goes wrong (server gone,
// disk full, Ctrl-C), the old rows stay. The old rows' space is given back to the table at the end
// (VACUUM), so that a table settles at about twice the size of its rows.
//
// Columns are those of the warehouse's view: external ids as text or bigint, money as numeric,
// TIMESTAMP as timestamptz, numeric lists as arrays, other nested values as jsonb; and updated_at,
// model_version and run_id where the table does not have them already. A declared key becomes the
// primary key; other id columns and the day column get an index. The table `coterie_publications`
// in the same schema says what was published from which project, run and version: a table of that
// name which is not listed there belongs to somebody else and is not touched.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data {

struct PublishTable {
  std::string name;     // in the warehouse and in the database
  std::string comment;  // what it is; may be empty
  std::map<std::string, std::string> column_comments = {};
};

struct PublishRequest {
  const Project& project;  // publish_url, publish_schema, name
  const Snapshot& snapshot;
  Engine& engine;
  std::vector<PublishTable> tables;
  bool force = false;            // also what is unchanged, or newer in the database
  double lock_timeout_s = 600;   // how long readers of a table that changes shape are waited for
  Progress* progress = nullptr;  // may be null
};

struct PublishedTable {
  std::string name;
  int64_t rows = 0;
  bool skipped = false;  // the database has this version already, or a newer one
  std::string note;      // why it was skipped, or how it changed shape
};

struct PublishReport {
  std::string server;  // "ml at db:5432", without password
  std::string schema;
  std::vector<PublishedTable> tables;  // in the order of the request
  // Published by this project before and not in the request: left as they are.
  std::vector<std::string> left_over;
};

// Concurrent publishers into one schema wait for each other. Errors: kNotFound (the snapshot has no
// such table), kInvalidInput (a name that PostgreSQL would cut), kConflict (somebody else's table
// of that name, a foreign key or view in the way, or readers that hold a table which changes shape
// beyond the timeout), and those of postgres/connection.h.
Result<PublishReport> publish(const PublishRequest& request);

}  // namespace coterie::data
