#pragma once
// The events of many entities and one source, sorted by entity and time: what batch builds read.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/threads.h"
#include "features/window/events_view.h"

namespace coterie::features {

// Rows on their way in, column by column; all arrays have as many rows. Reals are finite; what
// stands under a null does not count.
struct EventChunk {
  std::span<const int32_t> entities;  // [0, entities of the table); negative = left out
  std::span<const Micros> times;
  std::span<const Micros> arrivals = {};  // empty: as the times
  std::span<const EventColumn> columns;
  std::span<const uint8_t* const> passes;  // by filter
};

// Immutable; thread-safe. 8 bytes an event, plus 4 or 8 a column, 1 a column with nulls, 1 a mask
// that leaves any row out, 4 a distinct index, and 16 where events arrived late.
class EventTable {
 public:
  // Where the events of an entity are. Scratch of one thread: it keeps the pointers of the view,
  // which is valid until the next call.
  class Cursor {
   public:
    explicit Cursor(const EventTable& table);
    EventsView events_of(int32_t entity);
    // Asks memory for what windows read of an entity, some microseconds before it is read.
    void prefetch(int32_t entity) const;
    ~Cursor();
    Cursor(Cursor&&) noexcept;

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  int32_t entities() const;
  int64_t events() const;
  int64_t events_of(int32_t entity) const;
  int64_t bytes() const;

  EventTable(EventTable&&) noexcept;
  EventTable& operator=(EventTable&&) noexcept;
  ~EventTable();

 private:
  friend class EventTableBuilder;
  friend class Cursor;
  struct Impl;
  explicit EventTable(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// Collects rows in any order, then sorts. Not thread-safe, but one builder a thread may be filled
// and all of them given to finish(): the table depends on the rows alone.
class EventTableBuilder {
 public:
  // For entities [0, entities).
  EventTableBuilder(EventLayout layout, int32_t entities);
  void add(const EventChunk& chunk);
  int64_t rows() const;  // held now: those left out are not
  int64_t bytes() const;

  // O(rows) and a sort of each entity whose rows were not in order. Builders of one layout and as
  // many entities; they are used up. Their rows are freed as the table grows: both together take
  // hardly more memory than one of them.
  static EventTable finish(std::vector<EventTableBuilder> builders, ThreadPool& pool);

  EventTableBuilder(EventTableBuilder&&) noexcept;
  EventTableBuilder& operator=(EventTableBuilder&&) noexcept;
  ~EventTableBuilder();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
