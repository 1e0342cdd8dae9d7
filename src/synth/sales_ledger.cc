#include "synth/sales_ledger.h"

#include <algorithm>

namespace coterie::synth {

SalesLedger::SalesLedger(const RetailScale& scale, const Catalogue& catalogue) {
  size_t total = 0;
  for (const Article& article : catalogue.articles) {
    const int32_t first = std::clamp(article.launch_day, 0, scale.days);
    const int32_t end = std::clamp(article.end_day, first, scale.days);
    entries_.push_back({first, end - first, total});
    total += static_cast<size_t>(end - first);
  }
  units_ = std::vector<std::atomic<uint32_t>>(total);
}

void SalesLedger::add(int32_t article, int32_t day, int32_t units) {
  const Entry& entry = entries_[static_cast<size_t>(article)];
  units_[entry.offset + static_cast<size_t>(day - entry.first)].fetch_add(
      static_cast<uint32_t>(units), std::memory_order_relaxed);
}

int64_t SalesLedger::units(int32_t article, int32_t day) const {
  const Entry& entry = entries_[static_cast<size_t>(article)];
  return units_[entry.offset + static_cast<size_t>(day - entry.first)].load(
      std::memory_order_relaxed);
}

}  // namespace coterie::synth
