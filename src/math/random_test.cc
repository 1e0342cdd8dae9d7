#include "math/random.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/threads.h"

namespace coterie::math {
namespace {

using testing::ElementsAre;

// Known answers published with the Random123 library (kat_vectors).
TEST(Philox, GivesThePublishedKnownAnswers) {
  EXPECT_THAT(philox_4x32_10({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(
      philox_4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
      ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(
      philox_4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(RandomStream, IsTheGeneratorOverSeedPurposeIndexAndPosition) {
  const uint64_t seed = 0x0123456789abcdef;
  const uint64_t index = 0xfedcba9876543210;
  RandomStream stream(seed, 7, index);
  for (uint32_t block = 0; block < 9; ++block) {
    const PhiloxBlock expected =
        philox_4x32_10({block, 7, static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32)},
                       {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
    EXPECT_EQ(stream.next(), uint64_t{expected[1]} << 32 | expected[0]);
    EXPECT_EQ(stream.next(), uint64_t{expected[3]} << 32 | expected[2]);
  }
}

TEST(RandomStream, StreamsThatDifferInOneArgumentShareNoValue) {
  std::set<uint64_t> seen;
  int draws = 0;
  for (const auto& [seed, purpose, index] :
       {std::array<uint64_t, 3>{1, 1, 1}, {2, 1, 1}, {1, 2, 1}, {1, 1, 2}, {1, 1, 1ULL << 32}}) {
    RandomStream stream(seed, static_cast<uint32_t>(purpose), index);
    for (int i = 0; i < 1000; ++i, ++draws) seen.insert(stream.next());
  }
  EXPECT_EQ(static_cast<int>(seen.size()), draws);
}

TEST(RandomStream, UniformStaysInsideItsBoundsWithTheRightMoments) {
  RandomStream stream(3, 0, 0);
  double sum = 0, squares = 0;
  constexpr int kDraws = 400'000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    const double open = stream.uniform_open();
    ASSERT_GT(open, 0.0);
    ASSERT_LT(open, 1.0);
    sum += x;
    squares += x * x;
  }
  // Five standard errors: sd(x) = 0.2887, sd(x^2) = 0.2981.
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * 0.2887 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 5 * 0.2981 / std::sqrt(kDraws));
}

TEST(RandomStream, BelowIsUniformAlsoWhereTheBoundDoesNotDivide) {
  RandomStream stream(4, 0, 0);
  constexpr uint32_t kBound = 7;
  constexpr int kDraws = 140'000;
  std::array<int, kBound> counts{};
  for (int i = 0; i < kDraws; ++i) {
    const uint32_t k = stream.below(kBound);
    ASSERT_LT(k, kBound);
    ++counts[k];
  }
  double chi_square = 0;
  const double expected = static_cast<double>(kDraws) / kBound;
  for (const int count : counts) chi_square += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_square, 27.9);  // 6 degrees of freedom, p = 1e-4
  EXPECT_EQ(stream.below(1), 0u);
}

TEST(RandomStream, BelowHasNoBiasForALargeBound) {
  // 3 * 2^30 values: multiply-shift without rejection would give a third of them double weight.
  RandomStream stream(5, 0, 0);
  constexpr uint32_t kBound = 3U << 30;
  int multiples_of_three = 0;
  constexpr int kDraws = 90'000;
  for (int i = 0; i < kDraws; ++i) multiples_of_three += stream.below(kBound) % 3 == 0;
  EXPECT_NEAR(multiples_of_three, kDraws / 3.0, 5 * std::sqrt(kDraws * 2.0 / 9));
}

TEST(RandomStream, BetweenReachesBothEnds) {
  RandomStream stream(6, 0, 0);
  std::set<int32_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(stream.between(-2, 2));
  EXPECT_THAT(seen, ElementsAre(-2, -1, 0, 1, 2));
}

TEST(RandomStream, SumsDoNotDependOnTheNumberOfThreads) {
  const auto draw_all = [](int threads) {
    ThreadPool pool(threads);
    std::vector<uint64_t> sums(500);
    pool.parallel_for(500, 7, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        RandomStream stream(9, 1, static_cast<uint64_t>(i));
        for (int k = 0; k < 50; ++k) sums[static_cast<size_t>(i)] += stream.next();
      }
    });
    return sums;
  };
  EXPECT_EQ(draw_all(1), draw_all(4));
}

}  // namespace
}  // namespace coterie::math
