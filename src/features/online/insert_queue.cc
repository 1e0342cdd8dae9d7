#include "base/hash.h"
#include "features/online/insert_queue_internal.h"

namespace coterie::features {

InsertQueue::InsertQueue(OnlineState& state) : state_(state) {
  for (size_t s = 0; s < state.plan().sources().size(); ++s)
    pools_.push_back(state.pools_to_fill(static_cast<int>(s)));
}

void InsertQueue::add(int source, const PushedRow& given, events::Offset offset,
                      events::Offset next) {
  static_assert(3 * kTurns < kRows);
  Row& own = row(end_);
  own.source = source;
  own.offset = offset;
  own.next = next;
  own.hash = state_.hash_of(state_.layout().place_of(source).kind, given.key);
  own.key_size = given.key.size();
  own.bytes.assign(given.key);
  own.time = given.event.time;
  own.arrived = given.event.arrived;
  own.values.assign(given.event.values.begin(), given.event.values.end());
  own.passes.assign(given.event.passes.begin(), given.event.passes.end());
  own.texts.clear();
  const auto& pools = pools_[static_cast<size_t>(source)];
  for (size_t field = 0; field < pools.size(); ++field) {
    if (pools[field] == nullptr || own.values[field].null) continue;
    const std::string_view text = given.texts[field];
    own.texts.push_back({field, own.bytes.size(), text.size(), hash64(text)});
    own.bytes += text;
  }
  prefetch(end_++, Fetch::kSlot);
  prefetch(end_ - kTurns, Fetch::kEntry);
  prefetch(end_ - 2 * kTurns, Fetch::kBytes);
  if (end_ - begin_ > 3 * kTurns) insert(row(begin_++));
}

void InsertQueue::prefetch(int64_t number, Fetch step) {
  if (number < begin_) return;
  const Row& own = row(number);
  state_.prefetch_insert(own.source, own.hash, step);
  const auto& pools = pools_[static_cast<size_t>(own.source)];
  for (const Text& text : own.texts) pools[text.field]->prefetch(text.hash, step);
}

void InsertQueue::insert(Row& own) {
  const std::string_view bytes = own.bytes;
  const auto& pools = pools_[static_cast<size_t>(own.source)];
  for (const Text& text : own.texts)
    own.values[text.field].code = pools[text.field]->add(bytes.substr(text.begin, text.size));
  const EventRow event{own.time, own.arrived, own.values, own.passes};
  const bool fresh =
      state_.insert(own.source, bytes.substr(0, own.key_size), event, own.offset, own.next);
  (fresh ? inserted_ : repeated_).add();
}

void InsertQueue::finish() {
  while (begin_ < end_) insert(row(begin_++));
}

}  // namespace coterie::features
