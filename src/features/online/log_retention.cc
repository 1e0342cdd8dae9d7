#include "features/online/log_retention.h"

#include <algorithm>

#include "events/event_reader.h"
#include "features/online/build_lock_internal.h"
#include "features/online/checkpoint.h"

namespace coterie::features {
namespace {

// From where a state is replayed: what serves, and what is to be taken over. The serving head is
// read first: when it moves on to the pending generation, its offset is that one's or a later one.
Result<events::Offset> replayed_from(const store::KeyValueStore& store) {
  ASSIGN_OR_RETURN(const auto serving, read_head(store, HeadKind::kServing));
  ASSIGN_OR_RETURN(const auto pending, read_head(store, HeadKind::kPending));
  if (!serving) return pending ? pending->offset : 0;
  const bool waits = pending && pending->generation > serving->generation;
  return waits ? std::min(serving->offset, pending->offset) : serving->offset;
}

}  // namespace

Result<RetentionReport> trim_event_log(const RetentionConfig& config) {
  RetentionReport report;
  report.loaded = config.loaded;
  const auto range = events::read_log_range(config.log_folder);
  if (!range.ok()) {
    if (range.error().code == ErrorCode::kNotFound) return report;
    return range.error();
  }
  report.trimmed.begin = range->begin;
  report.trimmed.end = range->end;
  // Whoever builds a state has chosen the offset from which it will be replayed.
  ASSIGN_OR_RETURN(const FileLock lock, take_build_lock(config.log_folder));
  ASSIGN_OR_RETURN(const auto store, store::open_store(config.store_url, config.store));
  ASSIGN_OR_RETURN(report.checkpoint, replayed_from(*store));
  ASSIGN_OR_RETURN(
      report.trimmed,
      events::trim_log(config.log_folder, {.before = std::min(config.loaded, report.checkpoint),
                                           .written_before = now_micros() - config.keep,
                                           .keep_events = config.dedup_window}));
  return report;
}

}  // namespace coterie::features
