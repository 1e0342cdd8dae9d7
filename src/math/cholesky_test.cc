#include "math/cholesky.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "math/isa.h"
#include "math/test_matrices.h"

namespace coterie::math {
namespace {

// A = PᵀP + I in a solver, and densely in double beside it.
struct System {
  SpdSolver solver;
  std::vector<double> dense;
};

System make_system(int d, int n) {
  System system;
  system.solver.reset(d);
  const int stride = system.solver.stride();
  const auto values = test_matrix(11, n, d);
  std::vector<float> rows(static_cast<size_t>(n) * stride, 0.0F);
  system.dense.assign(static_cast<size_t>(d) * d, 0.0);
  for (int r = 0; r < n; ++r) {
    for (int i = 0; i < d; ++i) {
      rows[r * stride + i] = values[r * d + i];
      for (int j = 0; j < d; ++j) {
        system.dense[i * d + j] += static_cast<double>(values[r * d + i]) * values[r * d + j];
      }
    }
  }
  system.solver.add_gram(rows.data(), n);
  for (int i = 0; i < d; ++i) {
    system.solver.data()[i * stride + i] += 1.0F;
    system.dense[i * d + i] += 1.0;
  }
  return system;
}

TEST(CholeskyTest, SolvesWhatItFactored) {
  for (const Isa isa : supported_isas()) {
    const ScopedIsa forced(isa);
    for (const int d : {1, 2, 15, 16, 31, 32, 33, 64, 100, 192}) {
      System system = make_system(d, 2 * d + 3);
      ASSERT_TRUE(system.solver.factor()) << isa_name(isa) << " d = " << d;
      const auto truth = test_matrix(12, 1, d);
      std::vector<float> x(static_cast<size_t>(d));
      for (int i = 0; i < d; ++i) {
        double sum = 0;
        for (int j = 0; j < d; ++j) sum += system.dense[i * d + j] * truth[j];
        x[i] = static_cast<float>(sum);
      }
      system.solver.solve(x.data());
      for (int i = 0; i < d; ++i)
        EXPECT_NEAR(x[i], truth[i], 2e-3) << isa_name(isa) << " d = " << d;
    }
  }
}

TEST(CholeskyTest, RefusesWhatIsNotPositiveDefinite) {
  SpdSolver solver;
  for (const float pivot : {0.0F, -1.0F, NAN, INFINITY}) {
    solver.reset(40);
    for (int i = 0; i < 40; ++i) solver.data()[i * solver.stride() + i] = i == 35 ? pivot : 2.0F;
    EXPECT_FALSE(solver.factor()) << pivot;
  }
}

TEST(CholeskyTest, ResetForgetsTheLastSystem) {
  SpdSolver solver;
  solver.reset(3);
  solver.data()[0] = NAN;
  solver.reset(2);
  for (int i = 0; i < 2; ++i) solver.data()[i * solver.stride() + i] = 4.0F;
  ASSERT_TRUE(solver.factor());
  float x[2] = {8, -4};
  solver.solve(x);
  EXPECT_FLOAT_EQ(x[0], 2);
  EXPECT_FLOAT_EQ(x[1], -1);
}

}  // namespace
}  // namespace coterie::math
