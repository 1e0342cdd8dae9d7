#include "features/window/evaluator.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "features/window/folds_internal.h"
#include "features/window/late_events_internal.h"
#include "features/window/tile_internal.h"

namespace coterie::features {
namespace {

constexpr int kTileRows = 64;
// So many rows of so many events pay for blocks, which cost one pass over all events.
constexpr size_t kManyRows = 6;
constexpr int64_t kManyEvents = 512;

void run_fold(const Fold& fold, const Tile& tile) {
  switch (fold.kind) {
    case FoldKind::kCount:
      return fold_counts(fold, tile);
    case FoldKind::kNumbers:
      return fold_numbers(fold, tile);
    case FoldKind::kSum:
      return fold_sums(fold, tile);
    case FoldKind::kDeviation:
      return fold_deviations(fold, tile);
    case FoldKind::kExtreme:
      return fold_extremes(fold, tile);
    case FoldKind::kLatest:
      return fold_latest(fold, tile);
    case FoldKind::kFirst:
      return fold_first(fold, tile);
    case FoldKind::kDistinct:
      return fold_distinct(fold, tile);
    case FoldKind::kSketch:
      return fold_sketches(fold, tile);
    case FoldKind::kGroups:
      return fold_groups(fold, tile);
    case FoldKind::kEntropy:
      return fold_entropy(fold, tile);
    case FoldKind::kRank:
      return fold_ranks(fold, tile);
    case FoldKind::kStreak:
      return fold_streaks(fold, tile);
  }
}

}  // namespace

struct WindowEvaluator::Scratch::Impl {
  std::array<int32_t, kTileRows> ends{};
  std::vector<int32_t> begins;
  FoldMemory memory;
  LateEvents late;
  bool many_rows = false;

  // How many of the next rows the events serve as they stand, their ends set; 0 if the first row
  // needs the slow path (its end is set).
  size_t shared_rows(const EventsView& events, std::span<const Micros> at) {
    const size_t most = std::min<size_t>(at.size(), kTileRows);
    for (size_t row = 0; row < most; ++row) {
      const int64_t newest = newest_visible(events, at[row]);
      ends[row] = static_cast<int32_t>(newest < 0 ? events.first : newest + 1);
      if (newest < 0 || events.latest_arrival == nullptr) continue;
      if (events.latest_arrival[newest] > at[row]) return row;
    }
    return most;
  }

  void newest_times(const EventsView& view, size_t rows, Micros* newest) const {
    for (size_t row = 0; row < rows; ++row)
      newest[row] = ends[row] > view.first ? view.times[ends[row] - 1] : kNever;
  }
};

struct WindowEvaluator::Impl {
  EventLayout layout;
  CompiledPlan plan;
  std::vector<const TextPool*> pools;
  // A view of no events, in the layout's shape.
  std::vector<EventColumn> no_columns;
  std::vector<const uint8_t*> no_masks;
  std::vector<const int32_t*> no_next;
  EventsView nobody;

  void set_nobody() {
    for (const Cell cell : layout.columns) no_columns.push_back({.cell = cell});
    no_masks.resize(layout.masks.size());
    no_next.resize(layout.distincts.size());
    nobody.columns = no_columns.data();
    nobody.masks = no_masks.data();
    nobody.next = no_next.data();
  }

  // Rows whose ends are set, over one view.
  void run_tile(const EventsView& view, std::span<const Micros> at, int64_t first_row,
                std::span<SlotColumn> slots, Scratch::Impl& scratch) const {
    const size_t windows = plan.windows.size();
    scratch.begins.resize(kTileRows * windows);
    for (size_t row = 0; row < at.size(); ++row) {
      find_begins(view, at[row], scratch.ends[row], plan.windows,
                  scratch.begins.data() + row * windows);
    }
    const Tile tile{.view = &view,
                    .rows = static_cast<int>(at.size()),
                    .at = at.data(),
                    .ends = scratch.ends.data(),
                    .begins = scratch.begins.data(),
                    .windows = static_cast<int>(windows),
                    .first_row = first_row,
                    .slots = slots.data(),
                    .pools = pools.data(),
                    .memory = &scratch.memory,
                    .kernels = &window_kernels(),
                    .many_rows = scratch.many_rows};
    for (const Fold& fold : plan.folds) run_fold(fold, tile);
  }
};

WindowEvaluator::Scratch::Scratch() : impl_(std::make_unique<Impl>()) {}
WindowEvaluator::Scratch::Scratch(Scratch&&) noexcept = default;
WindowEvaluator::Scratch& WindowEvaluator::Scratch::operator=(Scratch&&) noexcept = default;
WindowEvaluator::Scratch::~Scratch() = default;

WindowEvaluator::WindowEvaluator(const EventLayout& layout, const WindowPlan& plan,
                                 std::vector<const TextPool*> pools) {
  auto impl = std::make_unique<Impl>();
  impl->layout = layout;
  impl->plan = compile_plan(layout, plan, pools);
  impl->pools = std::move(pools);
  impl->set_nobody();
  impl_ = std::move(impl);
}
WindowEvaluator::WindowEvaluator(WindowEvaluator&&) noexcept = default;
WindowEvaluator& WindowEvaluator::operator=(WindowEvaluator&&) noexcept = default;
WindowEvaluator::~WindowEvaluator() = default;

void WindowEvaluator::evaluate(const EventsView& given, std::span<const Micros> at,
                               int64_t first_row, std::span<SlotColumn> slots, Scratch& scratch,
                               Micros* newest) const {
  const EventsView& events = given.count > 0 ? given : impl_->nobody;
  CHECK(events.count < kNoNext);
  Scratch::Impl& own = *scratch.impl_;
  const bool many_rows = at.size() >= kManyRows && events.count - events.first >= kManyEvents;
  ++own.memory.call;
  own.memory.blocks.resize(std::max(own.memory.blocks.size(), impl_->plan.folds.size()));
  size_t row = 0;
  while (row < at.size()) {
    const size_t rows = own.shared_rows(events, at.subspan(row));
    const int64_t to = first_row + static_cast<int64_t>(row);
    own.many_rows = many_rows && rows > 0;
    if (rows > 0) {
      impl_->run_tile(events, at.subspan(row, rows), to, slots, own);
      if (newest != nullptr) own.newest_times(events, rows, newest + row);
      row += rows;
      continue;
    }
    const EventsView& visible = own.late.visible(impl_->layout, events, own.ends[0], at[row]);
    own.ends[0] = static_cast<int32_t>(visible.count);
    impl_->run_tile(visible, at.subspan(row, 1), to, slots, own);
    if (newest != nullptr) own.newest_times(visible, 1, newest + row);
    ++row;
  }
}

Cell WindowEvaluator::result_cell(const Aggregate& aggregate, const EventLayout& layout) {
  switch (aggregate.function) {
    case Function::kCount:
    case Function::kDistinct:
    case Function::kDistinctHll:
    case Function::kTimeSince:
    case Function::kStreak:
      return Cell::kInteger;
    case Function::kSum:
    case Function::kMin:
    case Function::kMax:
    case Function::kLast:
    case Function::kFirst:
    case Function::kLatest:
      return layout.columns[aggregate.column];
    default:
      return Cell::kReal;
  }
}

bool WindowEvaluator::is_list(const Aggregate& aggregate) {
  return aggregate.function == Function::kGroups || aggregate.function == Function::kTopK;
}

}  // namespace coterie::features
