#include "models/recommend/als.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancel.h"
#include "math/isa.h"
#include "models/recommend/als_solver_internal.h"
#include "models/recommend/test_worlds.h"

namespace coterie::recommend {
namespace {

// The normal equations of one row by Gaussian elimination in double: the slow twin of both solvers.
std::vector<double> naive_row(const math::Csr& matrix, int32_t row, const std::vector<float>& fixed,
                              const AlsOptions& o) {
  const int d = o.factors;
  std::vector<std::vector<double>> a(d, std::vector<double>(d + 1, 0.0));
  for (int32_t c = 0; c < matrix.cols; ++c) {
    for (int i = 0; i < d; ++i) {
      for (int j = 0; j < d; ++j) {
        a[i][j] += o.unobserved_weight * fixed[c * d + i] * fixed[c * d + j];
      }
    }
  }
  double sum = 0;
  for (size_t e = 0; e < matrix.row_indices(row).size(); ++e) {
    const float* v = &fixed[int64_t{matrix.row_indices(row)[e]} * d];
    const double c = matrix.row_values(row)[e];
    sum += c;
    for (int i = 0; i < d; ++i) {
      for (int j = 0; j < d; ++j) a[i][j] += c * v[i] * v[j];
      a[i][d] += c * v[i];
    }
  }
  for (int i = 0; i < d; ++i) a[i][i] += row_penalty(o, sum, matrix.cols);
  for (int i = 0; i < d; ++i) {
    for (int r = 0; r < d; ++r) {
      if (r == i) continue;
      const double factor = a[r][i] / a[i][i];
      for (int j = i; j <= d; ++j) a[r][j] -= factor * a[i][j];
    }
  }
  std::vector<double> x;
  for (int i = 0; i < d; ++i) x.push_back(a[i][d] / a[i][i]);
  return x;
}

std::vector<float> random_factors(uint64_t seed, int64_t n, int d) {
  std::vector<float> values;
  for (int64_t i = 0; i < n * d; ++i) {
    math::RandomStream random(seed, 9, static_cast<uint64_t>(i));
    values.push_back(static_cast<float>(0.3 * math::normal(random)));
  }
  return values;
}

using Solve = Status (*)(const HalfSweep&, std::span<float>, ThreadPool&);

// Every row, on every instruction set, from a start far from the solution. Rows of about 3 entries
// and of about 60: both sides of the factor count.
void expect_naive_solution(Solve solve) {
  ThreadPool pool(2);
  for (const math::Isa isa : math::supported_isas()) {
    const math::ScopedIsa forced(isa);
    for (const int d : {1, 7, 40, 70}) {
      AlsOptions options;
      options.factors = d;
      options.cg_steps = 2 * d + 8;  // as many as solve the system
      for (const double density : {0.03, 0.6}) {
        const math::Csr matrix = group_world(5, 40, 100, 1, density, 0);
        const auto fixed = random_factors(3, 100, d);
        std::vector<float> out(static_cast<size_t>(40) * d, 7.0F);
        ASSERT_TRUE(solve({matrix, fixed, options}, out, pool).ok());
        for (int32_t row = 0; row < 40; ++row) {
          const auto expected = naive_row(matrix, row, fixed, options);
          for (int j = 0; j < d; ++j) {
            ASSERT_NEAR(out[row * d + j], matrix.row_indices(row).empty() ? 0 : expected[j], 2e-3)
                << "d = " << d << ", row " << row << ", " << math::isa_name(isa);
          }
        }
      }
    }
  }
}

TEST(AlsTest, ExactSolverEqualsNaiveEliminationOnShortAndLongRows) {
  expect_naive_solution(solve_exact);
}

TEST(AlsTest, ConjugateGradientsReachTheNaiveSolution) { expect_naive_solution(solve_conjugate); }

TEST(AlsTest, TwoConjugateStepsASweepFollowTheExactSolver) {
  const math::Csr world = group_world(3, 400, 250, 4, 0.2, 0.03);
  ThreadPool pool(2);
  AlsOptions options{.factors = 32, .sweeps = 10};
  Als conjugate(options);
  options.solver = AlsSolver::kExact;
  Als exact(options);
  ASSERT_TRUE(conjugate.fit(world, pool).ok());
  ASSERT_TRUE(exact.fit(world, pool).ok());
  EXPECT_NEAR(conjugate.loss(world, pool), exact.loss(world, pool), 0.01 * exact.loss(world, pool));
}

TEST(AlsTest, LossFallsWithEverySweepAndSolversMeet) {
  const math::Csr world = group_world(3, 200, 120, 4, 0.3, 0.03);
  ThreadPool pool(2);
  AlsOptions options;
  options.factors = 16;
  options.block = 4;
  double last[3];
  for (const AlsSolver solver :
       {AlsSolver::kExact, AlsSolver::kBlock, AlsSolver::kConjugateGradient}) {
    options.solver = solver;
    options.sweeps = 1;
    Als model(options);
    ASSERT_TRUE(model.fit(world, pool).ok());
    double loss = model.loss(world, pool);
    for (int sweep = 0; sweep < 60; ++sweep) {
      ASSERT_TRUE(model.refit(world, 1, pool).ok());
      const double next = model.loss(world, pool);
      EXPECT_LE(next, loss * (1 + 1e-5));
      loss = next;
    }
    last[static_cast<int>(solver)] = loss;
  }
  EXPECT_NEAR(last[0], last[1], 0.01 * last[1]);
  EXPECT_NEAR(last[2], last[1], 0.01 * last[1]);
}

TEST(AlsTest, FactorsOfTrainedUsersEqualTheirFoldIn) {
  const math::Csr world = group_world(11, 100, 60, 3, 0.4, 0.05);
  ThreadPool pool(1);
  AlsOptions options;
  options.factors = 12;
  options.sweeps = 40;
  Als model(options);
  ASSERT_TRUE(model.fit(world, pool).ok());
  for (int32_t user = 0; user < world.rows; ++user) {
    const auto folded = *model.fold_in(world.row_indices(user), world.row_values(user));
    for (int j = 0; j < 12; ++j) {
      EXPECT_NEAR(folded[j], model.user_factors()[user * 12 + j], 0.02);
    }
  }
}

TEST(AlsTest, ExplanationsSumToTheScore) {
  const math::Csr world = group_world(11, 100, 60, 3, 0.4, 0.05);
  ThreadPool pool(1);
  Als model(AlsOptions{.factors = 12, .sweeps = 6});
  ASSERT_TRUE(model.fit(world, pool).ok());
  const auto items = world.row_indices(5);
  const auto folded = *model.fold_in(items, world.row_values(5));
  for (const int32_t item : {0, 17, 59}) {
    double score = 0;
    for (int j = 0; j < 12; ++j) score += folded[j] * model.item_factors()[item * 12 + j];
    const auto shares = *model.explain(item, items, world.row_values(5));
    ASSERT_EQ(shares.size(), items.size());
    double sum = 0;
    for (size_t i = 0; i < shares.size(); ++i) {
      sum += shares[i].share;
      if (i > 0) {
        EXPECT_GE(shares[i - 1].share, shares[i].share);
      }
    }
    EXPECT_NEAR(sum, score, 1e-4);
  }
  EXPECT_EQ(model.explain(60, items, world.row_values(5)).error().message,
            "item 60 is outside of the model's 60");
}

TEST(AlsTest, RecommendsAndRelatesWithinPlantedGroups) {
  const math::Csr world = group_world(2, 300, 150, 3, 0.3, 0.02);
  ThreadPool pool(2);
  Als model(AlsOptions{.factors = 8, .sweeps = 10});
  ASSERT_TRUE(model.fit(world, pool).ok());
  int right = 0;
  for (int32_t user = 0; user < 300; ++user) {
    const TopK top = *model.recommend({&user, 1}, world, {.k = 10}, pool);
    for (const int32_t item : top.list(0)) right += item % 3 == user % 3;
  }
  EXPECT_GT(right, 0.95 * 3000);
  int related = 0;
  for (int32_t item = 0; item < 150; ++item) {
    const TopK top = *model.similar_items({&item, 1}, 10, pool);
    for (const int32_t other : top.list(0)) related += other % 3 == item % 3;
  }
  EXPECT_GT(related, 0.95 * 1500);
}

TEST(AlsTest, ReachesTheOracleRankerOnLatentTastes) {
  const TasteWorld world = taste_world(4, 2000, 500, 3);
  ThreadPool pool(2);
  Als model(AlsOptions{.factors = 8, .unobserved_weight = 0.3, .regularisation = 0.03});
  ASSERT_TRUE(model.fit(world.train, pool).ok());
  double reached = 0;
  double oracle = 0;
  for (int32_t user = 0; user < 2000; ++user) {
    const auto truth = world.test.row_indices(user);
    if (truth.empty()) continue;
    const auto gain = [&](std::span<const int32_t> list) {
      double sum = 0;
      for (size_t r = 0; r < list.size(); ++r) {
        if (std::binary_search(truth.begin(), truth.end(), list[r])) sum += 1 / std::log2(r + 2.0);
      }
      return sum;
    };
    const TopK top = *model.recommend({&user, 1}, world.train, {.k = 10}, pool);
    reached += gain(top.list(0));
    TopK best(1, 10);
    math::select_top_k({&world.scores[int64_t{user} * 500], 500}, world.train.row_indices(user), 0,
                       best);
    oracle += gain(best.list(0));
  }
  EXPECT_GT(reached, 0.9 * oracle) << reached / oracle;
}

TEST(AlsTest, RefitTakesNewUsersAndItemsAndRefusesFewer) {
  const math::Csr small = group_world(2, 100, 60, 3, 0.3, 0.02);
  const math::Csr large = group_world(2, 130, 75, 3, 0.3, 0.02);
  ThreadPool pool(1);
  Als model(AlsOptions{.factors = 8, .sweeps = 8});
  ASSERT_TRUE(model.fit(small, pool).ok());
  ASSERT_TRUE(model.refit(large, 2, pool).ok());
  EXPECT_EQ(model.users(), 130);
  EXPECT_EQ(model.items(), 75);
  Als cold(AlsOptions{.factors = 8, .sweeps = 2});
  ASSERT_TRUE(cold.fit(large, pool).ok());
  EXPECT_LT(model.loss(large, pool), cold.loss(large, pool) * 1.02);
  EXPECT_EQ(model.refit(small, 2, pool).error().message,
            "100 x 60 interactions cannot continue a model of 130 x 75");
}

TEST(AlsTest, NamesTheOptionThatIsWrong) {
  const math::Csr world = group_world(2, 20, 10, 1, 0.5, 0);
  ThreadPool pool(1);
  Als model(AlsOptions{.factors = 0});
  EXPECT_EQ(model.fit(world, pool).error().to_text(),
            "factors: factors = 0 is out of range\n  mend: use a value from 1 to 4096");
  Als no_penalty(AlsOptions{.regularisation = 0});
  EXPECT_FALSE(no_penalty.fit(world, pool).ok());
}

TEST(AlsTest, StopsWhenCancelled) {
  const math::Csr world = group_world(2, 200, 100, 1, 0.5, 0);
  ThreadPool pool(2);
  Als model(AlsOptions{.sweeps = 1000});
  request_cancel();
  const Status status = model.fit(world, pool);
  reset_cancel();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coterie::recommend
