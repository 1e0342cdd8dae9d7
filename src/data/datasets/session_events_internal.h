#pragma once
// Dataset F in memory: events read once, sorted by customer and time in buckets of customers, and
// every session followed in one pass. Gives the rows of dataset_f_sql(), in the table's order.
//
// 40 bytes an event, and each session's text once a visit; about 0.3 µs of one core an event with
// encoding.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "data/datasets/row_blocks_internal.h"
#include "data/engine/engine.h"
#include "data/parquet/parquet_writer.h"
#include "data/parquet/text_codes.h"

namespace coterie::data {

inline constexpr int32_t kNoCode = INT32_MIN;
inline constexpr uint32_t kNoText = UINT32_MAX;

struct EventRow {
  int64_t at;        // UTC microseconds
  int32_t customer;  // kNoCode: a guest
  int32_t article;   // kNoCode: none
  uint32_t visit;    // in SessionEvents::visits; kNoText: outside sessions
  int32_t day;
  uint32_t kind, device, location, channel;  // kNoText: null
};

// Filled by one thread; then tasks on different buckets may run at the same time, each once.
class SessionEvents {
 public:
  SessionEvents(CustomerBuckets buckets, std::vector<int32_t> names)
      : buckets_(buckets), names_(std::move(names)), rows_(buckets.count()) {}

  // `select`: dataset_f_events_sql().
  Status read(Connection& connection, const std::string& select);
  int64_t tasks() const { return std::ssize(rows_); }
  // The rows of one bucket as row groups of `columns` (stored_columns() of the table, without
  // rows). The bucket's memory is released.
  std::vector<parquet::RowGroup> encode(int64_t bucket, std::vector<parquet::Column>& columns);

 private:
  friend class BucketWriter;
  void add(const Chunk& chunk);
  uint32_t visit(std::string_view session);
  std::string_view session_of(uint32_t visit) const;
  void rank();
  std::vector<SortedRow> sorted(const RowBlocks<EventRow>& rows) const;
  bool is_before(const EventRow& a, const EventRow& b) const;

  CustomerBuckets buckets_;
  std::vector<int32_t> names_;  // article -> code of its name; kNoCode: none
  std::vector<RowBlocks<EventRow>> rows_;
  std::string visits_;  // texts of session_id, one a run of equal ones
  std::vector<size_t> visit_ends_;
  parquet::TextCodes kinds_, devices_, locations_, channels_;
  std::vector<uint32_t> kind_ranks_, device_ranks_, location_ranks_, channel_ranks_;
};

}  // namespace coterie::data
