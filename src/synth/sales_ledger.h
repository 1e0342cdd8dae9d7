#pragma once
// Units sold by article and day, counted by all threads; sums do not depend on their order.

#include <atomic>
#include <cstdint>
#include <vector>

#include "synth/retail_catalogue.h"
#include "synth/retail_scale.h"

namespace coterie::synth {

// Four bytes for each day on which an article is on sale. `add` is thread-safe; reading is once all
// have been added.
class SalesLedger {
 public:
  SalesLedger(const RetailScale& scale, const Catalogue& catalogue);
  // `day` must be one on which the article is on sale.
  void add(int32_t article, int32_t day, int32_t units);
  // Days [first_day(article), first_day + days) on sale within the period.
  int32_t first_day(int32_t article) const { return entries_[static_cast<size_t>(article)].first; }
  int32_t days(int32_t article) const { return entries_[static_cast<size_t>(article)].days; }
  int64_t units(int32_t article, int32_t day) const;

 private:
  struct Entry {
    int32_t first = 0, days = 0;
    size_t offset = 0;
  };
  std::vector<Entry> entries_;
  std::vector<std::atomic<uint32_t>> units_;
};

}  // namespace coterie::synth
