#pragma once
// The one window evaluator: batch builds, point-in-time sets and online reads all call it, so they
// agree by construction. window_plan.h says what each function means; oracle.h is the
// slow, obvious reading of the same.
//
// One backward search finds where each window begins; then each aggregate runs over the columns
// from the newest event to the oldest, a window's result being the start of the next wider one's.
// Many rows of a long history share aggregates of 64 events, and one row takes those that stay with
// an EntityHistory (kept_blocks_internal.h). Where some event had not arrived at q,
// the visible ones are copied together first (the slow path).

#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "features/window/events_view.h"
#include "features/window/slots.h"
#include "features/window/text_pool.h"
#include "features/window/window_plan.h"

namespace coterie::features {

// Immutable after construction, thread-safe.
class WindowEvaluator {
 public:
  // `pools` by column of the layout, null where it is no kCode column; they outlive the evaluator.
  WindowEvaluator(const EventLayout& layout, const WindowPlan& plan,
                  std::vector<const TextPool*> pools);

  // Memory of one thread.
  class Scratch {
   public:
    Scratch();
    ~Scratch();
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;

   private:
    friend class WindowEvaluator;
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  // Results at the ascending times `at`, of which row i goes to row `first_row + i` of the slots
  // (sized by the caller; lists are appended to). A row takes O(windows + events) vector steps for
  // each column, mask and kind of function, and O(windows + events / 4096) where six rows or more
  // of a history come in one call, or where EventsView::kept has what earlier calls made; with kept
  // blocks kDistinct too, up to the newest events. kDistinctHll, kGroups, kTopK, kEntropy,
  // kPercentile, kMin and kMax of texts, and sums that may pass 64 bits take O(events) always.
  // Results do not depend on how rows are cut into calls, nor on what blocks there are. One thread
  // at a time evaluates views with the same kept blocks.
  // EventsView{} stands for an entity without events. `newest`, if not null, becomes by entry of
  // `at` the time of the newest visible event, kNever without any.
  void evaluate(const EventsView& events, std::span<const Micros> at, int64_t first_row,
                std::span<SlotColumn> slots, Scratch& scratch, Micros* newest = nullptr) const;

  // The cell of an aggregate's result.
  static Cell result_cell(const Aggregate& aggregate, const EventLayout& layout);
  static bool is_list(const Aggregate& aggregate);

  WindowEvaluator(WindowEvaluator&&) noexcept;
  WindowEvaluator& operator=(WindowEvaluator&&) noexcept;
  ~WindowEvaluator();

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

// The index of the newest event visible at q, by time alone where nothing arrived late; -1 if none.
int64_t newest_visible(const EventsView& events, Micros at);

}  // namespace coterie::features
