#pragma once
// The folding thread: follows the log and folds it into the state that it was given last.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/timezone.h"
#include "events/event_reader.h"
#include "features/online/event_folder.h"
#include "features/online/online_state.h"

namespace coterie::features {

// What is folded, into what, from where on.
struct FoldWork {
  std::shared_ptr<OnlineState> state;
  std::unique_ptr<EventFolder> folder;
  events::EventReader reader;

  static Result<FoldWork> make(std::shared_ptr<OnlineState> state, const TimeZone& zone,
                               const std::string& log_folder, events::Offset from);
  // At most `events`; how many there were. On an error the position is that of the event at fault.
  Result<int64_t> fold(int64_t events);
};

// Thread-safe.
class LogFollower {
 public:
  explicit LogFollower(FoldWork work);
  ~LogFollower();
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;

  // There is more in the log.
  void wake();
  // Runs `task` between two events, on the folding thread; returns when it is done. Work that it
  // returns replaces the present one, and must have been folded as far at least.
  using Task = std::function<std::optional<FoldWork>()>;
  void between_events(const Task& task);

  events::Offset folded_to() const { return folded_to_.load(std::memory_order_acquire); }
  bool wait_until_folded(events::Offset offset, double timeout_s) const;
  FoldCounts counts() const;
  std::string error() const;

 private:
  void run();
  void run_task(std::unique_lock<std::mutex>& lock);
  void set_error(const std::string& error);

  FoldWork work_;
  std::atomic<events::Offset> folded_to_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable wake_;      // of the thread
  mutable std::condition_variable progress_;  // of those who wait for it
  const Task* task_ = nullptr;
  mutable int waiting_ = 0;
  bool more_ = false;
  bool stopping_ = false;
  std::string error_;
  FoldCounts before_;  // of the folders before this one
  std::thread thread_;
};

}  // namespace coterie::features
