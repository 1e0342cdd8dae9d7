#include "base/threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <latch>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace coterie {
namespace {

TEST(ThreadPool, VisitsEveryIndexOnceInTheChunksPromised) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 60; ++round) {
    ThreadPool pool(static_cast<int>(random() % 8) + 1);
    const auto n = static_cast<int64_t>(random() % 3000);
    const auto grain = static_cast<int64_t>(random() % 400) + 1;
    std::vector<std::atomic<int>> seen(static_cast<size_t>(n));
    std::atomic<int> misshapen = 0;
    pool.parallel_for(n, grain, [&](int64_t begin, int64_t end) {
      if (begin % grain != 0 || end != std::min(n, begin + grain)) ++misshapen;
      for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
    });
    EXPECT_EQ(misshapen, 0);
    for (const auto& count : seen) ASSERT_EQ(count, 1);
  }
}

// A sum whose bits depend on the order of additions.
double sum_of_wild_values(ThreadPool& pool, const std::vector<double>& values) {
  return pool.parallel_reduce(
      std::ssize(values), 37, 0.0,
      [&](int64_t begin, int64_t end) {
        double sum = 0;
        for (int64_t i = begin; i < end; ++i) sum += values[static_cast<size_t>(i)];
        return sum;
      },
      [](double a, double b) { return a + b; });
}

TEST(ThreadPool, SameBytesWithAnyNumberOfThreads) {
  std::mt19937_64 random(42);
  std::vector<double> values(20'000);
  for (double& value : values) {
    value = std::ldexp(static_cast<double>(static_cast<int64_t>(random())),
                       static_cast<int>(random() % 120) - 60);
  }
  ThreadPool single(1);
  const double expected = sum_of_wild_values(single, values);
  ASSERT_NE(expected, std::accumulate(values.rbegin(), values.rend(), 0.0))
      << "the values do not tell one order from another";
  for (int threads = 2; threads <= 8; ++threads) {
    ThreadPool pool(threads);
    for (int repeat = 0; repeat < 20; ++repeat) {
      const double sum = sum_of_wild_values(pool, values);
      ASSERT_EQ(std::memcmp(&sum, &expected, sizeof(sum)), 0) << threads << " threads";
    }
  }
}

TEST(ThreadPool, ReducesInChunkOrder) {
  ThreadPool pool(4);
  const std::string text = pool.parallel_reduce(
      26, 3, std::string(),
      [](int64_t begin, int64_t end) {
        std::string part;
        for (int64_t i = begin; i < end; ++i) part += static_cast<char>('a' + i);
        return part;
      },
      [](std::string a, std::string b) { return std::move(a) + std::move(b); });
  EXPECT_EQ(text, "abcdefghijklmnopqrstuvwxyz");
}

TEST(ThreadPool, NothingToDoCallsNothing) {
  ThreadPool pool(3);
  pool.parallel_for(0, 5, [](int64_t, int64_t) { FAIL() << "called"; });
  EXPECT_EQ(pool.parallel_reduce(
                0, 5, 7, [](int64_t, int64_t) { return 1; }, [](int a, int b) { return a + b; }),
            7);
}

TEST(ThreadPool, WorkersHaveScratchOfTheirOwn) {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> inside(static_cast<size_t>(pool.threads()));
  std::atomic<int> clashes = 0;
  pool.parallel_for_worker(5000, 1, [&](int64_t, int64_t, int worker) {
    if (++inside.at(static_cast<size_t>(worker)) != 1) ++clashes;
    std::this_thread::yield();
    --inside[static_cast<size_t>(worker)];
  });
  EXPECT_EQ(clashes, 0);
}

TEST(ThreadPool, RunsOnAllItsThreads) {
  ThreadPool pool(3);
  EXPECT_EQ(pool.threads(), 3);
  // Nobody passes before all three have come.
  std::latch all(3);
  pool.parallel_for(3, 1, [&](int64_t, int64_t) { all.arrive_and_wait(); });
}

TEST(ThreadPool, CallsFromInsideRunInline) {
  ThreadPool pool(4);
  ThreadPool other(2);
  std::atomic<int64_t> sum = 0;
  std::atomic<int> moved = 0;
  pool.parallel_for_worker(8, 1, [&](int64_t outer, int64_t, int worker) {
    const auto here = std::this_thread::get_id();
    pool.parallel_for_worker(10, 3, [&](int64_t begin, int64_t end, int inner_worker) {
      if (std::this_thread::get_id() != here || inner_worker != worker) ++moved;
      for (int64_t i = begin; i < end; ++i) sum += outer * 10 + i;
    });
    other.parallel_for(2, 1, [&](int64_t, int64_t) {
      if (std::this_thread::get_id() != here) ++moved;
    });
  });
  EXPECT_EQ(sum, 79 * 80 / 2);
  EXPECT_EQ(moved, 0);
}

TEST(ThreadPool, TakesCallsFromSeveralThreadsAtOnce) {
  ThreadPool pool(3);
  std::atomic<int64_t> sum = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 50; ++repeat) {
        pool.parallel_for(100, 7, [&](int64_t begin, int64_t end) { sum += end - begin; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 50 * 100);
}

TEST(ThreadPool, RethrowsTheLowestChunksException) {
  for (int threads = 1; threads <= 8; ++threads) {
    ThreadPool pool(threads);
    for (int repeat = 0; repeat < 20; ++repeat) {
      try {
        pool.parallel_for(1000, 1, [](int64_t i, int64_t) {
          if (i >= 13 && i % 2 == 1) throw std::runtime_error("chunk " + std::to_string(i));
        });
        FAIL() << "nothing thrown";
      } catch (const std::runtime_error& error) {
        ASSERT_STREQ(error.what(), "chunk 13") << threads << " threads";
      }
    }
    std::atomic<int> after = 0;
    pool.parallel_for(10, 1, [&](int64_t, int64_t) { ++after; });
    EXPECT_EQ(after, 10);
  }
}

TEST(ThreadPool, ALaterExceptionOfAHigherChunkDoesNotReplaceALower) {
  ThreadPool pool(2);
  std::latch both(2);
  try {
    pool.parallel_for(2, 1, [&](int64_t i, int64_t) {
      both.arrive_and_wait();
      if (i == 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      throw std::runtime_error("chunk " + std::to_string(i));
    });
    FAIL() << "nothing thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "chunk 0");
  }
}

TEST(ThreadPool, ReturnsOnlyWhenTheSlowestChunkIsDone) {
  ThreadPool pool(2);
  std::latch both(2);
  std::atomic<int> finished = 0;
  const auto caller = std::this_thread::get_id();
  pool.parallel_for(2, 1, [&](int64_t, int64_t) {
    both.arrive_and_wait();
    if (std::this_thread::get_id() != caller) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ++finished;
  });
  EXPECT_EQ(finished, 2);
}

TEST(ThreadPool, AnExceptionOfANestedCallComesThrough) {
  ThreadPool pool(2);
  EXPECT_THROW(pool.parallel_for(4, 1,
                                 [&](int64_t, int64_t) {
                                   pool.parallel_for(
                                       4, 1, [](int64_t, int64_t) { throw std::bad_alloc(); });
                                 }),
               std::bad_alloc);
}

}  // namespace
}  // namespace coterie
