#include "base/threads.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/check.h"

namespace coterie {
namespace {

using Body = std::function<void(int64_t, int64_t, int)>;

// One parallel_for under way. Lives on the stack of its caller, who leaves last.
struct Job {
  Job(int64_t size, int64_t chunk_size, const Body& what)
      : n(size), grain(chunk_size), body(what) {}

  int64_t n;
  int64_t grain;
  const Body& body;
  std::atomic<int64_t> next_chunk{0};
  int helpers = 0;  // guarded by the pool's mutex
  std::mutex failure_mutex;
  int64_t failed_chunk = -1;
  std::exception_ptr failure;

  int64_t chunks() const { return (n - 1) / grain + 1; }
  bool exhausted() const { return next_chunk.load(std::memory_order_relaxed) >= chunks(); }

  void run(int worker) {
    const int64_t count = chunks();
    while (true) {
      const int64_t chunk = next_chunk.fetch_add(1, std::memory_order_relaxed);
      if (chunk >= count) return;
      const int64_t begin = chunk * grain;
      try {
        body(begin, std::min(n, begin + grain), worker);
      } catch (...) {
        fail(chunk);
      }
    }
  }

  // Chunks are handed out in ascending order, so every chunk below the lowest failed one has been
  // run: which exception wins does not depend on timing.
  void fail(int64_t chunk) {
    next_chunk.store(chunks(), std::memory_order_relaxed);
    const std::lock_guard lock(failure_mutex);
    if (failed_chunk >= 0 && failed_chunk < chunk) return;
    failed_chunk = chunk;
    failure = std::current_exception();
  }
};

// What this thread is doing now, so that a nested call runs inline under the same index.
thread_local const void* current_pool = nullptr;
thread_local int current_worker = 0;

class InsidePool {
 public:
  InsidePool(const void* pool, int worker) : pool_(current_pool), worker_(current_worker) {
    current_pool = pool;
    current_worker = worker;
  }
  ~InsidePool() {
    current_pool = pool_;
    current_worker = worker_;
  }
  InsidePool(const InsidePool&) = delete;
  InsidePool& operator=(const InsidePool&) = delete;

 private:
  const void* pool_;
  int worker_;
};

}  // namespace

struct ThreadPool::Impl {
  std::mutex mutex;
  std::condition_variable work;  // a job came, or the end
  std::condition_variable done;  // a helper left a job
  std::vector<Job*> jobs;
  bool ending = false;
  std::vector<std::thread> workers;

  Job* open_job() {
    for (Job* job : jobs) {
      if (!job->exhausted()) return job;
    }
    return nullptr;
  }

  void serve(int worker) {
    const InsidePool inside(this, worker);
    std::unique_lock lock(mutex);
    while (true) {
      Job* job = nullptr;
      work.wait(lock, [&] { return ending || (job = open_job()) != nullptr; });
      if (ending) return;
      ++job->helpers;
      lock.unlock();
      job->run(worker);
      lock.lock();
      if (--job->helpers == 0) done.notify_all();
    }
  }

  void submit(Job& job) {
    const InsidePool inside(this, 0);
    {
      const std::lock_guard lock(mutex);
      jobs.push_back(&job);
    }
    const int64_t wanted = std::min<int64_t>(job.chunks() - 1, std::ssize(workers));
    for (int64_t i = 0; i < wanted; ++i) work.notify_one();
    job.run(0);
    std::unique_lock lock(mutex);
    std::erase(jobs, &job);
    done.wait(lock, [&] { return job.helpers == 0; });
  }
};

ThreadPool::ThreadPool(int threads) : impl_(std::make_unique<Impl>()) {
  CHECK(threads >= 1);
  for (int worker = 1; worker < threads; ++worker) {
    impl_->workers.emplace_back([this, worker] { impl_->serve(worker); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ending = true;
  }
  impl_->work.notify_all();
  for (std::thread& worker : impl_->workers) worker.join();
}

int ThreadPool::threads() const { return static_cast<int>(impl_->workers.size()) + 1; }

void ThreadPool::parallel_for(int64_t n, int64_t grain,
                              const std::function<void(int64_t, int64_t)>& body) {
  parallel_for_worker(n, grain, [&](int64_t begin, int64_t end, int) { body(begin, end); });
}

void ThreadPool::parallel_for_worker(int64_t n, int64_t grain, const Body& body) {
  CHECK(n >= 0 && grain >= 1);
  if (n == 0) return;
  Job job(n, grain, body);
  if (current_pool != nullptr || job.chunks() == 1 || impl_->workers.empty()) {
    job.run(current_pool == impl_.get() ? current_worker : 0);
  } else {
    impl_->submit(job);
  }
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace coterie
