#pragma once
// The readers of text files behind Staging.

#include <string>

#include "base/progress.h"
#include "data/ingest/staging.h"
#include "data/ingest/staging_batch_internal.h"

namespace coterie::data {

struct StagingJob {
  const SourceFile& file;
  Staging& staging;
  Connection& connection;
  ProgressTask& task;
  StagedFile& staged;  // filled
};

Status stage_csv(const StagingJob& job, const SourceConfig& source);
Status stage_json(const StagingJob& job);

inline constexpr int64_t kRecordsBetweenLooks = 65'536;

// Keeps a faulty record; an error when there are more than a million.
Status add_reject(const StagingJob& job, const CsvRecord& record, std::string reason);
// Advances the bar and looks for cancellation; `seen_bytes` is the caller's memory between calls.
Status show_progress(const StagingJob& job, const CsvReader& reader, int64_t& seen_bytes);

}  // namespace coterie::data
