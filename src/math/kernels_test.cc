// Every vector kernel against a plain loop in double, on every instruction set of this machine.
#include "math/kernels.h"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "math/test_matrices.h"

namespace coterie::math {
namespace {

class KernelsTest : public testing::TestWithParam<Isa> {
 protected:
  ScopedIsa isa_{GetParam()};
};

TEST_P(KernelsTest, DotAndAxpyOfEveryLength) {
  for (int n = 0; n < 200; ++n) {
    const auto a = test_matrix(1, 1, n);
    auto b = test_matrix(2, 1, n);
    double expected = 0;
    for (int i = 0; i < n; ++i) expected += static_cast<double>(a[i]) * b[i];
    EXPECT_NEAR(kernels().dot(a.data(), b.data(), n), expected, 1e-5) << "n = " << n;
    const auto before = b;
    kernels().axpy(0.5F, a.data(), b.data(), n);
    for (int i = 0; i < n; ++i) ASSERT_FLOAT_EQ(b[i], before[i] + 0.5F * a[i]) << n << " " << i;
    kernels().scale(-2.0F, b.data(), n);
    for (int i = 0; i < n; ++i) ASSERT_FLOAT_EQ(b[i], -2 * (before[i] + 0.5F * a[i]));
  }
}

TEST_P(KernelsTest, ProductsWithPickedRowsEqualPlainSums) {
  const int32_t ids[] = {5, 0, 11, 5, 3, 7, 1};
  for (const int n : {1, 3, 8, 16, 17, 40, 64, 100}) {
    const int stride = n + 3;
    const auto rows = test_matrix(5, 12, stride);
    const auto x = test_matrix(6, 1, n);
    for (const int count : {0, 1, 3, 4, 7}) {
      std::vector<float> out(8, -9.0F);
      kernels().dot_rows({.base = rows.data(),
                          .stride = stride,
                          .ids = ids,
                          .count = count,
                          .x = x.data(),
                          .n = n,
                          .out = out.data()});
      for (int r = 0; r < 8; ++r) {
        double expected = r < count ? 0 : -9;
        for (int i = 0; r < count && i < n; ++i) {
          expected += static_cast<double>(rows[ids[r] * stride + i]) * x[i];
        }
        ASSERT_NEAR(out[r], expected, 1e-5) << n << " " << r;
      }
    }
  }
}

TEST_P(KernelsTest, PairStepMovesEveryRowAlongItsSlope) {
  for (const int n : {1, 3, 8, 16, 17, 40, 64, 100}) {
    std::vector<float> rows[3] = {test_matrix(7, 1, n), test_matrix(8, 1, n), test_matrix(9, 1, n)};
    const std::vector<float> before[3] = {rows[0], rows[1], rows[2]};
    PairStep job{.user = rows[0].data(), .better = rows[1].data(), .worse = rows[2].data(), .n = n};
    job.pull = 0.7F;
    job.decay = 0.02F;
    const double rates[3] = {0.1, 0.2, 0.3};
    for (int row = 0; row < 3; ++row) job.rates[row] = static_cast<float>(rates[row]);
    kernels().pair_step(job);
    double squares[3] = {};
    for (int i = 0; i < n; ++i) {
      const double slopes[3] = {0.7 * (before[1][i] - before[2][i]) - 0.02 * before[0][i],
                                0.7 * before[0][i] - 0.02 * before[1][i],
                                -0.7 * before[0][i] - 0.02 * before[2][i]};
      for (int row = 0; row < 3; ++row) {
        squares[row] += slopes[row] * slopes[row];
        ASSERT_NEAR(rows[row][i], before[row][i] + rates[row] * slopes[row], 1e-6) << n << " " << i;
      }
    }
    for (int row = 0; row < 3; ++row) EXPECT_NEAR(job.squares[row], squares[row], 1e-4) << n;
  }
}

TEST_P(KernelsTest, APairStepOfSharedRowsDecaysTheOwnPartAndCollectsPulls) {
  for (const int n : {1, 8, 15, 16, 17, 64, 67}) {
    std::vector<float> rows[3], shared[3], pulls[3], before[3];
    PairStep job{.n = n, .pull = 0.7F, .decay = 0.02F, .rates = {0.1F, 0.3F, 0.05F}};
    for (int row = 0; row < 3; ++row) {
      before[row] = rows[row] = test_matrix(21 + static_cast<uint64_t>(row), 1, n);
      shared[row] = test_matrix(31 + static_cast<uint64_t>(row), 1, n);
      pulls[row].assign(static_cast<size_t>(n), 0.5F);
      job.shared[row] = shared[row].data();
      job.pulls[row] = pulls[row].data();
    }
    job.user = rows[0].data();
    job.better = rows[1].data();
    job.worse = rows[2].data();
    kernels().pair_step(job);
    double squares[3] = {};
    for (int i = 0; i < n; ++i) {
      const double expected[3] = {0.7 * (before[1][i] - before[2][i]), 0.7 * before[0][i],
                                  -0.7 * before[0][i]};
      for (int row = 0; row < 3; ++row) {
        const double slope = expected[row] - 0.02 * (before[row][i] - shared[row][i]);
        squares[row] += slope * slope;
        ASSERT_NEAR(rows[row][i], before[row][i] + job.rates[row] * slope, 1e-6) << n << " " << i;
        ASSERT_NEAR(pulls[row][i], 0.5 + expected[row], 1e-6) << n << " " << i;
      }
    }
    for (int row = 0; row < 3; ++row) EXPECT_NEAR(job.squares[row], squares[row], 1e-4) << n;
  }
}

TEST_P(KernelsTest, PanelProductEqualsPlainLoops) {
  for (const int d : {1, 3, 16, 32, 65}) {
    for (const int rows : {1, 2, 5, 12, 29}) {
      for (const int columns : {1, 7, 17, 32}) {
        const auto a = test_matrix(3, rows, d);
        const auto b = test_matrix(4, columns, d);
        std::vector<float> panel(static_cast<size_t>(d) * kPanelWidth, NAN);
        kernels().pack_panel(b.data(), d, columns, d, panel.data());
        std::vector<float> out(static_cast<size_t>(rows) * kPanelWidth);
        kernels().multiply_panel(a.data(), d, rows, d, panel.data(), out.data(), kPanelWidth);
        for (int r = 0; r < rows; ++r) {
          for (int c = 0; c < kPanelWidth; ++c) {
            double expected = 0;
            for (int j = 0; c < columns && j < d; ++j) {
              expected += static_cast<double>(a[r * d + j]) * b[c * d + j];
            }
            ASSERT_NEAR(out[r * kPanelWidth + c], expected, 1e-5) << d << " " << rows;
          }
        }
      }
    }
  }
}

TEST_P(KernelsTest, GramAddsToTheUpperTriangle) {
  for (const int d : {32, 64, 96}) {
    for (const int n : {0, 1, 7, 40}) {
      const auto p = test_matrix(5, n, d);
      std::vector<float> c(static_cast<size_t>(d) * d, 0.25F);
      kernels().add_gram(p.data(), d, n, d, -1.0F, c.data(), d);
      for (int i = 0; i < d; ++i) {
        for (int j = i; j < d; ++j) {
          double expected = 0.25;
          for (int r = 0; r < n; ++r) expected -= static_cast<double>(p[r * d + i]) * p[r * d + j];
          ASSERT_NEAR(c[i * d + j], expected, 1e-5) << d << " " << n << " " << i << " " << j;
        }
      }
    }
  }
}

TEST_P(KernelsTest, RowsProductEqualsPlainLoops) {
  constexpr int kRows = 50;
  for (const int d : {16, 48, 64, 144}) {
    const auto base = test_matrix(10, kRows, d);
    const auto x = test_matrix(11, 1, d);
    for (const int count : {0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 45}) {
      std::vector<int32_t> ids;
      for (int r = 0; r < count; ++r) ids.push_back((r * 7 + 3) % kRows);
      const auto weights = test_matrix(12, 1, count);
      for (const float target : {0.0F, 1.0F}) {
        std::vector<double> expected(static_cast<size_t>(d), 0.5);
        std::vector<double> expected_squares(static_cast<size_t>(d), 0.25);
        for (int r = 0; r < count; ++r) {
          const float* row = &base[static_cast<size_t>(ids[r]) * d];
          double product = 0;
          for (int j = 0; j < d; ++j) product += double{row[j]} * x[j];
          for (int j = 0; j < d; ++j) {
            expected[j] += weights[r] * (target - product) * row[j];
            expected_squares[j] += double{weights[r]} * row[j] * row[j];
          }
        }
        std::vector<float> out(static_cast<size_t>(d), 0.5F);
        std::vector<float> squares(static_cast<size_t>(d), 0.25F);
        const RowsProduct job{.base = base.data(),
                              .stride = d,
                              .ids = ids.data(),
                              .weights = weights.data(),
                              .count = count,
                              .d = d,
                              .target = target,
                              .x = x.data(),
                              .out = out.data(),
                              .squares = squares.data()};
        kernels().add_rows_product(job);
        for (int j = 0; j < d; ++j) {
          ASSERT_NEAR(out[j], expected[j], 2e-5) << d << " " << count << " " << j;
          ASSERT_NEAR(squares[j], expected_squares[j], 2e-5) << d << " " << count << " " << j;
        }
        RowsProduct alone = job;
        std::vector<float> again(static_cast<size_t>(d), 0.5F);
        alone.out = again.data();
        alone.squares = nullptr;
        kernels().add_rows_product(alone);
        ASSERT_EQ(again, out) << "squares must not change the product";
      }
    }
  }
}

// Gaussian elimination in double.
std::vector<double> eliminate(std::vector<std::vector<double>> a, std::vector<double> b) {
  const size_t n = b.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t r = 0; r < n; ++r) {
      if (r == i) continue;
      const double factor = a[r][i] / a[i][i];
      for (size_t j = i; j < n; ++j) a[r][j] -= factor * a[i][j];
      b[r] -= factor * b[i];
    }
  }
  for (size_t i = 0; i < n; ++i) b[i] /= a[i][i];
  return b;
}

TEST_P(KernelsTest, ConjugateGradientsReachTheSolution) {
  constexpr int kRows = 90;
  for (const int d : {16, 48}) {
    const auto base = test_matrix(14, kRows, d);
    for (const int count : {1, 10, 70}) {
      std::vector<int32_t> ids;
      std::vector<float> weights, spectrum;
      for (int r = 0; r < count; ++r) {
        ids.push_back(r);
        weights.push_back(0.5F + 0.1F * static_cast<float>(r % 7));
      }
      for (int j = 0; j < d; ++j) spectrum.push_back(0.1F * static_cast<float>(j));
      std::vector<std::vector<double>> a(d, std::vector<double>(d, 0.0));
      std::vector<double> b(d, 0.0);
      for (int i = 0; i < d; ++i) {
        a[i][i] = 2.0 * spectrum[i] + 0.7;
        for (int r = 0; r < count; ++r) {
          const float* row = &base[static_cast<size_t>(r) * d];
          b[i] += double{weights[r]} * row[i];
          for (int j = 0; j < d; ++j) a[i][j] += double{weights[r]} * row[i] * row[j];
        }
      }
      const auto expected = eliminate(a, b);
      auto x = test_matrix(15, 1, d);
      std::vector<float> scratch(static_cast<size_t>(6) * d);
      RowSystem job{.rows = {.base = base.data(),
                             .stride = d,
                             .ids = ids.data(),
                             .weights = weights.data(),
                             .count = count,
                             .d = d},
                    .spectrum = spectrum.data(),
                    .scale = 2,
                    .shift = 0.7F,
                    .x = x.data(),
                    .steps = 200,
                    .scratch = scratch.data()};
      ASSERT_TRUE(kernels().conjugate_gradients(job));
      for (int j = 0; j < d; ++j) EXPECT_NEAR(x[j], expected[j], 1e-4) << d << " " << count;
      weights[0] = INFINITY;
      EXPECT_FALSE(kernels().conjugate_gradients(job));
    }
  }
}

TEST_P(KernelsTest, FilterKeepsExactlyTheScoresThatReachTheThreshold) {
  const int d = 20;
  for (const int rows : {1, 4, 7, 12}) {
    for (const int columns : {1, 31, 32}) {
      const auto queries = test_matrix(6, rows, d);
      const auto items = test_matrix(7, columns, d);
      std::vector<float> panel(static_cast<size_t>(d) * kPanelWidth);
      kernels().pack_panel(items.data(), d, columns, d, panel.data());
      std::vector<float> scores(static_cast<size_t>(rows) * kPanelWidth);
      kernels().multiply_panel(queries.data(), d, rows, d, panel.data(), scores.data(),
                               kPanelWidth);
      // The threshold of row r is one of its own scores, so that equality is tried too.
      std::vector<float> thresholds;
      std::vector<std::vector<Candidate>> lists(static_cast<size_t>(rows),
                                                std::vector<Candidate>(kPanelWidth));
      std::vector<Candidate*> pointers;
      std::vector<int> counts(static_cast<size_t>(rows), 0);
      for (int r = 0; r < rows; ++r) {
        thresholds.push_back(scores[r * kPanelWidth + r % columns]);
        pointers.push_back(lists[r].data());
      }
      const std::vector<uint32_t> excluded(static_cast<size_t>(rows), 1U << 5);
      ScoreFilter job{queries.data(),
                      d,
                      rows,
                      d,
                      panel.data(),
                      columns,
                      100,
                      thresholds.data(),
                      excluded.data(),
                      pointers.data(),
                      counts.data()};
      kernels().score_filter(job);
      for (int r = 0; r < rows; ++r) {
        std::vector<std::pair<int32_t, float>> expected;
        for (int c = 0; c < columns; ++c) {
          const float score = scores[r * kPanelWidth + c];
          if (score >= thresholds[r] && c != 5) expected.emplace_back(100 + c, score);
        }
        ASSERT_EQ(static_cast<size_t>(counts[r]), expected.size());
        for (int i = 0; i < counts[r]; ++i) {
          EXPECT_EQ(lists[r][i].column, expected[i].first);
          EXPECT_EQ(lists[r][i].score, expected[i].second);
        }
      }
    }
  }
}

TEST_P(KernelsTest, ReachedByIsALowerBoundOfTheKthBest) {
  for (const int n : {1, 5, 16, 33, 400}) {
    for (const int k : {1, 3, 100, 399}) {
      if (k > n) continue;
      auto scores = test_matrix(13, 1, n);
      if (n == 33) std::fill(scores.begin(), scores.end(), -2.0F);
      const float bound = kernels().reached_by(scores.data(), n, k);
      std::sort(scores.begin(), scores.end(), std::greater<>());
      EXPECT_LE(bound, scores[k - 1]) << n << " " << k;
      const float spread = scores.front() - scores.back();
      const auto kept =
          std::count_if(scores.begin(), scores.end(), [&](float score) { return score >= bound; });
      EXPECT_TRUE(kept <= k + k / 16 || scores[k - 1] - bound <= spread / 8192) << n << " " << k;
    }
  }
}

TEST_P(KernelsTest, NearestCentreIsTheFirstOfTheBest) {
  const int d = 5;
  for (const int count : {1, 3, 13, 40}) {
    auto centres = test_matrix(8, count, d);
    if (count > 3)
      std::copy_n(centres.begin(), d, centres.begin() + int64_t{3} * d);  // a tie: 0 and 3
    const auto points = test_matrix(9, kPanelWidth, d);
    std::vector<float> half(static_cast<size_t>(count));
    for (int c = 0; c < count; ++c) {
      half[c] = kernels().dot(&centres[static_cast<size_t>(c) * d],
                              &centres[static_cast<size_t>(c) * d], d) /
                2;
    }
    std::vector<float> panel(static_cast<size_t>(d) * kPanelWidth);
    kernels().pack_panel(points.data(), d, kPanelWidth, d, panel.data());
    std::vector<int32_t> labels(kPanelWidth);
    std::vector<float> gains(kPanelWidth);
    kernels().nearest_in_panel(
        {centres.data(), half.data(), count, d, panel.data(), labels.data(), gains.data()});
    for (int p = 0; p < kPanelWidth; ++p) {
      double best = -1e30;
      for (int c = 0; c < count; ++c) {
        double gain = -half[c];
        for (int j = 0; j < d; ++j) gain += points[p * d + j] * centres[c * d + j];
        best = std::max(best, gain);
      }
      EXPECT_NEAR(gains[p], best, 1e-5);
      double own = -half[labels[p]];
      for (int j = 0; j < d; ++j) own += points[p * d + j] * centres[labels[p] * d + j];
      EXPECT_NEAR(own, best, 1e-5);
      if (count > 3) {
        EXPECT_NE(labels[p], 3) << "of two equal centres the first wins";
      }
    }
  }
}

std::string name_of(const testing::TestParamInfo<Isa>& info) {
  return std::string(isa_name(info.param));
}
TEST_P(KernelsTest, FilterRowFindsWhatReachesTheThreshold) {
  for (const int n : {0, 1, 15, 16, 33, 200}) {
    const auto scores = test_matrix(21, 1, n);
    for (const float threshold : {-2.0F, 0.25F, 2.0F}) {
      std::vector<Candidate> found(static_cast<size_t>(n) + 1);
      const int count = kernels().filter_row(scores.data(), n, 1000, threshold, found.data());
      int expected = 0;
      for (int i = 0; i < n; ++i) {
        if (scores[i] < threshold) continue;
        ASSERT_LT(expected, count);
        EXPECT_EQ(found[expected].column, 1000 + i);
        EXPECT_EQ(found[expected++].score, scores[i]);
      }
      EXPECT_EQ(count, expected) << n;
    }
  }
}

TEST_P(KernelsTest, WeightedRowsEqualPlainLoops) {
  constexpr int kRows = 30;
  constexpr int kStride = 90;
  const auto base = test_matrix(22, kRows, kStride);
  const auto weights = test_matrix(23, 1, kRows);
  for (const int count : {0, 1, 7, 8, 21}) {
    for (const int n : {1, 16, 31, 85}) {
      std::vector<int32_t> ids;
      for (int r = 0; r < count; ++r) ids.push_back((r * 7) % kRows);
      std::vector<float> out(static_cast<size_t>(n), 0.5F);
      kernels().add_weighted_rows({.base = base.data(),
                                   .stride = kStride,
                                   .ids = ids.data(),
                                   .weights = weights.data(),
                                   .count = count,
                                   .n = n,
                                   .out = out.data()});
      for (int j = 0; j < n; ++j) {
        double expected = 0.5;
        for (int r = 0; r < count; ++r) {
          expected += static_cast<double>(weights[r]) * base[ids[r] * kStride + j];
        }
        ASSERT_NEAR(out[j], expected, 1e-5) << count << " rows of " << n;
      }
    }
  }
}

TEST_P(KernelsTest, ProductUpdateEqualsPlainLoops) {
  for (const int rows : {1, 5, kTileMultiple}) {
    for (const int depth : {1, 40}) {
      const auto a = test_matrix(24, depth, kTileMultiple);
      const auto panel = test_matrix(25, depth, kPanelWidth);
      auto c = test_matrix(26, rows, kPanelWidth + 3);
      const auto before = c;
      kernels().subtract_product({.a = a.data(),
                                  .a_step = kTileMultiple,
                                  .rows = rows,
                                  .panel = panel.data(),
                                  .depth = depth,
                                  .c = c.data(),
                                  .c_stride = kPanelWidth + 3});
      for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < kPanelWidth + 3; ++j) {
          double expected = before[i * (kPanelWidth + 3) + j];
          for (int k = 0; j < kPanelWidth && k < depth; ++k) {
            expected -= static_cast<double>(a[k * kTileMultiple + i]) * panel[k * kPanelWidth + j];
          }
          ASSERT_NEAR(c[i * (kPanelWidth + 3) + j], expected, 1e-5) << rows << " x " << depth;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, KernelsTest, testing::ValuesIn(supported_isas()), name_of);

}  // namespace
}  // namespace coterie::math
