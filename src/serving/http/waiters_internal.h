#pragma once
// Threads for handlers that wait (RouteOptions::waits): each takes one request at a time.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "serving/http/thread_context_internal.h"

namespace coterie::serving::internal {

// Thread-safe, but that nothing is added or run after stop().
class Waiters {
 public:
  ~Waiters() { stop(); }

  // One more thread, which answers with these means.
  void add(std::unique_ptr<ThreadContext> means);
  // In order, as soon as a thread is free; there is one at least.
  using Task = std::move_only_function<void(ThreadContext& means)>;
  void run(Task task);
  // Ends the threads once nothing is left to run.
  void stop();

 private:
  void work(ThreadContext& means);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<ThreadContext>> means_;
  std::vector<std::thread> threads_;
};

}  // namespace coterie::serving::internal
