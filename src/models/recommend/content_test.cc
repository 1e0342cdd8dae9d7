#include "models/recommend/content.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/test_results.h"
#include "models/recommend/test_content.h"
#include "models/recommend/test_oracle.h"
#include "models/recommend/test_worlds.h"

namespace coterie::recommend {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

ContentColumn texts(ContentKind kind, std::vector<std::string> values) {
  return {.kind = kind,
          .name = content_kind_names()[static_cast<size_t>(kind)],
          .items = 0,
          .texts = std::move(values),
          .numbers = {},
          .dimensions = 0,
          .embeddings = {}};
}

ContentColumn numbers(ContentKind kind, std::vector<double> values) {
  ContentColumn column = texts(kind, {});
  column.numbers = std::move(values);
  return column;
}

std::shared_ptr<const ContentBlocks> blocks_of(int32_t items, std::vector<ContentColumn> columns) {
  return take(encode_content({.items = items, .columns = std::move(columns)}));
}

std::string encode_error(const ItemContent& content) {
  const auto blocks = encode_content(content);
  return blocks.ok() ? "" : blocks.error().to_text();
}

// Cosine of two items in one block; 0 where either has no content.
double block_cosine(const ContentBlock& block, int32_t a, int32_t b) {
  double sum = 0;
  for (int j = 0; j < block.dimensions; ++j) {
    sum += double{block.dense[a * block.dimensions + j]} * block.dense[b * block.dimensions + j];
  }
  if (block.dimensions > 0) return sum;
  for (size_t i = 0; i < block.sparse.row_indices(a).size(); ++i) {
    for (size_t j = 0; j < block.sparse.row_indices(b).size(); ++j) {
      if (block.sparse.row_indices(a)[i] != block.sparse.row_indices(b)[j]) continue;
      sum += double{block.sparse.row_values(a)[i]} * block.sparse.row_values(b)[j];
    }
  }
  return sum;
}

// Σ_b w_b cos_b over the items' norms, by definition.
Dense oracle_cosines(const ContentBlocks& blocks, const ContentOptions& options) {
  const int32_t n = blocks.items;
  std::vector<double> weights;
  for (const ContentBlock& block : blocks.blocks) {
    double alike = 0;
    for (const ContentBlock& other : blocks.blocks) alike += other.kind == block.kind ? 1 : 0;
    weights.push_back(options.weights[static_cast<size_t>(block.kind)] / alike);
  }
  Dense products(n, n);
  for (int32_t a = 0; a < n; ++a) {
    for (int32_t b = 0; b < n; ++b) {
      for (size_t i = 0; i < weights.size(); ++i) {
        products.at(a, b) += weights[i] * block_cosine(blocks.blocks[i], a, b);
      }
    }
  }
  Dense cosines(n, n);
  for (int32_t a = 0; a < n; ++a) {
    for (int32_t b = 0; b < n; ++b) {
      const double norms = std::sqrt(products.at(a, a) * products.at(b, b));
      cosines.at(a, b) = norms > 0 ? products.at(a, b) / norms : 0;
    }
  }
  return cosines;
}

TEST(ContentBlocksTest, PricesApartByDeltaHaveTheCosineOfTheirGaussian) {
  std::vector<double> prices;
  for (int i = 0; i < 60; ++i) prices.push_back(5 * std::exp(i * 0.05));
  prices.push_back(0);
  prices.push_back(kMissing);
  const auto blocks = blocks_of(62, {numbers(ContentKind::kPrice, prices)});
  double mean = 0;
  double squares = 0;
  for (int i = 0; i < 60; ++i) mean += std::log(prices[i]) / 60;
  for (int i = 0; i < 60; ++i) squares += std::pow(std::log(prices[i]) - mean, 2) / 60;
  const double s = std::sqrt(squares) / 2;
  for (int a = 0; a < 60; a += 7) {
    for (int b = 0; b < 60; ++b) {
      const double delta = 0.05 * (a - b);
      EXPECT_NEAR(block_cosine(blocks->blocks[0], a, b), std::exp(-delta * delta / (2 * s * s)),
                  2e-3);
    }
  }
  EXPECT_TRUE(blocks->blocks[0].sparse.row_indices(60).empty());
  EXPECT_TRUE(blocks->blocks[0].sparse.row_indices(61).empty());
}

TEST(ContentBlocksTest, NearCategoriesShareMoreThanFarOnes) {
  const auto blocks =
      blocks_of(5, {texts(ContentKind::kCategory, {"Women > Shirts > Long", "Women>Shirts > Short",
                                                   "Women > Shoes", "Men > Shirts", "Men|Women"})});
  const ContentBlock& block = blocks->blocks[0];
  EXPECT_NEAR(block_cosine(block, 0, 1), 2.0 / 3, 1e-6);
  EXPECT_NEAR(block_cosine(block, 0, 2), 1 / std::sqrt(6.0), 1e-6);
  EXPECT_EQ(block_cosine(block, 0, 3), 0);
  EXPECT_NEAR(block_cosine(block, 4, 3), 0.5, 1e-6);
  EXPECT_NEAR(block_cosine(block, 4, 2), 0.5, 1e-6);
}

TEST(ContentBlocksTest, WhatTellsNothingApartIsLeftOutAndWrongCellsAreErrors) {
  const auto blocks =
      blocks_of(2, {texts(ContentKind::kAttribute, {"same", "same"}),
                    numbers(ContentKind::kAge, {3, 3}), texts(ContentKind::kColour, {"red", ""})});
  ASSERT_EQ(blocks->blocks.size(), 1U);
  EXPECT_TRUE(blocks->has(ContentKind::kColour));
  EXPECT_FALSE(blocks->has(ContentKind::kAge));
  EXPECT_EQ(encode_error({.items = 3, .columns = {texts(ContentKind::kColour, {"red", ""})}}),
            "column 'colour': 2 cells for 3 items");
  ContentColumn wrong = texts(ContentKind::kEmbedding, {});
  wrong.dimensions = 1;
  wrong.embeddings = {1, INFINITY};
  EXPECT_EQ(encode_error({.items = 2, .columns = {wrong}}),
            "column 'embedding': the embedding of item 1 is not finite");
  EXPECT_TRUE(blocks_of(2, {texts(ContentKind::kName, {"a", "a"})})->blocks.empty());
}

TEST(ContentTest, SimilarItemsAndListsEqualTheDefinition) {
  const uint64_t seed = 20240607;
  SCOPED_TRACE(seed);
  ThreadPool pool(2);
  const int32_t items = 160;
  const auto content = random_content(seed, items);
  ContentOptions options{.weights = {1, 0.7, 2, 0.5, 0.3, 1.5, 0.2, 1}, .value_power = 1};
  const Dense cosines = oracle_cosines(*content, options);
  const math::Csr world = group_world(seed, 60, items, 3, 0.2, 0.05);
  Content model(options, content);
  ASSERT_EQ(error_text(model.fit(world, pool)), "");

  std::vector<int32_t> all;
  for (int32_t i = 0; i < items; ++i) all.push_back(i);
  const TopK similar = *model.similar_items(all, items, pool);
  size_t described = 0;
  for (int32_t item = 0; item < items; ++item) described += cosines.at(item, item) > 0 ? 1 : 0;
  for (int32_t item = 0; item < items; ++item) {
    const auto list = similar.list(item);
    ASSERT_EQ(list.size(), cosines.at(item, item) > 0 ? described - 1 : 0U);
    for (size_t r = 0; r < list.size(); ++r) {
      ASSERT_NEAR(similar.scores[int64_t{item} * items + static_cast<int64_t>(r)],
                  cosines.at(item, list[r]), 1e-5);
    }
  }

  Dense scores(world.rows, items);
  for (int32_t user = 0; user < world.rows; ++user) {
    const auto known = world.row_indices(user);
    double norm = 0;
    for (size_t a = 0; a < known.size(); ++a) {
      const double weight = world.row_values(user)[a];
      for (size_t b = 0; b < known.size(); ++b) {
        norm += weight * world.row_values(user)[b] * cosines.at(known[a], known[b]);
      }
      for (int32_t i = 0; i < items; ++i) scores.at(user, i) += weight * cosines.at(known[a], i);
    }
    for (int32_t i = 0; i < items; ++i) scores.at(user, i) /= std::sqrt(norm);
  }
  std::vector<int32_t> users;
  for (int32_t user = 0; user < world.rows; ++user) users.push_back(user);
  expect_scores(*model.recommend(users, world, {.k = items}, pool), scores, world, 1e-5);
}

TEST(ContentTest, NewArticlesAreRecommendedAndOneClickMakesAProfile) {
  ThreadPool pool(2);
  // Items 8 and 9 are new: nobody met them. Users 0-3 met jeans and 4-7 dresses; user 8 clicked
  // once, user 9 never.
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.emplace_back(i % 2 == 0 ? "blue denim jeans" : "silk dress");
  const auto content = blocks_of(10, {texts(ContentKind::kName, names)});
  std::vector<int32_t> users, items;
  for (int32_t user = 0; user < 8; ++user) {
    for (int32_t item = user < 4 ? 0 : 1; item < 8; item += 2) {
      users.push_back(user);
      items.push_back(item);
    }
  }
  users.push_back(8);
  items.push_back(3);
  const std::vector<float> ones(users.size(), 1);
  const auto history = *math::csr_from_entries(10, 10, users, items, ones, pool);
  Content model({}, content);
  ASSERT_EQ(error_text(model.fit(history, pool)), "");
  const std::vector<int32_t> asked{0, 4, 8, 9};
  const TopK lists = *model.recommend(asked, history, {.k = 4}, pool);
  EXPECT_EQ(lists.list(0)[0], 8);  // the new jeans
  EXPECT_EQ(lists.list(1)[0], 9);
  for (int r = 0; r < 4; ++r) EXPECT_EQ(lists.list(2)[r] % 2, 1) << "dresses";
  EXPECT_EQ(lists.list(3)[0], 3) << "what most people met";
}

TEST(ContentTest, AnOldHistoryMakesTheSameProfileAsAFreshOne) {
  ThreadPool pool(1);
  const auto content = random_content(5, 40);
  const std::vector<int32_t> users{0, 0, 1, 1}, items{3, 9, 3, 9};
  const std::vector<float> faded{2e-28F, 1e-28F, 2, 1};
  const auto history = *math::csr_from_entries(2, 40, users, items, faded, pool);
  Content model({}, content);
  ASSERT_EQ(error_text(model.fit(history, pool)), "");
  const TopK lists = *model.recommend(std::vector<int32_t>{0, 1}, history, {.k = 10}, pool);
  for (int r = 0; r < 10; ++r) {
    EXPECT_EQ(lists.items[r], lists.items[10 + r]);
    EXPECT_NEAR(lists.scores[r], lists.scores[10 + r], 1e-6);
  }
}

TEST(ContentTest, ACatalogueAloneHasNeighbours) {
  ThreadPool pool(1);
  const auto content = blocks_of(3, {texts(ContentKind::kColour, {"red", "blue", "red"}),
                                     texts(ContentKind::kAttribute, {"a", "a", "b"})});
  ContentOptions options;
  options.weights[static_cast<size_t>(ContentKind::kColour)] = 3;
  options.weights[static_cast<size_t>(ContentKind::kAttribute)] = 1;
  Content model(options, content);
  ASSERT_EQ(error_text(model.fit_catalogue(pool)), "");
  const TopK similar = *model.similar_items(std::vector<int32_t>{0}, 2, pool);
  EXPECT_EQ(similar.items, (std::vector<int32_t>{2, 1}));
  EXPECT_NEAR(similar.scores[0], 0.75, 1e-6);
  EXPECT_NEAR(similar.scores[1], 0.25, 1e-6);
}

TEST(ContentTest, WrongWeightsAndOtherCataloguesAreErrors) {
  ThreadPool pool(1);
  const math::Csr world = group_world(3, 20, 12, 3, 0.5, 0.1);
  EXPECT_EQ(error_text(Content({}, random_content(1, 11)).fit(world, pool)),
            "content of 11 items for interactions with 12");
  ContentOptions options;
  options.weights.fill(0);
  EXPECT_EQ(error_text(Content(options, random_content(1, 12)).fit(world, pool)),
            "all weights of the content are 0");
  options.weights[2] = -1;
  EXPECT_EQ(error_text(check_options(options)),
            "category: category = -1 is out of range\n  mend: use a value from 0 to 1000000");
  options.weights[2] = 0;
  options.weights[static_cast<size_t>(ContentKind::kAge)] = 1;
  const auto colours = blocks_of(
      12, {texts(ContentKind::kColour, std::vector<std::string>{"r", "g", "r", "g", "r", "g", "r",
                                                                "g", "r", "g", "r", "g"})});
  EXPECT_EQ(error_text(Content(options, colours).fit(world, pool)),
            "nothing that tells items apart has a weight above 0");
}

}  // namespace
}  // namespace coterie::recommend
