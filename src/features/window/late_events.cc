#include "features/window/late_events_internal.h"
#include "features/window/next_occurrence_internal.h"

namespace coterie::features {
namespace {

// The entries `kept` of `from`; null if there is nothing to take from.
template <class T>
const T* gather(const T* from, const std::vector<int32_t>& kept, std::vector<T>& to) {
  if (from == nullptr) return nullptr;
  to.resize(kept.size() + 1);
  for (size_t i = 0; i < kept.size(); ++i) to[i] = from[kept[i]];
  return to.data();
}

}  // namespace

const EventsView& LateEvents::visible(const EventLayout& layout, const EventsView& events,
                                      int32_t end, Micros at) {
  kept_.clear();
  for (auto i = static_cast<int32_t>(events.first); i < end; ++i) {
    if (events.arrivals[i] <= at) kept_.push_back(i);
  }
  view_ = {};
  view_.count = static_cast<int64_t>(kept_.size());
  view_.times = gather(events.times, kept_, times_);
  copy_columns(layout, events);
  masks_.resize(layout.masks.size());
  mask_views_.resize(layout.masks.size());
  for (size_t m = 0; m < masks_.size(); ++m) {
    mask_views_[m] = gather(events.masks[m], kept_, masks_[m]);
  }
  next_.resize(layout.distincts.size());
  next_views_.resize(layout.distincts.size());
  for (size_t d = 0; d < next_.size(); ++d) {
    const DistinctIndex& index = layout.distincts[d];
    next_[d].resize(kept_.size() + 1);
    fill_next(column_views_[index.column], index.mask < 0 ? nullptr : mask_views_[index.mask],
              view_.count, values_, next_[d].data());
    next_views_[d] = next_[d].data();
  }
  view_.columns = column_views_.data();
  view_.masks = mask_views_.data();
  view_.next = next_views_.data();
  return view_;
}

void LateEvents::copy_columns(const EventLayout& layout, const EventsView& events) {
  columns_.resize(layout.columns.size());
  column_views_.resize(layout.columns.size());
  for (size_t c = 0; c < columns_.size(); ++c) {
    const EventColumn& from = events.columns[c];
    EventColumn& to = column_views_[c];
    to.cell = from.cell;
    to.wide = from.wide;
    to.integers = gather(from.integers, kept_, columns_[c].integers);
    to.reals = gather(from.reals, kept_, columns_[c].reals);
    to.codes = gather(from.codes, kept_, columns_[c].codes);
    to.nulls = gather(from.nulls, kept_, columns_[c].nulls);
  }
}

}  // namespace coterie::features
