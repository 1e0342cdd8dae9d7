#include "data/ingest/load_decision.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "data/ingest/session_internal.h"

namespace coterie::data {
namespace {

std::vector<size_t> all_of(const std::vector<SourceFile>& files) {
  std::vector<size_t> indices(files.size());
  for (size_t i = 0; i < indices.size(); ++i) indices[i] = i;
  return indices;
}

std::string files_text(const DecisionInput& input, const std::vector<size_t>& files) {
  const std::string first = input.mark->files[files[0]].name;
  return files.size() == 1
             ? fmt::format("'{}', which was loaded before, is gone", first)
             : fmt::format("'{}' and {} more files, which were loaded before, are gone", first,
                           files.size() - 1);
}

// Everything is read again: rows of files that are gone cannot be kept.
Result<LoadDecision> full_load(const DecisionInput& input, LoadDecision decision,
                               const std::string& why) {
  decision.mode = LoadMode::kFull;
  decision.read = all_of(input.files);
  decision.unchanged.clear();
  if (decision.vanished.empty()) return decision;
  if (input.force) {
    decision.notes.push_back(files_text(input, decision.vanished) + "; its rows are removed");
    decision.removed.insert(decision.removed.end(), decision.vanished.begin(),
                            decision.vanished.end());
    decision.vanished.clear();
    return decision;
  }
  return Error(ErrorCode::kConflict, fmt::format("{}, and the table must be loaded anew because {}",
                                                 files_text(input, decision.vanished), why))
      .in_table(input.source.role)
      .with_mend(
          "put the file back, write 'vanished_files: remove' into the source, or load "
          "everything again with --force");
}

// Files that were loaded and that the source does not give any more.
void sort_out_vanished(const DecisionInput& input, const std::vector<size_t>& absent,
                       LoadDecision& decision) {
  namespace fs = std::filesystem;
  for (const size_t index : absent) {
    std::error_code error;
    const bool exists =
        fs::exists(fs::path(input.project_folder) / input.mark->files[index].name, error);
    const bool removed = exists || input.source.vanished_files_removed;
    (removed ? decision.removed : decision.vanished).push_back(index);
  }
}

}  // namespace

Result<LoadDecision> decide_load(const DecisionInput& input) {
  LoadDecision decision;
  if (!input.mark) {
    decision.read = all_of(input.files);
    return decision;
  }
  ASSIGN_OR_RETURN(const FileChanges changes, compare_files(input.files, input.mark->files));
  sort_out_vanished(input, changes.vanished, decision);
  decision.unchanged = changes.unchanged;
  if (input.force) return full_load(input, std::move(decision), "it is forced");
  if (!input.table_exists) return full_load(input, std::move(decision), "it does not exist");
  if (!input.same_configuration) {
    return full_load(input, std::move(decision), "the source's configuration has changed");
  }
  if (!decision.vanished.empty()) {
    decision.notes.push_back(files_text(input, decision.vanished) + "; its rows stay");
  }
  decision.read = changes.added;
  decision.read.insert(decision.read.end(), changes.changed.begin(), changes.changed.end());
  std::ranges::sort(decision.read);
  const bool only_added = changes.changed.empty() && decision.removed.empty();
  if (decision.read.empty() && decision.removed.empty()) {
    decision.mode = LoadMode::kUnchanged;
  } else if (has_key(input.source) && only_added && changes.in_order) {
    decision.mode = LoadMode::kUpsert;
  } else if (has_key(input.source)) {
    return full_load(
        input, std::move(decision),
        only_added ? "a new file sorts before files loaded earlier" : "a file has changed");
  } else if (only_added) {
    decision.mode = LoadMode::kAppend;
  } else if (input.has_days) {
    decision.mode = LoadMode::kDays;
  } else {
    return full_load(input, std::move(decision), "a file has changed");
  }
  return decision;
}

}  // namespace coterie::data
