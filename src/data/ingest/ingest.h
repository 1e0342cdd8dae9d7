#pragma once
// Ingest: from the sources of coterie.yaml to the role tables of the warehouse.
//
// Every configured role becomes the warehouse table of that name (roles.h says its columns), rows
// that cannot be used go to rejected_<role> (file, line, column, reason, raw, run_id), and all of
// it belongs to one warehouse transaction: the caller commits it, so a load is whole or not at all.
//
// What a table holds is a function of the files and the configuration, however the files came:
//  - Rows with an equal key: the latest wins. Later is what `latest_by` says, else the file whose
//    name sorts later, else the later row of the file.
//  - Unchanged files are not read again (size and time of change, else content). New files of a
//    role without key are appended; of a role with a key they replace the rows of that key; a
//    changed file has the days rewritten that it fed, or the table where it has no days.
//  - With a watermark only rows beyond the largest value loaded so far are read.
//  - A changed configuration of a source, or `force`, loads the source whole.
// docs/reference/configuration.md describes the settings.
//
// Cost: linear in the rows of new and changed files, plus the rows of the days rewritten. Memory:
// ids and keys of duplicates; rows are streamed, text files through Parquet parts in
// `staging_folder`.

#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "data/engine/engine.h"
#include "data/ingest/report.h"
#include "data/project/project.h"
#include "data/warehouse/snapshot.h"
#include "data/warehouse/write_transaction.h"

namespace coterie::data {

// References outlive the call.
struct IngestContext {
  const Project& project;
  Engine& engine;
  const Snapshot& snapshot;  // the warehouse before the load
  WriteTransaction& transaction;
  Progress& progress;
  std::string run_id;
  bool force = false;
  std::string staging_folder = {};  // default: <project>/.coterie/staging
};

// Errors, besides those of the engine and the warehouse: kNotFound for patterns without a file,
// kInvalidInput for mappings that do not fit and for more than max_rejected_share faulty rows,
// kConflict for files that a rewrite needs and that are gone. The transaction must then be dropped.
Result<IngestReport> ingest(const IngestContext& context);

// A fingerprint of everything outside that the sources read: it changes whenever ingest() may find
// something to do. Reads no file's content. A PostgreSQL table without watermark is different each
// time.
Result<std::string> outside_state(const Project& project, Engine& engine);

}  // namespace coterie::data
