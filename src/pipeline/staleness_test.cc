#include "pipeline/staleness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::pipeline {
namespace {

using testing::ElementsAre;

Step make_step(std::string name, std::vector<std::string> inputs,
               std::vector<std::string> outputs) {
  Step step;
  step.name = std::move(name);
  step.inputs = std::move(inputs);
  step.outputs = std::move(outputs);
  step.config = "k=5";
  return step;
}

// ingest -> dataset -> model, all finished.
class StalenessTest : public testing::Test {
 protected:
  StalenessTest() {
    ingest_ = make_step("ingest", {}, {"customers"});
    ingest_.optional_outputs = {"events"};
    ingest_.outside_state = [this](const data::Project&) { return Result<std::string>(sources_); };
    dataset_ = make_step("dataset", {"customers"}, {"dataset_c"});
    dataset_.optional_inputs = {"events"};
    model_ = make_step("model", {"dataset_c"}, {"segments", "models/segments"});
    state_.versions = {{"customers", 1}, {"dataset_c", 2}, {"segments", 3}, {"models/segments", 1}};
    for (const Step* step : {&ingest_, &dataset_, &model_}) finish(*step);
  }
  void finish(const Step& step) { state_.marks[step.name] = *current_mark(step, state_, project_); }
  Graph graph() const { return *Graph::build({ingest_, dataset_, model_}); }
  std::string reason(const Step& step) const {
    return stale_reason(step, *current_mark(step, state_, project_), state_);
  }
  std::vector<std::string> plan(std::vector<bool> forced = {false, false, false}) const {
    std::vector<std::string> texts;
    const auto steps =
        plan_steps(graph(), {{true, true, true}, std::move(forced)}, state_, project_);
    EXPECT_TRUE(steps.ok());
    for (const PlannedStep& step : *steps) {
      const char* name = step.plan == StepPlan::kFresh   ? "fresh"
                         : step.plan == StepPlan::kStale ? "stale"
                         : step.plan == StepPlan::kOff   ? "off"
                                                         : "follows";
      texts.push_back(step.reason.empty() ? name : std::string(name) + ": " + step.reason);
    }
    return texts;
  }

  data::Project project_;
  std::string sources_ = "a.csv 10 bytes";
  Step ingest_, dataset_, model_;
  WarehouseState state_;
};

TEST_F(StalenessTest, NothingIsStaleWhenNothingChanged) {
  EXPECT_THAT(plan(), ElementsAre("fresh", "fresh", "fresh"));
}

TEST_F(StalenessTest, EveryPartOfTheFingerprintHasItsReason) {
  dataset_.config = "k=6";
  EXPECT_EQ(reason(dataset_), "its settings changed");
  dataset_.config = "k=5";
  dataset_.version = 2;
  EXPECT_EQ(reason(dataset_), "the step's code changed (version 1 to 2)");
  dataset_.version = 1;
  state_.versions["customers"] = 7;
  EXPECT_EQ(reason(dataset_), "customers changed");
  state_.versions["customers"] = 1;
  state_.versions["events"] = 4;
  EXPECT_EQ(reason(dataset_), "events changed");
  state_.versions.erase("events");
  sources_ = "a.csv 11 bytes";
  EXPECT_EQ(reason(ingest_), "its sources changed");
  state_.versions.erase("models/segments");
  EXPECT_EQ(reason(model_), "models/segments is missing");
  state_.versions.erase("segments");
  EXPECT_EQ(reason(model_), "segments and models/segments are missing");
  state_.marks.erase("model");
  EXPECT_EQ(reason(model_), "never ran");
}

TEST_F(StalenessTest, WhatReadsFromAStaleStepMayFollow) {
  sources_ = "b.csv";
  EXPECT_THAT(plan(),
              ElementsAre("stale: its sources changed", "follows: if ingest changes anything",
                          "follows: if dataset changes anything"));
}

TEST_F(StalenessTest, ForceMakesAllStale) {
  EXPECT_THAT(plan({true, true, true}),
              ElementsAre("stale: forced", "stale: forced", "stale: forced"));
  EXPECT_THAT(plan({false, true, false}),
              ElementsAre("fresh", "stale: forced", "follows: if dataset changes anything"));
}

TEST_F(StalenessTest, AnInputThatTheSourcesDoNotGiveSwitchesOffWhatNeedsIt) {
  state_.versions = {{"customers", 1}};
  state_.versions.erase("models/segments");
  state_.marks.erase("model");
  // The dataset finished without making its table: there was nothing to make it from.
  dataset_.optional_outputs = {"dataset_c"};
  dataset_.outputs = {};
  finish(dataset_);
  EXPECT_THAT(plan(), ElementsAre("fresh", "fresh", "off: needs dataset_c"));
}

TEST_F(StalenessTest, WhatNeverRanIsNotOff) {
  state_ = {};
  EXPECT_EQ(off_reason(graph(), 2, state_), "");
  EXPECT_THAT(plan(), ElementsAre("stale: never ran", "stale: never ran", "stale: never ran"));
}

TEST(StepMark, ReadsWhatItWritesAndRefusesTheRest) {
  const StepMark mark = {.step_version = 2,
                         .config = "c",
                         .inputs = {{"t", 5}},
                         .outside = "o",
                         .run_id = "r",
                         .finished_at = 9};
  const auto again = parse_step_mark(mark.to_text());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->to_text(), mark.to_text());
  for (const char* text : {"", "{", "[]", "{}", "{\"step_version\": \"x\"}"}) {
    const auto bad = parse_step_mark(text);
    ASSERT_FALSE(bad.ok()) << text;
    EXPECT_EQ(bad.error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace coterie::pipeline
