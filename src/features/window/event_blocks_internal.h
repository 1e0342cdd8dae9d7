#pragma once
// Aggregates of 64 events, and of 64 blocks: what long histories are folded from.
//
// A run of events is its newest edge, whole blocks, whole superblocks, whole blocks and its oldest
// edge, added in this order. So a result depends on the run alone, also in the rounding of real
// sums, whether blocks were built before or are made on the way.

#include <cstdint>
#include <tuple>
#include <vector>

#include "features/window/window_kernels_internal.h"

namespace coterie::features {

inline constexpr int32_t kBlockEvents = 64;
inline constexpr int32_t kSuperblockEvents = 64 * kBlockEvents;

// States of aggregates: what was seen, and how two runs join.
struct Count {
  int64_t n = 0;
  void add(const Count& other) { n += other.n; }
};

struct RealSum {
  double sum = 0;
  int64_t n = 0;
  void add(const RealSum& other) {
    sum += other.sum;
    n += other.n;
  }
};

struct Moments {
  double n = 0;
  double mean = 0;
  double squares = 0;  // about the mean

  // Chan, Golub, LeVeque 1979, eq. 2.1.
  void add(const Moments& other) {
    if (other.n == 0) return;
    const double total = n + other.n;
    const double delta = other.mean - mean;
    squares += other.squares + delta * delta * (n / total) * other.n;
    mean += delta * (other.n / total);
    n = total;
  }
};

struct RealExtremes {
  double least = std::numeric_limits<double>::max();
  double greatest = std::numeric_limits<double>::lowest();
  int64_t n = 0;
  void add(const RealExtremes& other) {
    least = other.least < least ? other.least : least;
    greatest = other.greatest > greatest ? other.greatest : greatest;
    n += other.n;
  }
};

// Of the blocks that lie wholly in the events: block b has the events [64 b, 64 (b + 1)).
template <class State>
struct BlockStates {
  std::vector<State> blocks;
  std::vector<State> superblocks;
  void clear() {
    blocks.clear();
    superblocks.clear();
  }
};

// Blocks of one fold, of whichever kind it is; they hold for one call of the evaluator.
struct BlockStore {
  uint64_t call = 0;
  std::tuple<BlockStates<Count>, BlockStates<Numbers>, BlockStates<RealSum>, BlockStates<Moments>,
             BlockStates<RealExtremes>>
      states;
};

// `make(begin, end)` gives the state of a run of at most a block or two; `built` may be null.
template <class State, class Make>
class BlockSums {
 public:
  BlockSums(const Make& make, const BlockStates<State>* built) : make_(make), built_(built) {}

  void add(int32_t begin, int32_t end, State& state) const {
    const int32_t first = (begin + kBlockEvents - 1) / kBlockEvents;
    const int32_t last = end / kBlockEvents;
    if (first >= last) return state.add(make_(begin, end));
    if (last * kBlockEvents < end) state.add(make_(last * kBlockEvents, end));
    const int32_t first_super = (first + 63) / 64;
    const int32_t last_super = last / 64;
    if (first_super < last_super) {
      add_blocks(last_super * 64, last, state);
      for (int32_t s = last_super; s-- > first_super;) add_superblock(s, state);
      add_blocks(first, first_super * 64, state);
    } else {
      add_blocks(first, last, state);
    }
    if (begin < first * kBlockEvents) state.add(make_(begin, first * kBlockEvents));
  }

  // Continues `states` to the blocks of the events [0, count).
  void extend(int32_t count, BlockStates<State>& states) const {
    for (auto b = static_cast<int32_t>(states.blocks.size()); b < count / kBlockEvents; ++b) {
      states.blocks.push_back(make_(b * kBlockEvents, (b + 1) * kBlockEvents));
    }
    const BlockSums from_blocks(make_, &states);
    for (auto s = static_cast<int32_t>(states.superblocks.size()); s < count / kSuperblockEvents;
         ++s) {
      State state;
      from_blocks.add_blocks(s * 64, (s + 1) * 64, state);
      states.superblocks.push_back(state);
    }
  }

 private:
  void add_blocks(int32_t first, int32_t last, State& state) const {
    for (int32_t b = last; b-- > first;) {
      state.add(built_ != nullptr ? built_->blocks[b]
                                  : make_(b * kBlockEvents, (b + 1) * kBlockEvents));
    }
  }
  void add_superblock(int32_t s, State& state) const {
    if (built_ != nullptr) return state.add(built_->superblocks[s]);
    State own;
    add_blocks(s * 64, (s + 1) * 64, own);
    state.add(own);
  }

  const Make& make_;
  const BlockStates<State>* built_;
};

}  // namespace coterie::features
