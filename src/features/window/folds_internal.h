#pragma once
// A plan compiled into folds: each runs over the events from the newest to the oldest, and its
// windows nest, so that the state at the end of one is the start of the next wider one's.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "features/window/event_blocks_internal.h"
#include "features/window/event_layout.h"
#include "features/window/events_view.h"
#include "features/window/kept_blocks_internal.h"
#include "features/window/slots.h"
#include "features/window/text_pool.h"
#include "features/window/value_table_internal.h"
#include "features/window/window_kernels_internal.h"
#include "features/window/window_plan.h"

namespace coterie::features {

__extension__ using Wide = __int128;

enum class FoldKind : uint8_t {
  kCount,
  kNumbers,  // kSum, kMean, kMin, kMax of integers; kCount with a mask that is folded anyway
  kSum,      // kSum, kMean of reals
  kDeviation,
  kExtreme,  // kMin, kMax of reals and texts
  kLatest,   // kLast, kLatest, kTimeSince: what stands at the end
  kFirst,
  kDistinct,
  kSketch,
  kGroups,
  kEntropy,
  kRank,
  kStreak,
};

// Of one aggregate: where the result of a fold goes.
struct Output {
  Function function = Function::kCount;
  int slot = 0;
  int k = 1;
  double quantile = 0.5;
  Micros period = kMicrosPerDay;
  Micros window = kLifetime;
};

// The outputs [first, last) of the fold, for one of the plan's windows.
struct FoldWindow {
  int index = 0;
  int first = 0;
  int last = 0;
};

struct Fold {
  FoldKind kind = FoldKind::kCount;
  int index = 0;  // among the plan's
  int column = -1;
  int mask = -1;
  int distinct = -1;
  int group = -1;
  std::vector<FoldWindow> windows;  // ascending
  std::vector<Output> outputs;      // by window
};

struct CompiledPlan {
  std::vector<Micros> windows;  // ascending, each once
  std::vector<Fold> folds;
};

// CHECKs that columns, masks, indices and pools are there and of a cell that the function takes.
CompiledPlan compile_plan(const EventLayout& layout, const WindowPlan& plan,
                          std::span<const TextPool* const> pools);

// Up to so many events are taken one by one, keeping what stands after each: windows of a few
// events would else cost a mispredicted branch each.
inline constexpr int32_t kShortEvents = 64;

// Memory that folds use over and over.
struct FoldMemory {
  std::array<Numbers, kShortEvents + 1> numbers;
  std::vector<BlockStore> blocks;  // by fold
  uint64_t call = 0;               // of the evaluator: blocks of earlier ones no longer hold
  ValueTable values;
  std::vector<uint8_t> registers;
  std::vector<int32_t> touched;
  std::vector<int64_t> counts;
  std::vector<double> reals;
  std::vector<int64_t> integers;
  std::vector<Wide> exact;
  std::vector<std::pair<int32_t, double>> entries;
};

// Rows of one entity at which all visible events stand in one view.
struct Tile {
  const EventsView* view = nullptr;
  int rows = 0;
  const Micros* at = nullptr;       // by row
  const int32_t* ends = nullptr;    // by row: one past the newest visible event
  const int32_t* begins = nullptr;  // row-major: where each window begins
  int windows = 0;
  int64_t first_row = 0;
  SlotColumn* slots = nullptr;
  const TextPool* const* pools = nullptr;
  FoldMemory* memory = nullptr;
  const WindowKernels* kernels = nullptr;
  bool many_rows = false;  // of a long history: blocks pay

  int32_t begin(int row, const FoldWindow& window) const {
    return begins[row * windows + window.index];
  }
  const uint8_t* mask(const Fold& fold) const {
    return fold.mask < 0 ? nullptr : view->masks[fold.mask];
  }
};

// Each fills the outputs of a fold of its kind.
void fold_counts(const Fold& fold, const Tile& tile);
void fold_numbers(const Fold& fold, const Tile& tile);
void fold_sums(const Fold& fold, const Tile& tile);
void fold_deviations(const Fold& fold, const Tile& tile);
void fold_extremes(const Fold& fold, const Tile& tile);
void fold_latest(const Fold& fold, const Tile& tile);
void fold_first(const Fold& fold, const Tile& tile);
void fold_distinct(const Fold& fold, const Tile& tile);
void fold_sketches(const Fold& fold, const Tile& tile);
void fold_groups(const Fold& fold, const Tile& tile);
void fold_entropy(const Fold& fold, const Tile& tile);
void fold_ranks(const Fold& fold, const Tile& tile);
void fold_streaks(const Fold& fold, const Tile& tile);

// Walks the windows of each row: step(state, begin, end) takes further events into the state, then
// emit(output, row, state) writes a result.
template <class State, class Step, class Emit>
void fold_rows(const Fold& fold, const Tile& tile, const Step& step, const Emit& emit) {
  for (int row = 0; row < tile.rows; ++row) {
    State state{};
    int32_t end = tile.ends[row];
    for (const FoldWindow& window : fold.windows) {
      const int32_t begin = tile.begin(row, window);
      step(state, begin, end);
      end = begin;
      for (int i = window.first; i < window.last; ++i) emit(fold.outputs[i], row, state);
    }
  }
}

// Whether blocks that stay with the history serve the fold: some row's runs are long.
inline bool uses_kept(const Fold& fold, const Tile& tile) {
  if (tile.view->kept == nullptr) return false;
  for (int row = 0; row < tile.rows; ++row) {
    if (tile.ends[row] - tile.begin(row, fold.windows.back()) >= kLongEvents) return true;
  }
  return false;
}

// The blocks of a fold, kept or of this call; null where making them does not pay.
template <class State, class Make>
const BlockStates<State>* built_blocks(const Fold& fold, const Tile& tile, const Make& make) {
  const BlockSums<State, Make> sums(make, nullptr);
  const auto count = static_cast<int32_t>(tile.view->count);
  if (uses_kept(fold, tile)) {
    BlockStates<State>& states = tile.view->kept->states<State>(fold.column, fold.mask);
    sums.extend(count, states);
    return &states;
  }
  if (!tile.many_rows) return nullptr;
  BlockStore& store = tile.memory->blocks[fold.index];
  auto& states = std::get<BlockStates<State>>(store.states);
  if (store.call != tile.memory->call) {
    states.clear();
    sums.extend(count, states);
    store.call = tile.memory->call;
  }
  return &states;
}

// The same, with runs folded through blocks; make(begin, end) gives the state of a short run.
template <class State, class Make, class Emit>
void fold_blocks(const Fold& fold, const Tile& tile, const Make& make, const Emit& emit) {
  const BlockSums<State, Make> sums(make, built_blocks<State>(fold, tile, make));
  fold_rows<State>(
      fold, tile, [&](State& state, int32_t begin, int32_t end) { sums.add(begin, end, state); },
      emit);
}

inline void put_null(const Tile& tile, const Output& output, int row, bool null) {
  tile.slots[output.slot].nulls[tile.first_row + row] = null ? 1 : 0;
}
inline void put(const Tile& tile, const Output& output, int row, int64_t value, bool null = false) {
  tile.slots[output.slot].integers[tile.first_row + row] = value;
  put_null(tile, output, row, null);
}
inline void put(const Tile& tile, const Output& output, int row, double value, bool null = false) {
  tile.slots[output.slot].reals[tile.first_row + row] = value;
  put_null(tile, output, row, null);
}
inline void put(const Tile& tile, const Output& output, int row, int32_t code, bool null = false) {
  tile.slots[output.slot].codes[tile.first_row + row] = code;
  put_null(tile, output, row, null);
}

}  // namespace coterie::features
