#pragma once
// Reads the values of a request out of the online state, as of any moment: usually now. Sliding
// windows are exact at that moment.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/timezone.h"
#include "features/online/online_state.h"
#include "features/plan/request_plan.h"

namespace coterie::features {

// Where readers find the state that serves now; it is exchanged as a whole by `materialize`.
class ServingState {
 public:
  explicit ServingState(std::shared_ptr<OnlineState> state) { exchange(std::move(state)); }
  std::shared_ptr<OnlineState> get() const { return state_.load(); }
  int64_t number() const { return number_.load(std::memory_order_acquire); }
  void exchange(std::shared_ptr<OnlineState> state) {
    state_.store(std::move(state));
    number_.fetch_add(1, std::memory_order_release);
  }

 private:
  std::atomic<std::shared_ptr<OnlineState>> state_;
  std::atomic<int64_t> number_ = 0;
};

// The entities of a request. By kind of OnlineReader::kinds(), as many keys as rows; a key is
// entity_key() of the join keys (row_reader.h).
struct ReadInput {
  int64_t rows = 0;
  std::span<const std::span<const std::string_view>> keys;
  Micros at = 0;
  std::span<const expr::ColumnData> request = {};  // by FeaturePlan::request_fields()
};

// One thread's; cheap enough to keep one a thread and service, some ten µs to make. Answers of an
// entity are consistent (its lock is held for all its sources); of several, each is of its moment.
class OnlineReader {
 public:
  // All of these outlive the reader. It does not keep a state alive that was exchanged.
  OnlineReader(const ServingState& serving, const RequestPlan& request, const TimeZone& zone);

  // Names of the entities whose keys a read needs, for ReadInput::keys.
  const std::vector<std::string>& kinds() const;

  // Fills `values` by output of the request. An entity of which nothing is known is kNotFound in
  // statuses. Texts are valid until the next read. About 1 µs and 20 ns a feature for one row.
  void read(const ReadInput& input, std::vector<ValueColumn>& values);

  OnlineReader(OnlineReader&&) noexcept;
  OnlineReader& operator=(OnlineReader&&) noexcept;
  ~OnlineReader();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
