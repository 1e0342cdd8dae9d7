#pragma once
// For benchmarks: every core of this machine, and what they can do at most.

#include <thread>

#include "base/threads.h"
#include "math/roofline.h"

namespace coterie::math {

inline ThreadPool& bench_pool() {
  static ThreadPool instance(static_cast<int>(std::thread::hardware_concurrency()));
  return instance;
}

// Measured at the first call, with bench_pool().
inline const Roofline& bench_roofline() {
  static const Roofline measured = measure_roofline(bench_pool());
  return measured;
}

}  // namespace coterie::math
