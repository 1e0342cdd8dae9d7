#include "pipeline/graph.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Step make_step(std::string name, std::vector<std::string> inputs,
               std::vector<std::string> outputs) {
  Step step;
  step.name = std::move(name);
  step.inputs = std::move(inputs);
  step.outputs = std::move(outputs);
  return step;
}

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> result;
  for (const Step& step : graph.steps()) result.push_back(step.name);
  return result;
}

Graph shop() {
  auto graph = Graph::build({make_step("ingest.customers", {}, {"customers"}),
                             make_step("ingest.transactions", {}, {"transactions"}),
                             make_step("datasets.a", {"transactions"}, {"dataset_a"}),
                             make_step("datasets.c", {"customers", "transactions"}, {"dataset_c"}),
                             make_step("models.cf", {"dataset_a"}, {"recommendations_cf"}),
                             make_step("models.segments", {"dataset_c"}, {"customer_segments"})});
  EXPECT_TRUE(graph.ok());
  return *std::move(graph);
}

std::vector<std::string> selected(const Graph& graph, const std::vector<std::string>& patterns) {
  const auto chosen = graph.select(patterns);
  EXPECT_TRUE(chosen.ok());
  std::vector<std::string> result;
  for (int i = 0; i < graph.size(); ++i) {
    if ((*chosen)[static_cast<size_t>(i)])
      result.push_back(graph.steps()[static_cast<size_t>(i)].name);
  }
  return result;
}

TEST(Graph, OrdersProducersFirstAndKeepsTheGivenOrderOtherwise) {
  const auto graph = Graph::build({make_step("c", {"b"}, {"c"}), make_step("a", {}, {"a"}),
                                   make_step("d", {}, {"d"}), make_step("b", {"a"}, {"b"})});
  ASSERT_TRUE(graph.ok());
  EXPECT_THAT(names(*graph), ElementsAre("a", "d", "b", "c"));
  EXPECT_THAT(graph->producers(3), ElementsAre(2));
  EXPECT_THAT(graph->readers(0), ElementsAre(2));
}

TEST(Graph, NamesTheStepsOfACycle) {
  const auto graph = Graph::build({make_step("start", {}, {"s"}), make_step("x", {"s", "z"}, {"x"}),
                                   make_step("y", {"x"}, {"y"}), make_step("z", {"y"}, {"z"}),
                                   make_step("after", {"z"}, {})});
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.error().message, "the steps go in a circle: x -> y -> z -> x");
}

TEST(Graph, NamesTheStepAndTableOfAMissingProducer) {
  const auto graph = Graph::build({make_step("models.cf", {"dataset_a"}, {})});
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.error().message,
            "step 'models.cf' reads table 'dataset_a', which no step writes");
}

TEST(Graph, RefusesTwoProducersAndTwoStepsOfOneName) {
  const auto producers = Graph::build({make_step("a", {}, {"t"}), make_step("b", {}, {"t"})});
  ASSERT_FALSE(producers.ok());
  EXPECT_EQ(producers.error().message, "steps 'a' and 'b' both write table 't'");
  const auto same = Graph::build({make_step("a", {}, {}), make_step("a", {}, {})});
  ASSERT_FALSE(same.ok());
  EXPECT_EQ(same.error().message, "two steps are called 'a'");
}

TEST(Graph, SelectsByNameGroupGlobAndReach) {
  const Graph graph = shop();
  EXPECT_EQ(selected(graph, {}).size(), 6U);
  EXPECT_THAT(selected(graph, {"models.cf"}), ElementsAre("models.cf"));
  EXPECT_THAT(selected(graph, {"datasets"}), ElementsAre("datasets.a", "datasets.c"));
  EXPECT_THAT(selected(graph, {"*.c?"}), ElementsAre("models.cf"));
  EXPECT_THAT(selected(graph, {"+models.cf"}),
              ElementsAre("ingest.transactions", "datasets.a", "models.cf"));
  EXPECT_THAT(selected(graph, {"ingest.customers+"}),
              ElementsAre("ingest.customers", "datasets.c", "models.segments"));
  EXPECT_THAT(selected(graph, {"+datasets.a+"}),
              ElementsAre("ingest.transactions", "datasets.a", "models.cf"));
  EXPECT_THAT(selected(graph, {"models.cf,datasets.c", "ingest.customers"}),
              ElementsAre("ingest.customers", "datasets.c", "models.cf"));
}

TEST(Graph, AnUnknownNameShowsTheNearest) {
  const Graph graph = shop();
  const auto near = graph.select({"+model.cf"});
  ASSERT_FALSE(near.ok());
  EXPECT_EQ(near.error().to_text(),
            "no step is called 'model.cf'\n  mend: did you mean 'models.cf'?");
  EXPECT_EQ(near.error().code, ErrorCode::kInvalidInput);
  const auto far = graph.select({"xxxxxxxxxxxx"});
  ASSERT_FALSE(far.ok());
  EXPECT_THAT(far.error().mend, HasSubstr("choose from: datasets, datasets.a, datasets.c"));
}

// The straightforward recursive definition.
bool naive_glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return naive_glob(pattern.substr(1), text) ||
           (!text.empty() && naive_glob(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         naive_glob(pattern.substr(1), text.substr(1));
}

TEST(Glob, AgreesWithTheRecursiveDefinition) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  int matches = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern, text;
    for (uint64_t n = random() % 7; n > 0; --n) pattern += "ab*?"[random() % 4];
    for (uint64_t n = random() % 8; n > 0; --n) text += "ab"[random() % 2];
    const bool expected = naive_glob(pattern, text);
    matches += expected ? 1 : 0;
    ASSERT_EQ(glob_match(pattern, text), expected) << pattern << " on " << text;
  }
  EXPECT_GT(matches, 1'000);
}

TEST(Graph, EveryRandomAcyclicGraphIsOrdered) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    const int n = 1 + static_cast<int>(random() % 12);
    std::vector<Step> steps;
    for (int i = 0; i < n; ++i) {
      Step step = make_step("s" + std::to_string(i), {}, {"t" + std::to_string(i)});
      for (int j = 0; j < i; ++j) {
        if (random() % 3 == 0) step.inputs.push_back("t" + std::to_string(j));
      }
      steps.push_back(step);
    }
    std::shuffle(steps.begin(), steps.end(), random);
    const auto graph = Graph::build(steps);
    ASSERT_TRUE(graph.ok()) << graph.error().to_text();
    ASSERT_EQ(graph->size(), n);
    for (int i = 0; i < n; ++i) {
      for (const int producer : graph->producers(i)) ASSERT_LT(producer, i);
    }
  }
}

}  // namespace
}  // namespace coterie::pipeline
