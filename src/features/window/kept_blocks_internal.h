#pragma once
// Aggregates of 64 events that stay with a long history, so that a read of a wide window does not
// scan it. Built by the first evaluation that asks for them, continued by later ones as blocks
// become complete; an insertion ends those from its place on.
//
// Their states are what event_blocks_internal.h would make on the way, so results are the same to
// the last bit. Memory: 8 to 32 bytes for 64 events and each column, mask and kind of state that
// was asked for: at most half a byte an event and aggregate (twice that while vectors grow).
//
// Not thread-safe: who evaluates a view of a history changes its blocks.

#include <cstdint>
#include <tuple>
#include <vector>

#include "features/window/event_blocks_internal.h"

namespace coterie::features {

// Runs of fewer events than this are scanned.
inline constexpr int32_t kLongEvents = 256;

// Of a distinct index over a block: events whose value does not come again, and an index that no
// other event's next occurrence is beyond.
struct LastOccurrences {
  int32_t last = 0;
  int32_t bound = -1;
};

class KeptBlocks {
 public:
  // The states of a column and mask (-1 = none), to be continued by the caller; valid until the
  // next call for the same kind of state.
  template <class State>
  BlockStates<State>& states(int column, int mask) {
    auto& entries = std::get<std::vector<Entry<State>>>(entries_);
    for (Entry<State>& entry : entries) {
      if (entry.column == column && entry.mask == mask) return entry.states;
    }
    return entries.emplace_back(Entry<State>{column, mask, {}}).states;
  }

  // How many of the events [begin, end), of `count`, have their next occurrence (of the distinct
  // index `distinct`, whose array is `next`) at `horizon` or later.
  int64_t count_reaching(const WindowKernels& kernels, int distinct, const int32_t* next,
                         int32_t count, int32_t begin, int32_t end, int32_t horizon);

  // An event came to `at`; what stood there and behind has moved on by one.
  void insert(int32_t at, int32_t count);
  // The next occurrence of the event `before` became `at`; until now it was `was`.
  void relink(int distinct, int32_t before, int32_t was, int32_t at);

  int64_t bytes() const;

 private:
  template <class State>
  struct Entry {
    int column = -1;
    int mask = -1;
    BlockStates<State> states;
  };
  template <class... States>
  using Entries = std::tuple<std::vector<Entry<States>>...>;

  BlockStates<LastOccurrences>& occurrences(int distinct, const int32_t* next, int32_t count);

  // The column of LastOccurrences is their distinct index.
  Entries<Count, Numbers, RealSum, Moments, RealExtremes, LastOccurrences> entries_;
};

}  // namespace coterie::features
