#include <chrono>
#include <utility>

#include "base/log.h"
#include "features/online/log_follower_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kEventsAtOnce = 1'024;
// How often the log is looked at without having been woken, and after an error.
constexpr auto kPause = std::chrono::milliseconds(5);
constexpr auto kPauseAfterError = std::chrono::seconds(1);

FoldCounts operator+(const FoldCounts& a, const FoldCounts& b) {
  return {.events = a.events + b.events,
          .rows = a.rows + b.rows,
          .repeated = a.repeated + b.repeated,
          .filtered = a.filtered + b.filtered,
          .ignored = a.ignored + b.ignored,
          .refused = a.refused + b.refused};
}

}  // namespace

Result<FoldWork> FoldWork::make(std::shared_ptr<OnlineState> state, const TimeZone& zone,
                                const std::string& log_folder, events::Offset from) {
  ASSIGN_OR_RETURN(events::EventReader reader, events::EventReader::open(log_folder, from));
  auto folder = std::make_unique<EventFolder>(*state, zone);
  return FoldWork{std::move(state), std::move(folder), std::move(reader)};
}

Result<int64_t> FoldWork::fold(int64_t events) {
  int64_t folded = 0;
  Status read;
  for (; folded < events; ++folded) {
    const auto event = reader.next();
    if (!event.ok()) read = event.error();
    if (!event.ok() || !*event) break;
    folder->fold(**event);
  }
  folder->finish();
  RETURN_IF_ERROR(read);
  return folded;
}

LogFollower::LogFollower(FoldWork work) : work_(std::move(work)) {
  folded_to_ = work_.reader.position();
  thread_ = std::thread([this] { run(); });
}

LogFollower::~LogFollower() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LogFollower::wake() {
  {
    const std::lock_guard lock(mutex_);
    more_ = true;
  }
  wake_.notify_all();
}

void LogFollower::between_events(const Task& task) {
  std::unique_lock lock(mutex_);
  progress_.wait(lock, [&] { return task_ == nullptr; });
  task_ = &task;
  wake_.notify_all();
  progress_.wait(lock, [&] { return task_ != &task; });
}

void LogFollower::run_task(std::unique_lock<std::mutex>& lock) {
  const Task& task = *task_;
  lock.unlock();
  std::optional<FoldWork> replacement = task();
  lock.lock();
  if (replacement) {
    before_ = before_ + work_.folder->counts();
    std::swap(work_, *replacement);
    folded_to_.store(work_.reader.position(), std::memory_order_release);
  }
  task_ = nullptr;
  progress_.notify_all();
}

void LogFollower::set_error(const std::string& error) {
  if (error == error_) return;
  error_ = error;
  if (!error.empty()) log::error("the online features stand still: {}", error);
}

void LogFollower::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (task_ != nullptr) run_task(lock);
    more_ = false;
    lock.unlock();
    const auto folded = work_.fold(kEventsAtOnce);
    folded_to_.store(work_.reader.position(), std::memory_order_release);
    lock.lock();
    set_error(folded.ok() ? "" : folded.error().to_text());
    if (waiting_ > 0) progress_.notify_all();
    if (folded.ok() && *folded == kEventsAtOnce) continue;
    wake_.wait_for(lock, folded.ok() ? std::chrono::microseconds(kPause) : kPauseAfterError,
                   [&] { return stopping_ || more_ || task_ != nullptr; });
  }
}

bool LogFollower::wait_until_folded(events::Offset offset, double timeout_s) const {
  if (folded_to() >= offset) return true;
  std::unique_lock lock(mutex_);
  ++waiting_;
  const bool folded = progress_.wait_for(lock, std::chrono::duration<double>(timeout_s),
                                         [&] { return folded_to() >= offset; });
  --waiting_;
  return folded;
}

FoldCounts LogFollower::counts() const {
  const std::lock_guard lock(mutex_);
  return before_ + work_.folder->counts();
}

std::string LogFollower::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace coterie::features
