#include "math/roofline.h"

#include <algorithm>
#include <vector>

#include "base/clock.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define COTERIE_EVERY_ISA \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define COTERIE_EVERY_ISA
#endif

namespace coterie::math {
namespace {

constexpr int kChains = 16;  // independent sums: more than latency times width
constexpr int kLanes = 16;
constexpr int64_t kSteps = 1 << 18;
constexpr int64_t kWords = int64_t{1} << 25;  // 256 MiB: beyond any cache
constexpr int kRepetitions = 7;

typedef float Lanes __attribute__((vector_size(64)));
typedef uint64_t Words __attribute__((vector_size(64)));

COTERIE_EVERY_ISA float multiply_add(int64_t steps, float factor) {
  Lanes sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = static_cast<float>(c) - Lanes{};
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 16
    for (int c = 0; c < kChains; ++c) sums[c] = sums[c] * factor + factor;
  }
  float total = 0;
  for (const Lanes& sum : sums) total += sum[0];
  return total;
}

COTERIE_EVERY_ISA uint64_t read_words(const uint64_t* words, int64_t count) {
  Words sums[4] = {};
  for (int64_t i = 0; i + 32 <= count; i += 32) {
    const auto* block = reinterpret_cast<const Words*>(words + i);
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) sums[v] += block[v];
  }
  return (sums[0] + sums[1] + sums[2] + sums[3])[0];
}

}  // namespace

Roofline measure_roofline(ThreadPool& pool) {
  Roofline best;
  const int threads = pool.threads();
  std::vector<float> results(static_cast<size_t>(threads));
  std::vector<Words> memory(static_cast<size_t>(kWords / 8), Words{} + 1);
  const auto* words = reinterpret_cast<const uint64_t*>(memory.data());
  std::vector<uint64_t> sums(static_cast<size_t>(threads));
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    const Stopwatch compute;
    pool.parallel_for(threads, 1, [&](int64_t begin, int64_t) {
      results[begin] = multiply_add(kSteps * 8, 0.5F);
    });
    const double flops = 2.0 * kSteps * 8 * kChains * kLanes * threads;
    best.flops = std::max(best.flops, flops / compute.seconds());
    const Stopwatch reading;
    const int64_t share = kWords / threads / 32 * 32;
    pool.parallel_for(threads, 1, [&](int64_t begin, int64_t) {
      sums[begin] = read_words(words + begin * share, share);
    });
    best.bandwidth =
        std::max(best.bandwidth, static_cast<double>(share * threads) * 8 / reading.seconds());
  }
  return best;
}

double roofline_seconds(const Roofline& roofline, double flops, double bytes) {
  return std::max(flops / roofline.flops, bytes / roofline.bandwidth);
}

}  // namespace coterie::math
