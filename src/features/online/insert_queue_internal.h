#pragma once
// Rows on their way into the state, some turns each: at every turn one row goes in, and the memory
// that the next ones need is asked for. What a single row would wait for, one cache miss after the
// other, is fetched for many at once.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "events/event.h"
#include "features/online/online_state.h"
#include "features/plan/row_reader.h"

namespace coterie::features {

// Written by one thread, read by any.
class Counter {
 public:
  int64_t add() {
    const int64_t now = value() + 1;
    value_.store(now, std::memory_order_relaxed);
    return now;
  }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_ = 0;
};

// The folding thread's; the counts anybody's.
class InsertQueue {
 public:
  explicit InsertQueue(OnlineState& state);

  // A row of the event at [offset, next), copied; its codes are found here. Rows go in in order.
  void add(int source, const PushedRow& row, events::Offset offset, events::Offset next);
  // Until all are in: reads see none of them before.
  void finish();

  int64_t inserted() const { return inserted_.value(); }
  int64_t repeated() const { return repeated_.value(); }  // the entity had them already

 private:
  struct Text {
    size_t field = 0;
    size_t begin = 0;  // in `bytes`
    size_t size = 0;
    uint64_t hash = 0;
  };
  struct Row {
    int source = 0;
    events::Offset offset = 0;
    events::Offset next = 0;
    uint64_t hash = 0;  // of the entity
    size_t key_size = 0;
    std::string bytes;  // the key, then the texts
    std::vector<Text> texts;
    Micros time = 0;
    Micros arrived = 0;
    std::vector<EventValue> values;
    std::vector<uint8_t> passes;
  };
  static constexpr int64_t kTurns = 4;  // between the steps of a row
  static constexpr size_t kRows = 16;   // a power of two, more than all turns of a row

  Row& row(int64_t number) { return rows_[static_cast<size_t>(number) % kRows]; }
  void prefetch(int64_t number, Fetch step);
  void insert(Row& row);

  OnlineState& state_;
  std::vector<std::vector<TextPool*>> pools_;  // by source and field
  std::array<Row, kRows> rows_;
  int64_t begin_ = 0;  // the row that goes in next
  int64_t end_ = 0;
  Counter inserted_;
  Counter repeated_;
};

}  // namespace coterie::features
