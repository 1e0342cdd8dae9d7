#include <algorithm>

#include "features/window/events_view.h"
#include "features/window/kept_blocks_internal.h"

namespace coterie::features {
namespace {

// Keeps the blocks that lie wholly before `at`.
template <class State>
void end_at(int32_t at, BlockStates<State>& states) {
  const auto keep = [](std::vector<State>& kept, int32_t n) {
    if (kept.size() > static_cast<size_t>(n)) kept.resize(static_cast<size_t>(n));
  };
  keep(states.blocks, at / kBlockEvents);
  keep(states.superblocks, at / kSuperblockEvents);
}

LastOccurrences occurrences_of(const int32_t* next, int32_t begin, int32_t end) {
  LastOccurrences state;
  for (int32_t i = begin; i < end; ++i) {
    state.last += next[i] == kNoNext ? 1 : 0;
    state.bound = std::max(state.bound, next[i] == kNoNext ? -1 : next[i]);
  }
  return state;
}

// Counts a run out of states whose events are `width` each, where they can tell.
template <class Scan>
int64_t count_blocks(const std::vector<LastOccurrences>& states, int32_t width, int32_t first,
                     int32_t last, int32_t horizon, const Scan& scan) {
  int64_t n = 0;
  for (int32_t b = first; b < last; ++b) {
    const LastOccurrences& state = states[static_cast<size_t>(b)];
    n += state.bound < horizon ? state.last : scan(b * width, (b + 1) * width);
  }
  return n;
}

}  // namespace

BlockStates<LastOccurrences>& KeptBlocks::occurrences(int distinct, const int32_t* next,
                                                      int32_t count) {
  BlockStates<LastOccurrences>& kept = states<LastOccurrences>(distinct, -1);
  const auto extend = [&](std::vector<LastOccurrences>& to, int32_t width) {
    for (auto b = static_cast<int32_t>(to.size()); b < count / width; ++b)
      to.push_back(occurrences_of(next, b * width, (b + 1) * width));
  };
  extend(kept.blocks, kBlockEvents);
  extend(kept.superblocks, kSuperblockEvents);
  return kept;
}

int64_t KeptBlocks::count_reaching(const WindowKernels& kernels, int distinct, const int32_t* next,
                                   int32_t count, int32_t begin, int32_t end, int32_t horizon) {
  const auto scan = [&](int32_t from, int32_t to) {
    return int64_t{kernels.count_reaching(next + from, to - from, horizon)};
  };
  const int32_t first = (begin + kBlockEvents - 1) / kBlockEvents;
  const int32_t last = end / kBlockEvents;
  if (first >= last) return scan(begin, end);
  const BlockStates<LastOccurrences>& kept = occurrences(distinct, next, count);
  const auto blocks = [&](int32_t from, int32_t to) {
    return count_blocks(kept.blocks, kBlockEvents, from, to, horizon, scan);
  };
  int64_t n = scan(begin, first * kBlockEvents) + scan(last * kBlockEvents, end);
  const int32_t first_super = (first + 63) / 64;
  const int32_t last_super = last / 64;
  if (first_super >= last_super) return n + blocks(first, last);
  n += blocks(first, first_super * 64) + blocks(last_super * 64, last);
  return n +
         count_blocks(kept.superblocks, kSuperblockEvents, first_super, last_super, horizon, scan);
}

void KeptBlocks::insert(int32_t at, int32_t count) {
  if (at + 1 >= count) return;  // at the end: complete blocks stand as they are
  std::apply(
      [&](auto&... kinds) {
        const auto end_all = [&](auto& entries) {
          for (auto& entry : entries) end_at(at, entry.states);
        };
        (end_all(kinds), ...);
      },
      entries_);
  const auto shift = [&](std::vector<LastOccurrences>& states) {
    for (LastOccurrences& state : states) state.bound += state.bound >= at ? 1 : 0;
  };
  for (auto& entry : std::get<std::vector<Entry<LastOccurrences>>>(entries_)) {
    shift(entry.states.blocks);
    shift(entry.states.superblocks);
  }
}

void KeptBlocks::relink(int distinct, int32_t before, int32_t was, int32_t at) {
  const auto update = [&](std::vector<LastOccurrences>& states, int32_t width) {
    const auto b = static_cast<size_t>(before / width);
    if (b >= states.size()) return;
    states[b].last -= was == kNoNext ? 1 : 0;
    states[b].bound = std::max(states[b].bound, at);
  };
  for (auto& entry : std::get<std::vector<Entry<LastOccurrences>>>(entries_)) {
    if (entry.column != distinct) continue;
    update(entry.states.blocks, kBlockEvents);
    update(entry.states.superblocks, kSuperblockEvents);
  }
}

int64_t KeptBlocks::bytes() const {
  size_t total = sizeof(KeptBlocks);
  std::apply(
      [&](const auto&... kinds) {
        const auto add = [&]<class State>(const std::vector<Entry<State>>& entries) {
          total += entries.capacity() * sizeof(Entry<State>);
          for (const Entry<State>& entry : entries) {
            total += sizeof(State) *
                     (entry.states.blocks.capacity() + entry.states.superblocks.capacity());
          }
        };
        (add(kinds), ...);
      },
      entries_);
  return static_cast<int64_t>(total);
}

}  // namespace coterie::features
