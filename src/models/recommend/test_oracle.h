#pragma once
// For tests: the formulas of the linear models in double on small dense matrices, written down
// before the fast code and without its tricks.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "math/sparse.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct Dense {
  int rows = 0, cols = 0;
  std::vector<double> values;
  Dense(int r, int c) : rows(r), cols(c), values(static_cast<size_t>(r) * c, 0.0) {}
  double& at(int r, int c) { return values[static_cast<size_t>(r) * cols + c]; }
  double at(int r, int c) const { return values[static_cast<size_t>(r) * cols + c]; }
};

inline double mean_value(const math::Csr& matrix) {
  double sum = 0;
  for (const float value : matrix.values) sum += value;
  return sum / static_cast<double>(matrix.values.size());
}

// (c / mean)^power.
inline Dense dense_of(const math::Csr& matrix, double power) {
  const double mean = mean_value(matrix);
  Dense out(matrix.rows, matrix.cols);
  for (int r = 0; r < matrix.rows; ++r) {
    const auto columns = matrix.row_indices(r);
    for (size_t i = 0; i < columns.size(); ++i) {
      out.at(r, columns[i]) = std::pow(matrix.row_values(r)[i] / mean, power);
    }
  }
  return out;
}

inline Dense transposed(const Dense& a) {
  Dense out(a.cols, a.rows);
  for (int r = 0; r < a.rows; ++r) {
    for (int c = 0; c < a.cols; ++c) out.at(c, r) = a.at(r, c);
  }
  return out;
}

inline Dense product(const Dense& a, const Dense& b) {
  Dense out(a.rows, b.cols);
  for (int r = 0; r < a.rows; ++r) {
    for (int k = 0; k < a.cols; ++k) {
      for (int c = 0; c < b.cols; ++c) out.at(r, c) += a.at(r, k) * b.at(k, c);
    }
  }
  return out;
}

// Every unseen item of every user is listed with the score that the oracle gives it (where that is
// not 0: models may rank those as they like).
inline void expect_scores(const TopK& lists, const Dense& scores, const math::Csr& history,
                          double tolerance) {
  for (int user = 0; user < scores.rows; ++user) {
    const auto seen = history.row_indices(user);
    const auto list = lists.list(user);
    std::vector<int> place(static_cast<size_t>(scores.cols), -1);
    for (size_t r = 0; r < list.size(); ++r) place[list[r]] = static_cast<int>(r);
    for (int item = 0; item < scores.cols; ++item) {
      const bool known = std::binary_search(seen.begin(), seen.end(), item);
      ASSERT_EQ(place[item] < 0, known) << "user " << user << ", item " << item;
      if (known || scores.at(user, item) == 0) continue;
      const float score = lists.scores[int64_t{user} * lists.k + place[item]];
      ASSERT_NEAR(score, scores.at(user, item), tolerance) << "user " << user << ", item " << item;
    }
  }
}

}  // namespace coterie::recommend
