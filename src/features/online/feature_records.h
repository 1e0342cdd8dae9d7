#pragma once
// The values of online features as records for other programs (store/record_table.h): one record an
// entity, `<entity>:<key>`, one text a feature, as of `computed_at`.
//
//   numbers     as JSON writes them; money and other decimals with all their digits: 19.90
//   booleans    true, false
//   texts       as they are
//   dates       2024-01-31;  times (UTC) 2024-01-31 09:05:00.25
//   lists       JSON arrays
//   null        the field is absent
//
// Features that need values of a request, and those of several entities, have no record.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/timezone.h"
#include "features/online/online_reader.h"
#include "features/online/online_state.h"
#include "features/plan/fitted.h"
#include "store/record_table.h"

namespace coterie::features {

// One thread's.
class FeatureRecords {
 public:
  // All outlive it. Features whose statistics were never fitted are left out, and named by
  // left_out().
  static Result<FeatureRecords> make(const ServingState& serving, const FittedSet& fitted,
                                     const TimeZone& zone);

  // Computes and writes the records of these entities, as of now. `ttl_s` 0 = they stay.
  Status put(std::span<const OnlineState::EntityRef> entities, store::RecordTable& table,
             int64_t ttl_s);
  const std::vector<std::string>& left_out() const;

  FeatureRecords(FeatureRecords&&) noexcept;
  FeatureRecords& operator=(FeatureRecords&&) noexcept;
  ~FeatureRecords();

 private:
  struct Impl;
  explicit FeatureRecords(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
