#pragma once
// The resolved size of a retail world, its clock, and the names of its random streams.

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "math/random.h"
#include "synth/retail.h"

namespace coterie::synth {

// What a stream of random numbers is for. A number never changes its meaning: worlds of one seed
// stay the same when something is added.
enum class Purpose : uint32_t {
  kTasteSpace = 0x5201,
  kStyle,
  kSegment,
  kProduct,
  kArticle,
  kArticleWeek,
  kCampaign,
  kStockOut,
  kStock,
  kCompetitor,
  kDay,
  kTypeTrend,
  kProfile,
  kPerson,
  kPurchase,
  kBrowse,
  kSession,
  kExperience,
  kReview,
};

// Days are counted from the world's first day (0 .. days - 1), weeks from the Monday on or before
// it; the first and last week may be short.
struct RetailScale {
  int64_t customers = 0;
  int32_t articles = 0;
  int64_t transactions = 0;
  int32_t first_day = 0;  // days since 1970-01-01
  int32_t days = 0;
  uint64_t seed = 1;

  int32_t weeks() const { return week_of(days - 1) + 1; }
  int32_t week_of(int32_t day) const { return (day + first_weekday()) / 7; }
  int32_t week_start(int32_t week) const { return week * 7 - first_weekday(); }  // may be < 0
  int32_t first_weekday() const;
  int32_t date_of(int32_t day) const { return first_day + day; }  // days since 1970-01-01
  Micros midnight(int32_t day) const { return date_of(day) * kMicrosPerDay; }

  math::RandomStream stream(Purpose purpose, int64_t index) const {
    return {seed, static_cast<uint32_t>(purpose), static_cast<uint64_t>(index)};
  }
};

// Checks the options and fills in defaults. Errors as synthesize_retail.
Result<RetailScale> resolve_scale(const RetailOptions& options);

}  // namespace coterie::synth
