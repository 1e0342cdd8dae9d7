#pragma once
// Rows on their way into the log: checked against every online source that reads them, then encoded
// as events (plan/pushed_event.h). What passes here is never refused by the folder of the same
// plan.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/timezone.h"
#include "events/event.h"
#include "features/plan/feature_plan.h"
#include "features/plan/row_reader.h"

namespace coterie::features {

// Rows of one source. Columns in any order; absent ones are null, those that the source's table
// does not have are refused; all of them go into the log, whether a feature reads them or not.
struct PushedRows {
  std::string source;
  std::vector<std::string> columns;
  std::vector<PushedValue> values;    // row by row; texts view the caller's bytes
  std::vector<std::string_view> ids;  // by row, or none: an event with the id of an earlier one is
                                      // not stored again
  size_t rows() const { return columns.empty() ? 0 : values.size() / columns.size(); }
};

// Encoded rows; the events view `bytes` and the ids of the rows. May be used again.
struct EncodedRows {
  std::string bytes;
  std::vector<events::NewEvent> events;
};

// Thread-safe.
class RowPusher {
 public:
  // `plan` outlives it.
  RowPusher(const FeaturePlan& plan, const TimeZone& zone);

  // All rows or none. kNotFound: no online feature reads such a source. kInvalidInput names row
  // (from 1) and column.
  Status encode(const PushedRows& rows, EncodedRows& encoded) const;

  RowPusher(RowPusher&&) noexcept;
  RowPusher& operator=(RowPusher&&) noexcept;
  ~RowPusher();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
