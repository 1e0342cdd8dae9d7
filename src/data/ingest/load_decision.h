#pragma once
// What a source of files needs: nothing, everything, or a part.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/ingest/load_marks.h"
#include "data/ingest/report.h"
#include "data/ingest/source_files.h"

namespace coterie::data {

struct LoadDecision {
  LoadMode mode = LoadMode::kFull;  // kDays: rows of changed files are replaced by day
  std::vector<size_t> read;         // files to read (kDays: the changed and added ones)
  std::vector<size_t> unchanged;    // files
  std::vector<size_t> vanished;     // of the mark's files: gone from the disk, their rows stay
  std::vector<size_t> removed;      // of the mark's files: their rows go
  std::vector<std::string> notes;
};

struct DecisionInput {
  const std::string& project_folder;
  const SourceConfig& source;
  std::vector<SourceFile>& files;  // hashes are filled in where they were needed
  const std::optional<LoadMark>& mark;
  bool same_configuration = false;  // as at the time of the mark
  bool table_exists = false;
  bool has_days = false;  // the role's table has replaceable days
  bool force = false;
};

// Rows of a file that exists but that the source no longer names go.
// kConflict when a reload is needed that would lose the rows of files that are gone.
Result<LoadDecision> decide_load(const DecisionInput& input);

}  // namespace coterie::data
