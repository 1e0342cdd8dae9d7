#include "pipeline/tracking.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"

namespace coterie::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TrackingTest : public testing::Test {
 protected:
  TrackingTest() {
    project_.folder = folder_.path();
    project_.tracking = "sqlite:tracking.db";
  }
  Tracking open() {
    auto tracking = Tracking::open(project_);
    EXPECT_TRUE(tracking.ok()) << tracking.error().to_text();
    return *std::move(tracking);
  }

  TemporaryFolder folder_;
  data::Project project_;
};

RunRecord make_run(const std::string& id, Micros started) {
  return {.run_id = id,
          .command = "coterie run",
          .state = "running",
          .started_at = started,
          .process = 1,
          .program = "0.1.0",
          .error = ""};
}

StepRecord make_step(const std::string& name, const std::string& state) {
  StepRecord step;
  step.step = name;
  step.version = 3;
  step.state = state;
  return step;
}

TEST_F(TrackingTest, KeepsRunsStepsAndTheirDetailsOverProcesses) {
  {
    Tracking tracking = open();
    ASSERT_TRUE(tracking.begin_run(make_run("r1", 10)).ok());
    StepRecord step = make_step("models.cf", "ok");
    step.reason = "never ran";
    step.seconds = 1.5;
    step.rows = 12;
    step.peak_bytes = 1 << 20;
    step.metrics = {{"als.ndcg@10", 0.25}, {"popularity.ndcg@10", 0.125}};
    step.inputs = {{"dataset_a", 7, -1}};
    step.outputs = {{"recommendations_cf", 9, 12}};
    step.notes = {"first", "second"};
    ASSERT_TRUE(tracking.save_step("r1", step).ok());
    ASSERT_TRUE(tracking.finish_run("r1", "ok", 20, 1 << 21, "").ok());
  }
  const Tracking tracking = open();
  const auto runs = tracking.runs(10);
  ASSERT_TRUE(runs.ok());
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(runs->front().state, "ok");
  EXPECT_EQ(runs->front().finished_at, 20);
  const auto steps = tracking.steps("r1");
  ASSERT_TRUE(steps.ok());
  ASSERT_EQ(steps->size(), 1U);
  const StepRecord& step = steps->front();
  EXPECT_EQ(step.version, 3);
  EXPECT_EQ(step.reason, "never ran");
  EXPECT_EQ(step.rows, 12);
  EXPECT_EQ(step.metrics.at("als.ndcg@10"), 0.25);
  EXPECT_THAT(step.notes, ElementsAre("first", "second"));
  ASSERT_EQ(step.inputs.size(), 1U);
  EXPECT_EQ(step.inputs[0].version, 7);
  ASSERT_EQ(step.outputs.size(), 1U);
  EXPECT_EQ(step.outputs[0].rows, 12);
}

TEST_F(TrackingTest, SavingAStepAgainReplacesItsDetails) {
  Tracking tracking = open();
  ASSERT_TRUE(tracking.begin_run(make_run("r1", 10)).ok());
  StepRecord step = make_step("a", "running");
  step.metrics = {{"x", 1}};
  step.notes = {"old"};
  ASSERT_TRUE(tracking.save_step("r1", step).ok());
  step.state = "ok";
  step.metrics = {{"y", 2}};
  step.notes = {};
  ASSERT_TRUE(tracking.save_step("r1", step).ok());
  const auto steps = tracking.steps("r1");
  ASSERT_TRUE(steps.ok());
  ASSERT_EQ(steps->size(), 1U);
  EXPECT_EQ(steps->front().state, "ok");
  EXPECT_EQ(steps->front().metrics, (std::map<std::string, double>{{"y", 2}}));
  EXPECT_TRUE(steps->front().notes.empty());
}

TEST_F(TrackingTest, LineageSaysWhichStepWroteWhichVersionFromWhat) {
  Tracking tracking = open();
  for (int64_t i = 1; i <= 2; ++i) {
    const std::string id = "r" + std::to_string(i);
    ASSERT_TRUE(tracking.begin_run(make_run(id, i)).ok());
    StepRecord step = make_step("datasets.a", "ok");
    step.inputs = {{"transactions", 10 * i, -1}};
    step.outputs = {{"dataset_a", 100 * i, 5}};
    ASSERT_TRUE(tracking.save_step(id, step).ok());
  }
  const auto all = tracking.lineage("dataset_a");
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->front().run_id, "r2");
  const auto first = tracking.lineage("dataset_a", 100);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->size(), 1U);
  EXPECT_EQ(first->front().step, "datasets.a");
  ASSERT_EQ(first->front().inputs.size(), 1U);
  EXPECT_EQ(first->front().inputs[0].table, "transactions");
  EXPECT_EQ(first->front().inputs[0].version, 10);
}

TEST_F(TrackingTest, ADeadRunIsInterruptedAndItsUnfinishedStepsToo) {
  Tracking tracking = open();
  ASSERT_TRUE(tracking.begin_run(make_run("dead", 1)).ok());
  ASSERT_TRUE(tracking.save_step("dead", make_step("a", "ok")).ok());
  ASSERT_TRUE(tracking.save_step("dead", make_step("b", "running")).ok());
  const auto closed = tracking.close_interrupted();
  ASSERT_TRUE(closed.ok());
  EXPECT_THAT(*closed, ElementsAre("dead"));
  EXPECT_EQ((*tracking.run("dead"))->state, "interrupted");
  const auto steps = tracking.steps("dead");
  ASSERT_TRUE(steps.ok());
  std::map<std::string, std::string> states;
  for (const StepRecord& step : *steps) states[step.step] = step.state;
  EXPECT_EQ(states, (std::map<std::string, std::string>{{"a", "ok"}, {"b", "interrupted"}}));
  EXPECT_TRUE(tracking.close_interrupted()->empty());
}

TEST_F(TrackingTest, ADamagedFileIsNamedWithTheMend) {
  std::ofstream(folder_.path() + "/tracking.db") << std::string(8192, 'x');
  const auto tracking = Tracking::open(project_);
  ASSERT_FALSE(tracking.ok());
  EXPECT_EQ(tracking.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(tracking.error().to_text(), HasSubstr("tracking.db: file is not a database"));
  EXPECT_THAT(tracking.error().mend, HasSubstr("move this file away"));
}

TEST_F(TrackingTest, AServerIsRefused) {
  project_.tracking = "mlflow+http://host:5000";
  const auto tracking = Tracking::open(project_);
  ASSERT_FALSE(tracking.ok());
  EXPECT_THAT(tracking.error().to_text(),
              HasSubstr("tracking: runs are recorded in a file of the project only\n  mend: write "
                        "tracking: sqlite:tracking.db"));
}

TEST(RunId, SortsByTimeAndIsReadable) {
  const auto at = parse_utc("2026-11-21T09:24:40Z");
  ASSERT_TRUE(at.ok());
  EXPECT_EQ(make_run_id(*at, 0x13f2a), "20261121-092440-3f2a");
  EXPECT_LT(make_run_id(*at, 0xFFFF), make_run_id(*at + kMicrosPerSecond, 0));
}

}  // namespace
}  // namespace coterie::pipeline
