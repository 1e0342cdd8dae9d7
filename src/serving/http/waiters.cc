#include <utility>

#include "base/check.h"
#include "serving/http/waiters_internal.h"

namespace coterie::serving::internal {

void Waiters::add(std::unique_ptr<ThreadContext> means) {
  means_.push_back(std::move(means));
  threads_.emplace_back([this, own = means_.back().get()] { work(*own); });
}

void Waiters::run(Task task) {
  CHECK(!threads_.empty());
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Waiters::work(ThreadContext& means) {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task(means);
    task = nullptr;
    means.access.flush();
    lock.lock();
  }
}

void Waiters::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace coterie::serving::internal
