#pragma once
// The texts of events while they are read: codes of categories, channels, ids.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "features/offline/entity_keys.h"
#include "features/plan/feature_plan.h"
#include "features/plan/request_plan.h"
#include "features/window/text_pool.h"

namespace coterie::features {

// A pool that grows while several threads read.
class GrowingTexts {
 public:
  explicit GrowingTexts(TextPool& pool) : pool_(pool) {}
  int32_t add(std::string_view text) {
    const std::scoped_lock guard(lock_);
    return pool_.add(text);
  }

 private:
  std::mutex lock_;
  TextPool& pool_;
};

// Texts of coded columns, by source and column. Ids that no aggregate needs as text have no pool.
//
// Texts get their codes as their rows are read, so in no order that could be relied on: to find
// them all before would be a pass over the source for each column. Only beside real columns, whose
// sums depend on the order of rows of one time and so on these codes, are they read before, in
// their order.
class EventTexts {
 public:
  // Reads the dictionaries of ids, those that the plan's features order or show or all of them, and
  // the texts of sources with real columns.
  enum class Ids { kNeeded, kAll };
  static Result<EventTexts> read(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                 data::Connection& connection, Ids ids = Ids::kNeeded);
  // They grow while events are read: not beside anything that looks at texts.
  const std::vector<SourcePools>& pools() const { return pools_; }
  // Where a new text of a column goes; null where all are known, or none is a text.
  GrowingTexts* growing(size_t source, size_t column) const {
    return growing_[source][column].get();
  }

 private:
  std::vector<std::unique_ptr<TextPool>> owned_;
  std::vector<SourcePools> pools_;
  std::vector<std::vector<std::unique_ptr<GrowingTexts>>> growing_;
};

}  // namespace coterie::features
