#pragma once
// A deterministic thread pool: work is cut into chunks whose bounds depend on the problem alone,
// never on the number of threads, and reductions combine chunk results in chunk order. Same input,
// same bytes, with 1 thread or 64.

#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace coterie {

class ThreadPool {
 public:
  // `threads` >= 1; the calling thread counts as one of them.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;

  // Calls body(begin, end) over [0, n) in chunks of `grain` >= 1 (the last may be shorter), each
  // exactly once, in any order and on any thread; returns when all are done. Chunks are handed out
  // dynamically, in ascending order. A call from inside a body runs inline. Calls from several
  // threads at once are allowed and share the workers. If bodies throw, chunks not yet begun are
  // left out and the exception of the lowest chunk is rethrown here: the same one with any number
  // of threads.
  void parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)>& body);
  // The same, also passing the worker's index in [0, threads()): for scratch memory that belongs to
  // this call. Two bodies of one call never run at the same time under one index.
  void parallel_for_worker(int64_t n, int64_t grain,
                           const std::function<void(int64_t, int64_t, int)>& body);

  // Maps chunks to values and folds them left to right in chunk order.
  template <typename T, typename Map, typename Combine>
  T parallel_reduce(int64_t n, int64_t grain, T identity, const Map& map, const Combine& combine) {
    static_assert(!std::is_same_v<T, bool>,
                  "vector<bool> packs bits of several chunks into a byte");
    const int64_t chunks = grain > 0 ? (n + grain - 1) / grain : 0;
    std::vector<T> parts(static_cast<size_t>(chunks), identity);
    parallel_for(n, grain, [&](int64_t begin, int64_t end) {
      parts[static_cast<size_t>(begin / grain)] = map(begin, end);
    });
    T total = std::move(identity);
    for (T& part : parts) total = combine(std::move(total), std::move(part));
    return total;
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie
