#include "steps/segment_names.h"

#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::steps {
namespace {

std::string only_name(const SegmentTraits& traits) {
  return name_segments({traits}, SegmentBasis::kPurchases).front().name;
}

TEST(SegmentNames, ClearTraitsGetTheirName) {
  EXPECT_EQ(only_name({.recency = -0.8, .frequency = 1.5, .monetary = 1.6, .order_value = 0.5}),
            "High value");
  EXPECT_EQ(only_name({.recency = 1.5, .frequency = -0.6, .monetary = -0.5}), "Inactive");
  EXPECT_EQ(only_name({.recency = -0.3, .frequency = 0.2, .monetary = -0.5, .order_value = -1.4}),
            "Budget shoppers");
  EXPECT_EQ(only_name({.recency = -0.7, .frequency = 0.2, .engagement = 1.5}), "Trend followers");
  EXPECT_EQ(only_name({.recency = -0.8, .frequency = -0.7, .monetary = -0.6, .tenure = -1.8}),
            "New users");
  EXPECT_EQ(only_name({.recency = 1.2, .frequency = 0.9, .monetary = 0.8}), "At risk");
  EXPECT_EQ(only_name({}), "Occasional shoppers");
}

TEST(SegmentNames, TheUsualFourOfRecencyFrequencyMoneyAreToldApart) {
  const auto names = name_segments({{.recency = -0.9, .frequency = 1.4, .monetary = 1.4},
                                    {.recency = 1.2, .frequency = -0.8, .monetary = -0.8},
                                    {.recency = -0.8, .frequency = -0.6, .monetary = -0.5},
                                    {.recency = 0.2, .frequency = 0.1, .monetary = 0.1}},
                                   SegmentBasis::kPurchases);
  EXPECT_EQ(names[0].name, "High value");
  EXPECT_EQ(names[1].name, "Inactive");
  EXPECT_EQ(names[2].name, "Recent buyers");
  EXPECT_EQ(names[3].name, "Occasional shoppers");
}

TEST(SegmentNames, WithoutPurchasesTheyTellOfActivity) {
  const auto names = name_segments({{.recency = -0.6, .frequency = 1.6},
                                    {.recency = 1.6, .frequency = -0.2},
                                    {.recency = -1.2, .frequency = -0.6},
                                    {.engagement = 1.5},
                                    {.frequency = 0.4, .engagement = -1.5}},
                                   SegmentBasis::kActivity);
  EXPECT_EQ(names[0].name, "Enthusiasts");
  EXPECT_EQ(names[1].name, "Inactive");
  EXPECT_EQ(names[2].name, "Recent visitors");
  EXPECT_EQ(names[3].name, "Fans");
  EXPECT_EQ(names[4].name, "Choosy");
}

TEST(SegmentNames, OfEventsTheyTellOfUse) {
  const auto names = name_segments({{.recency = -0.6, .frequency = 1.5, .engagement = 0.8},
                                    {.recency = 1.6, .frequency = -0.4},
                                    {.recency = -0.5, .frequency = -0.5, .tenure = -1.6},
                                    {.frequency = -0.7, .engagement = 1.6},
                                    {.frequency = 0.4, .engagement = -1.5}},
                                   SegmentBasis::kEvents);
  EXPECT_EQ(names[0].name, "Heavy users");
  EXPECT_EQ(names[1].name, "Dormant");
  EXPECT_EQ(names[2].name, "New users");
  EXPECT_EQ(names[3].name, "Intense users");
  EXPECT_EQ(names[4].name, "Brief users");
}

// Pairs without a time: nobody can have stayed away.
TEST(SegmentNames, NothingIsSaidOfWhatNoSegmentDiffersIn) {
  const auto names = name_segments({{.frequency = -1.3},
                                    {.frequency = 0.2},
                                    {.frequency = -0.5},
                                    {.frequency = 0.9},
                                    {.frequency = 1.6}},
                                   SegmentBasis::kActivity);
  EXPECT_EQ(names[0].name, "Light visitors");
  EXPECT_EQ(names[1].name, "Occasional visitors");
  EXPECT_EQ(names[2].name, "Casual visitors");
  EXPECT_EQ(names[3].name, "Frequent visitors");
  EXPECT_EQ(names[4].name, "Enthusiasts");
  const auto near = name_segments({{.frequency = -1.1},
                                   {.frequency = -0.35},
                                   {.frequency = 0.2},
                                   {.frequency = 0.9},
                                   {.frequency = 1.9}},
                                  SegmentBasis::kActivity);
  EXPECT_EQ(near[1].name, "Casual visitors");
  EXPECT_EQ(near[2].name, "Occasional visitors");
  // Purchases without prices: nobody can have spent more.
  const auto unpriced = name_segments({{.recency = -0.8, .frequency = 1.4},
                                       {.recency = 1.3, .frequency = -0.8},
                                       {.recency = -0.9, .frequency = -0.6},
                                       {.recency = 0.2, .frequency = 0.1}},
                                      SegmentBasis::kPurchases);
  EXPECT_EQ(unpriced[0].name, "Frequent buyers");
  EXPECT_EQ(unpriced[1].name, "Inactive");
  EXPECT_EQ(unpriced[2].name, "Recent buyers");
  EXPECT_EQ(unpriced[3].name, "Occasional shoppers");
  std::vector<SegmentTraits> many;
  for (int s = 0; s < kSegmentNames; ++s) many.push_back({.frequency = s / 4.0 - 1.4});
  int without = 0;
  for (const SegmentName& name : name_segments(many, SegmentBasis::kActivity)) {
    EXPECT_THAT(name.meaning, testing::Not(testing::HasSubstr("stayed away")));
    EXPECT_THAT(name.meaning, testing::Not(testing::HasSubstr("long time")));
    if (name.name.starts_with("Group ")) ++without;
  }
  EXPECT_GT(without, 0);
}

TEST(SegmentNames, NeverTwoSegmentsOfOneNameWhateverTheTraits) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  for (int round = 0; round < 500; ++round) {
    std::vector<SegmentTraits> segments(1 + random() % kSegmentNames);
    const bool alike = round % 5 == 0;
    for (SegmentTraits& traits : segments) {
      if (alike) continue;
      traits = {.recency = normal(random),
                .frequency = normal(random),
                .monetary = normal(random),
                .order_value = normal(random),
                .tenure = normal(random),
                .engagement = normal(random)};
    }
    const auto basis = static_cast<SegmentBasis>(round % 3);
    std::set<std::string> names = {name_of_absent(basis).name};
    for (const SegmentName& name : name_segments(segments, basis)) {
      EXPECT_FALSE(name.name.empty());
      EXPECT_FALSE(name.meaning.empty());
      names.insert(name.name);
    }
    ASSERT_EQ(names.size(), segments.size() + 1);
  }
}

}  // namespace
}  // namespace coterie::steps
