// Models of sequences from files with times.
#include "lab/lab_test_internal.h"
#include "lab/recommend_problem.h"

namespace coterie::lab {
namespace {

class LabSequenceTest : public LabTest {
 protected:
  // Every user walks along a circle of 12 items, each step a minute after the last.
  std::string walks(bool shuffled) {
    std::string text = "user,item,time\n";
    for (int user = 0; user < 60; ++user) {
      for (int step = 0; step < 6; ++step) {
        const int at = shuffled ? 5 - step : step;
        text += fmt::format("u{},i{},2024-03-01 10:{:02}:00\n", user, (user + at) % 12, at);
      }
    }
    return text;
  }
  Result<Json> next_item(const std::string& train, const std::string& model, int64_t gap = 0) {
    LabRecommendOptions options;
    options.train = train;
    options.split = "leave-last-out";
    options.model = model;
    options.at = {1};
    options.session_gap = gap;
    options.resources = resources();
    return run(options);
  }
};

TEST_F(LabSequenceTest, TheChainKnowsTheNextItemWhateverTheOrderOfTheFile) {
  for (const bool shuffled : {false, true}) {
    const Json report = *next_item(file("walks.csv", walks(shuffled)), "markov");
    EXPECT_EQ(report["metrics"]["recall@1"], 1.0) << shuffled;
    EXPECT_GT(report["chosen"]["trials"], 5);
  }
}

TEST_F(LabSequenceTest, APauseEndsASession) {
  const auto train = file("walks.csv", walks(false));
  const Json whole = *next_item(train, "sessionknn");
  const Json parted = *next_item(train, "sessionknn", 30);
  EXPECT_EQ(parted["users"], 60);
  // Sessions of one item each lead nowhere: what is left is popularity.
  EXPECT_LT(parted["metrics"]["recall@1"], whole["metrics"]["recall@1"]);
}

TEST_F(LabSequenceTest, WhatTrendsIsOfLate) {
  // Everyone met "old" at first; the newest events are all of "new" and of "hit", the test.
  std::string text = "user,item,date\n";
  for (int user = 0; user < 40; ++user) {
    text += fmt::format("u{},{},2024-01-{:02}\n", user, user < 30 ? "old" : "other", user % 9 + 1);
    text +=
        fmt::format("u{},{},2024-06-{:02}\n", user, user % 2 == 0 ? "new" : "hit", user % 9 + 1);
  }
  const auto train = file("train.csv", text);
  const auto test = file("test.csv", "user,item\nu1,new\nu3,new\nfresh,hit\n");
  const Json trending = *recommend(train, test, "trending", {}, {2});
  const Json popular = *recommend(train, test, "popularity", {}, {1});
  EXPECT_EQ(trending["metrics"]["recall@2"], 1.0);
  EXPECT_LT(popular["metrics"]["recall@1"], 1.0);
}

TEST_F(LabSequenceTest, WithoutTimesThereIsNoOrder) {
  const auto train = file("train.csv", "user,item\nu1,a\nu1,b\nu2,a\nu2,b\n");
  const auto test = file("test.csv", "user,item\nu1,c\n");
  EXPECT_EQ(error_of(recommend(train, test, "markov")),
            train +
                ": it is not known when what was met\n  mend: give the file a column time, "
                "timestamp or date, or choose another model");
}

TEST_F(LabSequenceTest, TimesAtBothEndsOfTheirRangeAreFarApart) {
  auto engine = *data::Engine::open({});
  auto connection = *engine.connect();
  ThreadPool pool(1);
  const auto train = file("train.csv",
                          "user,item,time\nu,a,-9000000000000000000\nu,b,-8999999999999999995\n"
                          "u,c,9000000000000000000\n");
  const auto test = file("test.csv", "user,item\nu,d\n");
  const auto problem = read_problem(connection, train, test, std::nullopt,
                                    {.ordered = true, .session_gap = 10}, {}, pool);
  ASSERT_TRUE(problem.ok()) << problem.error().to_text();
  EXPECT_EQ(std::vector<int>(problem->order->starts.begin(), problem->order->starts.end()),
            (std::vector<int>{1, 0, 1}));
}

}  // namespace
}  // namespace coterie::lab
