#pragma once
// The events of one entity and one source, growing: what the online state keeps. The indices that
// the evaluator needs are kept up to date by each insertion.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/window/events_view.h"
#include "features/window/text_pool.h"

namespace coterie::features {

// One allocation that grows by halves: 8 bytes an event, 8 or 4 a column, 4 a distinct index, 1 a
// mask and a column, and 16 once something arrived late. Histories of hundreds of events and more
// also keep aggregates of 64 events, made by evaluations that ask for them: at most half a byte an
// event and aggregate, and as much again as room to grow. Not thread-safe, evaluations of a view
// included; views are valid until the next change.
class EntityHistory {
 public:
  // `layout` outlives the history and is the same for all of a source.
  explicit EntityHistory(const EventLayout& layout);

  // In its place by time, wherever that is. At the end O(1) amortised, but that each distinct index
  // searches backwards for the value's last occurrence (16 values a vector step); else O(events).
  void insert(const EventRow& row);
  // Removes the oldest until at most `max_events` are left; returns how many. O(1) an event.
  int64_t keep_newest(int64_t max_events);
  int64_t size() const;
  int64_t bytes() const;  // of the allocation
  // Asks for the allocation, which a read that comes soon would else wait for line by line.
  void prefetch() const;

  // Memory of one thread for the pointers of a view.
  class ViewScratch {
   public:
    ViewScratch();
    ViewScratch(ViewScratch&&) noexcept;
    ViewScratch& operator=(ViewScratch&&) noexcept;
    ~ViewScratch();

   private:
    friend class EntityHistory;
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };
  EventsView view(ViewScratch& scratch) const;

  // All events as bytes, texts written out (pools by column, null where it is no kCode column), so
  // that another process can read them. decode() adds unknown texts to the pools; kCorrupt when the
  // bytes are not what encode() wrote for an equal layout.
  void encode(std::span<const TextPool* const> pools, std::string& out) const;
  static Result<EntityHistory> decode(const EventLayout& layout, std::string_view bytes,
                                      std::span<TextPool* const> pools);

  EntityHistory(EntityHistory&&) noexcept;
  EntityHistory& operator=(EntityHistory&&) noexcept;
  ~EntityHistory();

 private:
  // In place, not behind a pointer: a read waits for memory as often as it follows one.
  struct Impl;
  Impl& own();
  const Impl& own() const;
  alignas(void*) std::byte impl_[32];
};

}  // namespace coterie::features
