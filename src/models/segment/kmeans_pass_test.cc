// The passes of k-means against slow ones, and their kernels against scalar twins.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "models/segment/kmeans_kernels_internal.h"
#include "models/segment/kmeans_pass_internal.h"

namespace coterie::segment {
namespace {

// In [-1, 1).
float noise(uint64_t seed, int64_t i) {
  return static_cast<float>(mix64(seed * 1'000'003 + static_cast<uint64_t>(i)) >> 40) / 8388608.0F -
         1.0F;
}

ScaledTable make_table(uint64_t seed, int64_t rows, int d, float offset = 0) {
  ScaledTable table;
  table.rows = rows;
  table.d = d;
  table.values = RowMemory(static_cast<size_t>(rows * d));
  for (int64_t i = 0; i < rows * d; ++i) {
    // Overlapping clouds: some rows are near two centres, most are not.
    const float middle = 3 * noise(seed + 1, static_cast<int64_t>(mix64(i / d) % 9) * d + i % d);
    table.values[i] = offset + middle + noise(seed, i);
  }
  for (int64_t row = 0; row < rows; ++row) {
    double norm = 0;
    for (int j = 0; j < d; ++j) norm += std::pow(table.row(row)[j], 2);
    table.norms.push_back(static_cast<float>(norm));
  }
  return table;
}

std::vector<float> first_rows(const ScaledTable& table, int64_t count) {
  return {table.row(0), table.row(count)};
}

double distance(const float* a, const float* b, int d) {
  double sum = 0;
  for (int j = 0; j < d; ++j) sum += std::pow(double{a[j]} - b[j], 2);
  return std::sqrt(sum);
}

// Every label is a nearest centre, but for what single precision cannot tell apart.
void expect_nearest(const ScaledTable& table, const std::vector<float>& centres, int k,
                    const std::vector<int32_t>& labels, double tolerance) {
  for (int64_t row = 0; row < table.rows; ++row) {
    double least = std::numeric_limits<double>::infinity();
    for (int c = 0; c < k; ++c) {
      least =
          std::min(least, distance(table.row(row), centres.data() + int64_t{c} * table.d, table.d));
    }
    const double found =
        distance(table.row(row), centres.data() + int64_t{labels[row]} * table.d, table.d);
    ASSERT_LE(found, least + tolerance) << "row " << row;
  }
}

void expect_sums(const ScaledTable& table, int k, const LloydPasses& passes) {
  std::vector<double> sums(static_cast<size_t>(k) * table.d, 0.0);
  std::vector<double> weights(static_cast<size_t>(k), 0.0);
  for (int64_t row = 0; row < table.rows; ++row) {
    const int32_t label = passes.labels()[row];
    weights[label] += table.weight(row);
    for (int j = 0; j < table.d; ++j) {
      sums[int64_t{label} * table.d + j] += table.weight(row) * table.row(row)[j];
    }
  }
  for (int c = 0; c < k; ++c) ASSERT_NEAR(passes.sums().weights[c], weights[c], 1e-9) << c;
  for (size_t i = 0; i < sums.size(); ++i) ASSERT_NEAR(passes.sums().sums[i], sums[i], 1e-7) << i;
}

std::vector<float> means(const LloydPasses& passes, std::vector<float> centres, int d) {
  for (size_t i = 0; i < centres.size(); ++i) {
    const double weight = passes.sums().weights[i / static_cast<size_t>(d)];
    if (weight > 0) centres[i] = static_cast<float>(passes.sums().sums[i] / weight);
  }
  return centres;
}

TEST(LloydPassesTest, EveryPassEqualsTheSlowWay) {
  for (const math::Isa isa : math::supported_isas()) {
    const math::ScopedIsa scope(isa);
    for (const int d : {1, 3, 16, 37}) {
      for (const int k : {1, 2, 7, 13, 40}) {
        SCOPED_TRACE(testing::Message() << math::isa_name(isa) << " d " << d << " k " << k);
        const ScaledTable table = make_table(7, 3000, d);
        std::vector<float> centres = first_rows(table, k);
        LloydPasses passes(table, k);
        ThreadPool pool(2);
        for (int pass = 0; pass < 12; ++pass) {
          passes.run(centres, pool);
          ASSERT_NO_FATAL_FAILURE(expect_nearest(table, centres, k, passes.labels(), 2e-5));
          ASSERT_NO_FATAL_FAILURE(expect_sums(table, k, passes));
          centres = means(passes, std::move(centres), d);
        }
      }
    }
  }
}

TEST(LloydPassesTest, RowsThatCannotHaveChangedAreNotLookedAt) {
  const ScaledTable table = make_table(3, 20'000, 8);
  std::vector<float> centres = first_rows(table, 9);
  LloydPasses passes(table, 9);
  ThreadPool pool(2);
  passes.run(centres, pool);
  EXPECT_EQ(passes.rows_looked_at(), 20'000);
  EXPECT_TRUE(passes.changed());
  for (int pass = 0; pass < 30; ++pass) {
    centres = means(passes, std::move(centres), 8);
    passes.run(centres, pool);
  }
  EXPECT_LT(passes.rows_looked_at(), 5'000);
  passes.run(centres, pool);
  EXPECT_LE(passes.rows_looked_at(), 5) << "only those in the middle between two centres";
  EXPECT_FALSE(passes.changed());
  // One centre far off: only what is near it, or was, can be told apart from nothing else.
  centres[0] += 50;
  passes.run(centres, pool);
  EXPECT_GT(passes.rows_looked_at(), 0);
  ASSERT_NO_FATAL_FAILURE(expect_nearest(table, centres, 9, passes.labels(), 2e-5));
}

TEST(LloydPassesTest, AFarCentreDoesNotMakeTheOthersLoose) {
  const ScaledTable table = make_table(4, 5000, 6);
  std::vector<float> centres = first_rows(table, 4);
  centres[18] = 1e5F;
  LloydPasses passes(table, 4);
  ThreadPool pool(1);
  passes.run(centres, pool);
  passes.run(centres, pool);
  EXPECT_LE(passes.rows_looked_at(), 5);
}

TEST(LloydPassesTest, WithVeryManyColumnsEveryRowIsLookedAt) {
  const ScaledTable table = make_table(6, 64, 50'000);
  const std::vector<float> centres = first_rows(table, 2);
  LloydPasses passes(table, 2);
  ThreadPool pool(1);
  for (int pass = 0; pass < 2; ++pass) {
    passes.run(centres, pool);
    EXPECT_EQ(passes.rows_looked_at(), 64);
  }
}

// Far from the origin norms drown the gaps; what is lost is speed.
TEST(LloydPassesTest, FarFromTheOriginLabelsStayRight) {
  const ScaledTable table = make_table(5, 2000, 4, 1000);
  std::vector<float> centres = first_rows(table, 6);
  LloydPasses passes(table, 6);
  ThreadPool pool(1);
  for (int pass = 0; pass < 10; ++pass) {
    passes.run(centres, pool);
    ASSERT_NO_FATAL_FAILURE(expect_nearest(table, centres, 6, passes.labels(), 0.5));
    centres = means(passes, std::move(centres), 4);
  }
}

TEST(LloydPassesTest, EqualForAnyNumberOfThreadsWithAndWithoutWeights) {
  for (const bool weighted : {false, true}) {
    ScaledTable table = make_table(11, 50'000, 5);
    std::vector<float> weights;
    for (int64_t row = 0; row < table.rows; ++row) {
      weights.push_back(row % 5 == 0 ? 0.0F : std::pow(10.0F, 4 * noise(9, row)));
    }
    if (weighted) table.weights = weights;
    std::vector<std::vector<double>> found;
    for (const int threads : {1, 2, 5}) {
      ThreadPool pool(threads);
      LloydPasses passes(table, 6);
      std::vector<float> centres = first_rows(table, 6);
      for (int pass = 0; pass < 8; ++pass) {
        passes.run(centres, pool);
        centres = means(passes, std::move(centres), 5);
      }
      found.push_back(passes.sums().sums);
      if (weighted) {
        std::vector<double> by_label(6, 0.0);
        for (int64_t row = 0; row < table.rows; ++row) {
          by_label[passes.labels()[row]] += table.weight(row);
        }
        for (int c = 0; c < 6; ++c) {
          EXPECT_NEAR(passes.sums().weights[c], by_label[c], 1e-9 * by_label[c]);
        }
      }
    }
    EXPECT_EQ(found[0], found[1]);
    EXPECT_EQ(found[0], found[2]);
  }
}

TEST(LloydPassesTest, AMovedRowIsLookedAtAgain) {
  const ScaledTable table = make_table(2, 100, 2);
  std::vector<float> centres{0, 0, 1e6F, 1e6F};
  LloydPasses passes(table, 2);
  ThreadPool pool(1);
  passes.run(centres, pool);
  EXPECT_EQ(passes.sums().weights, (std::vector<double>{100, 0}));
  passes.move(17, 1);
  EXPECT_EQ(passes.labels()[17], 1);
  ASSERT_NO_FATAL_FAILURE(expect_sums(table, 2, passes));
  passes.run(centres, pool);
  EXPECT_EQ(passes.rows_looked_at(), 1);
  EXPECT_EQ(passes.sums().weights, (std::vector<double>{100, 0}));
  ASSERT_NO_FATAL_FAILURE(expect_sums(table, 2, passes));
}

TEST(PassKernelsTest, NearestTwoEqualsAScalarTwin) {
  for (const math::Isa isa : math::supported_isas()) {
    const math::ScopedIsa scope(isa);
    const PassKernels& kernels = pass_kernels();
    for (const int d : {1, 16, 33}) {
      for (const int k : {1, 2, 7, 12, 13, 100}) {
        SCOPED_TRACE(testing::Message() << math::isa_name(isa) << " d " << d << " k " << k);
        const ScaledTable points = make_table(1, math::kPanelWidth, d);
        const ScaledTable centres = make_table(2, k, d);
        std::vector<float> panel(static_cast<size_t>(d) * math::kPanelWidth), tiles, half;
        math::kernels().pack_panel(points.values.data(), d, math::kPanelWidth, d, panel.data());
        for (int c = 0; c < k; ++c) half.push_back(centres.norms[c] / 2);
        const int count = tile_count(k, kernels.tile_rows);
        for (int t = 0; t < count; ++t) {
          for (int j = 0; j < d; ++j) {
            for (int c = tile_start(k, count, t); c < tile_start(k, count, t + 1); ++c) {
              tiles.push_back(centres.row(c)[j]);
            }
          }
        }
        int32_t labels[math::kPanelWidth];
        float gaps[math::kPanelWidth];
        kernels.nearest_two({tiles.data(), half.data(), k, d, panel.data(), 1e-6F, labels, gaps});
        for (int i = 0; i < math::kPanelWidth; ++i) {
          std::vector<double> distances;
          for (int c = 0; c < k; ++c) {
            distances.push_back(distance(points.row(i), centres.row(c), d));
          }
          const double own = distances[labels[i]];
          std::sort(distances.begin(), distances.end());
          EXPECT_NEAR(own, distances[0], 1e-4);
          if (k == 1) {
            EXPECT_EQ(gaps[i], std::numeric_limits<float>::infinity());
          } else {
            EXPECT_LE(gaps[i], distances[1] - distances[0] + 1e-6);
            EXPECT_GE(gaps[i], distances[1] - distances[0] - 0.05);
          }
        }
      }
    }
  }
}

TEST(PassKernelsTest, SmallLoopsEqualScalarTwins) {
  for (const math::Isa isa : math::supported_isas()) {
    const math::ScopedIsa scope(isa);
    const PassKernels& kernels = pass_kernels();
    for (const int n : {0, 1, 15, 16, 17, 100}) {
      for (const int clusters : {3, 16, 50}) {
        SCOPED_TRACE(testing::Message() << math::isa_name(isa) << " n " << n);
        std::vector<float> slacks, thresholds;
        std::vector<int32_t> labels, expected;
        for (int c = 0; c < std::max(clusters, kLooseRoom); ++c) thresholds.push_back(noise(4, c));
        for (int i = 0; i < n; ++i) {
          labels.push_back(static_cast<int32_t>(mix64(i) % clusters));
          slacks.push_back(i % 7 == 0 ? thresholds[labels.back()] : noise(5, i));
          if (i % 11 == 3) slacks.back() = std::numeric_limits<float>::quiet_NaN();
          if (!(slacks.back() > thresholds[labels.back()])) expected.push_back(i);
        }
        std::vector<int32_t> found(static_cast<size_t>(n) + kLooseRoom);
        found.resize(static_cast<size_t>(kernels.find_loose(
            {slacks.data(), labels.data(), thresholds.data(), clusters, n}, found.data())));
        EXPECT_EQ(found, expected);
      }
      std::vector<float> a, b;
      std::vector<double> sums(static_cast<size_t>(n) + 1, 0.25);
      double squares = 0;
      for (int i = 0; i < n; ++i) {
        a.push_back(noise(6, i));
        b.push_back(noise(7, i));
        squares += std::pow(double{a.back()} - b.back(), 2);
      }
      kernels.add_row(a.data(), n, -1.5, sums.data());
      for (int i = 0; i < n; ++i) EXPECT_DOUBLE_EQ(sums[i], 0.25 - 1.5 * double{a[i]});
      EXPECT_EQ(sums.back(), 0.25) << "nothing behind the row";
      std::vector<float> scaled(static_cast<size_t>(n) + 1, 7.0F);
      std::vector<double> means, factors;
      double norm = 0;
      for (int i = 0; i < n; ++i) {
        means.push_back(noise(8, i));
        factors.push_back(0.5 + noise(9, i) / 4);
      }
      const double found_norm =
          kernels.scale_row(a.data(), means.data(), factors.data(), n, scaled.data());
      for (int i = 0; i < n; ++i) {
        EXPECT_EQ(scaled[i], static_cast<float>((double{a[i]} - means[i]) * factors[i]));
        norm += std::pow(double{scaled[i]}, 2);
      }
      EXPECT_NEAR(found_norm, norm, 1e-12 * (1 + norm));
      EXPECT_EQ(scaled.back(), 7.0F) << "nothing behind the row";
      EXPECT_TRUE(kernels.all_within(a.data(), n, 1));
      for (int i = 0; i < n; i += 5) {
        for (const float wrong : {-1.5F, 1.5F, std::numeric_limits<float>::quiet_NaN(),
                                  -std::numeric_limits<float>::infinity()}) {
          std::vector<float> bad = a;
          bad[i] = wrong;
          EXPECT_FALSE(kernels.all_within(bad.data(), n, 1)) << wrong << " at " << i;
        }
      }
      EXPECT_NEAR(kernels.squared_distance(a.data(), b.data(), n), squares, 1e-12 * (1 + squares));
    }
  }
}

}  // namespace
}  // namespace coterie::segment
