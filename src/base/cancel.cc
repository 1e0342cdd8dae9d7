#include "base/cancel.h"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace coterie {
namespace {

constexpr int kRepeatMs = 100;

// Lock-free atomics: both are touched by the signal handler.
std::atomic<bool> cancelled{false};
std::atomic<int> wake_descriptor{-1};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void wake_watcher() {
  const int descriptor = wake_descriptor.load();
  if (descriptor < 0) return;
  const uint64_t one = 1;
  // A full counter also wakes the watcher, so the outcome does not matter.
  [[maybe_unused]] const ssize_t written = write(descriptor, &one, sizeof(one));
}

// Calls the hooks from its own thread. Never destroyed: hooks may outlive static objects.
class Watcher {
 public:
  Watcher() {
    const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(descriptor >= 0);
    wake_descriptor.store(descriptor);
    // Signals are left to the threads that the program knows of.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this, descriptor] { run(descriptor); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  int add(std::function<void()> interrupt) {
    const std::lock_guard lock(mutex_);
    hooks_.emplace(next_id_, std::make_shared<std::function<void()>>(std::move(interrupt)));
    if (cancelled.load()) wake_watcher();
    return next_id_++;
  }

  void remove(int id) {
    std::unique_lock lock(mutex_);
    hooks_.erase(id);
    idle_.wait(lock, [&] { return running_ != id; });
  }

 private:
  void run(int descriptor) {
    while (true) {
      pollfd wait{descriptor, POLLIN, 0};
      const bool repeat = cancelled.load() && has_hooks();
      poll(&wait, 1, repeat ? kRepeatMs : -1);
      uint64_t count = 0;
      [[maybe_unused]] const ssize_t got = read(descriptor, &count, sizeof(count));
      if (cancelled.load()) call_hooks();
    }
  }

  bool has_hooks() {
    const std::lock_guard lock(mutex_);
    return !hooks_.empty();
  }

  void call_hooks() {
    std::unique_lock lock(mutex_);
    int id = -1;
    for (auto next = hooks_.upper_bound(id); next != hooks_.end(); next = hooks_.upper_bound(id)) {
      id = next->first;
      running_ = id;
      const auto interrupt = next->second;
      lock.unlock();
      (*interrupt)();
      lock.lock();
      running_ = -1;
      idle_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable idle_;
  std::map<int, std::shared_ptr<std::function<void()>>> hooks_;
  int next_id_ = 0;
  int running_ = -1;
};

Watcher& watcher() {
  static Watcher* instance = new Watcher;
  return *instance;
}

extern "C" void on_signal(int signal_number) {
  const int saved_errno = errno;
  if (cancelled.exchange(true)) {
    // The second one: the default action follows as soon as this handler returns.
    std::signal(signal_number, SIG_DFL);
    raise(signal_number);
  }
  wake_watcher();
  errno = saved_errno;
}

}  // namespace

void install_signal_handlers() {
  watcher();
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A write beyond the limit of file sizes then fails like one on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
}

bool cancel_requested() { return cancelled.load(std::memory_order_relaxed); }

Status check_cancelled() {
  if (cancel_requested()) return cancelled_error();
  return {};
}

void request_cancel() {
  cancelled.store(true);
  wake_watcher();
}

void reset_cancel() { cancelled.store(false); }

CancelHook::CancelHook(std::function<void()> interrupt)
    : id_(watcher().add(std::move(interrupt))) {}
CancelHook::~CancelHook() { watcher().remove(id_); }

}  // namespace coterie
