#include "text/tf_idf.h"

#include <cmath>

#include <gtest/gtest.h>

namespace coterie::text {
namespace {

using Texts = std::vector<std::string>;

TEST(TfIdf, WeightsByHand) {
  const Texts texts = {"red red dress", "blue dress", "red shoe", ""};
  const TfIdf found = tf_idf(texts, {.min_documents = 2});
  // Three texts have terms; red and dress are in two of them, blue and shoe in one.
  ASSERT_EQ(found.terms, (Texts{"dress", "red"}));
  ASSERT_EQ(found.weights.offsets, (std::vector<int64_t>{0, 2, 3, 4, 4}));
  const double red = 1 + std::log(2.0);
  EXPECT_NEAR(found.weights.values[0], 1 / std::hypot(1, red), 1e-6);
  EXPECT_NEAR(found.weights.values[1], red / std::hypot(1, red), 1e-6);
  EXPECT_EQ(found.weights.row_indices(1)[0], 0);
  EXPECT_FLOAT_EQ(found.weights.row_values(1)[0], 1);
  EXPECT_EQ(found.weights.row_indices(2)[0], 1);
}

TEST(TfIdf, RareTermsWeighMore) {
  const Texts texts = {"wool coat", "wool scarf", "wool coat hood", "hood", "coat", "coat"};
  const TfIdf found = tf_idf(texts, {.min_documents = 1});
  ASSERT_EQ(found.terms, (Texts{"coat", "hood", "scarf", "wool"}));
  const auto third = found.weights.row_values(2);  // coat in 4, hood in 2, wool in 3
  EXPECT_NEAR(third[0] / third[1], std::log(7.0 / 5) / std::log(7.0 / 3), 1e-6);
  EXPECT_NEAR(third[2] / third[1], std::log(7.0 / 4) / std::log(7.0 / 3), 1e-6);
}

TEST(TfIdf, WhatAllTextsHaveIsLeftOut) {
  const TfIdf found = tf_idf(Texts{"new shirt", "new sock", "new shirt"}, {});
  EXPECT_EQ(found.terms, Texts{"shirt"});
  EXPECT_TRUE(tf_idf(Texts{"same", "same"}, {}).terms.empty());
  EXPECT_TRUE(tf_idf({}, {}).weights.offsets == std::vector<int64_t>{0});
}

}  // namespace
}  // namespace coterie::text
