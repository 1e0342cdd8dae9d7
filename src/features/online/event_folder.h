#pragma once
// Folds the events of the log into an OnlineState. Whatever stands in an event, folding goes on: a
// payload that is no pushed row, or a row that its source refuses, is counted and left out.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/timezone.h"
#include "events/event.h"
#include "features/online/online_state.h"

namespace coterie::features {

// Since the folder was made.
struct FoldCounts {
  int64_t events = 0;    // seen
  int64_t rows = 0;      // inserted, by entity and source
  int64_t repeated = 0;  // of these events' rows: already there from the checkpoint
  int64_t filtered = 0;  // rows of which the source's `where` is not true
  int64_t ignored = 0;   // events of sources that no online feature reads
  int64_t refused = 0;   // events that are no rows of their source
};

// One thread at a time; counts() beside it.
class EventFolder {
 public:
  // `state` outlives the folder.
  EventFolder(OnlineState& state, const TimeZone& zone);

  // Its rows are on their way; reads see them after finish().
  void fold(const events::Event& event);
  void finish();
  FoldCounts counts() const;

  EventFolder(EventFolder&&) noexcept;
  EventFolder& operator=(EventFolder&&) noexcept;
  ~EventFolder();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
