#pragma once
// What this machine can do at most, measured: for benchmarks that state their share of it.

#include <cstdint>

#include "base/threads.h"

namespace coterie::math {

struct Roofline {
  double flops = 0;      // single-precision multiply-adds, two FLOP each, per second
  double bandwidth = 0;  // bytes read from memory per second
};

// Runs about half a second on every thread of the pool; best of several repetitions, because other
// processes can only slow it down.
Roofline measure_roofline(ThreadPool& pool);

// Seconds that work of this size needs at least: the larger of its two bounds.
double roofline_seconds(const Roofline& roofline, double flops, double bytes);

}  // namespace coterie::math
