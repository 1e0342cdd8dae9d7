#include "pipeline/runner.h"

#include <filesystem>
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/temporary_folder.h"
#include "pipeline/model_store.h"
#include "pipeline/run_lock.h"

namespace coterie::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class QuietObserver : public RunObserver {
 public:
  void planned(const std::string&, const std::vector<PlannedStep>&) override {}
  void step_started(int, const std::string&) override {}
  void step_finished(int, const StepRecord&) override {}
  Progress& progress() override { return *progress_; }

 private:
  std::unique_ptr<Progress> progress_ = make_progress(ProgressMode::kSilent);
};

// numbers -> squares -> sums, where numbers come from the file numbers.txt: one line, how many.
class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    project_.folder = folder_.path();
    project_.warehouse_folder = folder_ / "warehouse";
    write_count(10);
  }
  ~RunnerTest() override { reset_cancel(); }

  void write_count(int count) { std::ofstream(folder_ / "numbers.txt") << count; }

  static Step step(std::string name, std::vector<std::string> inputs, const std::string& output,
                   const std::string& select) {
    Step step;
    step.name = std::move(name);
    step.inputs = std::move(inputs);
    step.outputs = {output};
    step.run = [inputs = step.inputs, output, select](StepContext& context) -> Result<StepReport> {
      ASSIGN_OR_RETURN(data::Connection connection, context.engine.connect());
      RETURN_IF_ERROR(context.inputs.attach(connection, inputs));
      ASSIGN_OR_RETURN(const int64_t rows,
                       context.transaction.replace(output, connection, select, {.reshape = true}));
      return StepReport{
          .rows_out = {{output, rows}}, .metrics = {{"m.rows", rows * 1.0}}, .notes = {}};
    };
    return step;
  }

  std::vector<Step> steps() {
    Step numbers;
    numbers.name = "numbers";
    numbers.outputs = {"numbers"};
    numbers.reads_outside = true;
    const std::string path = folder_ / "numbers.txt";
    numbers.outside_state = [path](const data::Project&) { return read_file(path); };
    numbers.run = [path](StepContext& context) -> Result<StepReport> {
      ASSIGN_OR_RETURN(const std::string count, read_file(path));
      ASSIGN_OR_RETURN(data::Connection connection, context.engine.connect());
      ASSIGN_OR_RETURN(const int64_t rows,
                       context.transaction.replace("numbers", connection,
                                                   "SELECT range AS n FROM range(" + count + ")"));
      return StepReport{.rows_out = {{"numbers", rows}}, .metrics = {}, .notes = {}};
    };
    return {numbers,
            step("squares", {"numbers"}, "squares", "SELECT n * n AS n FROM facts.numbers"),
            step("sums", {"squares"}, "sums", "SELECT sum(n)::BIGINT AS total FROM facts.squares")};
  }

  RunReport run(const std::vector<Step>& steps, RunOptions options = {}) {
    auto report = try_run(steps, std::move(options));
    EXPECT_TRUE(report.ok()) << report.error().to_text();
    return report.ok() ? *std::move(report) : RunReport();
  }
  Result<RunReport> try_run(const std::vector<Step>& steps, RunOptions options = {}) {
    ASSIGN_OR_RETURN(const Graph graph, Graph::build(steps));
    ASSIGN_OR_RETURN(data::Warehouse warehouse, data::Warehouse::open(project_.warehouse_folder));
    fs::create_directories(folder_ / "share");
    ASSIGN_OR_RETURN(const ResourceShare share,
                     ResourceShare::join(folder_ / "share", "test",
                                         {.threads = 2, .memory_bytes = int64_t{1} << 30}));
    QuietObserver observer;
    if (options.command.empty()) options.command = "coterie run";
    return run_graph(graph, {project_, warehouse, share}, options, observer);
  }

  static std::vector<std::string> states(const RunReport& report) {
    std::vector<std::string> states;
    for (const StepRecord& step : report.steps) states.push_back(step.state);
    return states;
  }
  int64_t total() {
    auto warehouse = data::Warehouse::open(project_.warehouse_folder);
    auto snapshot = warehouse->snapshot();
    auto engine = data::Engine::open({});
    auto connection = engine->connect();
    EXPECT_TRUE(snapshot->attach(*connection).ok());
    const auto value = connection->scalar_int("SELECT total FROM facts.sums");
    EXPECT_TRUE(value.ok()) << value.error().to_text();
    return value.ok() ? *value : -1;
  }

  TemporaryFolder folder_;
  data::Project project_;
};

TEST_F(RunnerTest, RunsInOrderOnceAndThenHasNothingToDo) {
  const RunReport first = run(steps());
  EXPECT_FALSE(first.error.has_value());
  EXPECT_THAT(states(first), ElementsAre("ok", "ok", "ok"));
  EXPECT_EQ(total(), 285);
  EXPECT_GT(first.run.peak_bytes, 0);
  const RunReport second = run(steps());
  EXPECT_THAT(states(second), ElementsAre("fresh", "fresh", "fresh"));
  EXPECT_FALSE(second.did_anything());
}

TEST_F(RunnerTest, AChangedSourceRunsWhatReadsFromIt) {
  run(steps());
  write_count(3);
  const RunReport again = run(steps());
  EXPECT_THAT(states(again), ElementsAre("ok", "ok", "ok"));
  EXPECT_EQ(again.steps[0].reason, "its sources changed");
  EXPECT_EQ(again.steps[1].reason, "numbers changed");
  EXPECT_EQ(total(), 5);
}

TEST_F(RunnerTest, LineageNamesTheVersionsReadAndWritten) {
  const RunReport report = run(steps());
  const auto tracking = Tracking::open(project_);
  ASSERT_TRUE(tracking.ok());
  const auto lineage = tracking->lineage("sums");
  ASSERT_TRUE(lineage.ok());
  ASSERT_EQ(lineage->size(), 1U);
  EXPECT_EQ(lineage->front().run_id, report.run.run_id);
  EXPECT_EQ(lineage->front().step, "sums");
  ASSERT_EQ(lineage->front().inputs.size(), 1U);
  EXPECT_EQ(lineage->front().inputs[0].table, "squares");
  EXPECT_EQ(lineage->front().inputs[0].version, report.steps[1].outputs[0].version);
  auto warehouse = data::Warehouse::open(project_.warehouse_folder);
  EXPECT_EQ(warehouse->snapshot()->table("sums")->run_id, report.run.run_id);
}

TEST_F(RunnerTest, AFailureStopsTheRunKeepsWhatIsFinishedAndTheNextRunGoesOn) {
  std::vector<Step> broken = steps();
  broken[1].run = [](StepContext& context) -> Result<StepReport> {
    auto connection = context.engine.connect();
    const auto written =
        context.transaction.replace("squares", *connection, "SELECT 1::BIGINT AS n");
    EXPECT_TRUE(written.ok());
    return Error{ErrorCode::kInvalidInput, "no squares today"};
  };
  const RunReport failed = run(broken);
  ASSERT_TRUE(failed.error.has_value());
  EXPECT_EQ(failed.error->message, "no squares today");
  EXPECT_EQ(failed.run.state, "failed");
  EXPECT_THAT(states(failed), ElementsAre("ok", "failed", "waiting"));
  auto warehouse = data::Warehouse::open(project_.warehouse_folder);
  EXPECT_TRUE(warehouse->snapshot()->has("numbers"));
  EXPECT_FALSE(warehouse->snapshot()->has("squares"));
  EXPECT_THAT(states(run(steps())), ElementsAre("fresh", "ok", "ok"));
  EXPECT_EQ(total(), 285);
}

TEST_F(RunnerTest, CancellationLeavesTheStepUndone) {
  std::vector<Step> stopped = steps();
  const auto body = stopped[2].run;
  stopped[2].run = [body](StepContext& context) {
    auto done = body(context);
    request_cancel();
    return done;
  };
  const RunReport report = run(stopped);
  ASSERT_TRUE(report.error.has_value());
  EXPECT_EQ(report.error->code, ErrorCode::kCancelled);
  EXPECT_EQ(report.run.state, "cancelled");
  EXPECT_THAT(states(report), ElementsAre("ok", "ok", "cancelled"));
  reset_cancel();
  EXPECT_THAT(states(run(steps())), ElementsAre("fresh", "fresh", "ok"));
}

TEST_F(RunnerTest, SelectionAndForce) {
  const auto missing = run(steps(), {.select = {"sums"}});
  ASSERT_TRUE(missing.error.has_value());
  EXPECT_EQ(missing.error->to_text(),
            "step 'sums' needs table 'squares', which does not exist yet\n  mend: run it with what "
            "it needs: coterie run --select +sums");
  EXPECT_THAT(states(run(steps(), {.select = {"+squares"}})), ElementsAre("ok", "ok", "kept"));
  EXPECT_THAT(states(run(steps(), {.select = {"squares"}, .force = true})),
              ElementsAre("kept", "ok", "kept"));
  EXPECT_THAT(states(run(steps(), {.select = {"+squares"}, .force = true})),
              ElementsAre("ok", "ok", "kept"));
}

TEST_F(RunnerTest, ForceMayBeOfSomeSelectedStepsOnly) {
  std::vector<Step> watched = steps();
  std::vector<std::string> redone;
  for (Step& step : watched) {
    step.run = [run = step.run, name = step.name, &redone](StepContext& context) {
      if (context.force) redone.push_back(name);
      return run(context);
    };
  }
  const RunOptions force_sums = {.select = {"+sums"}, .force = true, .force_only = {"sums"}};
  // What the step needs is made where it never was, without force.
  EXPECT_THAT(states(run(watched, force_sums)), ElementsAre("ok", "ok", "ok"));
  EXPECT_THAT(redone, ElementsAre("sums"));
  EXPECT_THAT(states(run(watched, force_sums)), ElementsAre("fresh", "fresh", "ok"));
  write_count(20);
  EXPECT_THAT(states(run(watched, force_sums)), ElementsAre("ok", "ok", "ok"));
  EXPECT_THAT(redone, ElementsAre("sums", "sums", "sums"));
}

TEST_F(RunnerTest, StepsWithoutTheirSourceAreOff) {
  std::vector<Step> partial = steps();
  partial[1].optional_outputs = partial[1].outputs;
  partial[1].outputs = {};
  partial[1].run = [](StepContext&) -> Result<StepReport> { return StepReport(); };
  EXPECT_THAT(states(run(partial)), ElementsAre("ok", "ok", "off"));
  const RunReport again = run(partial);
  EXPECT_THAT(states(again), ElementsAre("fresh", "fresh", "off"));
  EXPECT_EQ(again.steps[2].reason, "needs squares");
  EXPECT_FALSE(again.did_anything());
}

TEST_F(RunnerTest, DryRunSaysWhatWouldHappenAndWritesNothing) {
  auto warehouse = data::Warehouse::open(project_.warehouse_folder);
  fs::create_directories(folder_ / "share");
  const auto share = ResourceShare::join(folder_ / "share", "test", {.threads = 1});
  const auto graph = Graph::build(steps());
  const auto plan = dry_run(*graph, {project_, *warehouse, *share}, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->at(0).reason, "never ran");
  EXPECT_TRUE(warehouse->snapshot()->tables().empty());
  EXPECT_FALSE(fs::exists(folder_ / "tracking.db"));
}

TEST_F(RunnerTest, OneRunAtATime) {
  const auto lock = RunLock::acquire(project_.folder, "coterie synth");
  ASSERT_TRUE(lock.ok());
  const pid_t child = fork();
  if (child == 0) {
    const auto second = RunLock::acquire(project_.folder, "coterie run");
    const bool told = !second.ok() && second.error().code == ErrorCode::kConflict &&
                      second.error().message.find(fmt::format(
                          "this project is being changed by 'coterie synth' (process {}, since ",
                          getppid())) == 0;
    _exit(told ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(RunnerTest, ModelsAppearWithTheCommitAndVanishWithAFailure) {
  std::vector<Step> one = {step("models.cf", {}, "lists", "SELECT 1 AS n")};
  one[0].outputs.emplace_back("models/cf");
  const auto body = one[0].run;
  bool fail = true;
  one[0].run = [&](StepContext& context) -> Result<StepReport> {
    ASSIGN_OR_RETURN(const auto staged, context.models.add("cf"));
    RETURN_IF_ERROR(write_file_atomic(staged.folder + "/model.json", "{}"));
    if (fail) return internal_error("too bad");
    return body(context);
  };
  EXPECT_TRUE(run(one).error.has_value());
  EXPECT_TRUE(fs::is_empty(folder_ / "models/cf"));
  fail = false;
  EXPECT_THAT(states(run(one)), ElementsAre("ok"));
  EXPECT_THAT(states(run(one)), ElementsAre("fresh"));
  EXPECT_THAT(states(run(one, {.force = true})), ElementsAre("ok"));
  auto warehouse = data::Warehouse::open(project_.warehouse_folder);
  const auto snapshot = warehouse->snapshot();
  const auto models = list_models(project_.folder, *snapshot);
  ASSERT_TRUE(models.ok());
  ASSERT_EQ(models->size(), 2U);
  EXPECT_EQ(models->at(1).id(), "cf/v2");
  EXPECT_TRUE(models->at(1).finished);
  fs::create_directories(folder_ / "models/cf/v7");
  const auto listed = list_models(project_.folder, *snapshot);
  EXPECT_FALSE(listed->back().finished);
  fs::remove_all(folder_ / "models/cf");
  EXPECT_THAT(run(one).steps[0].reason, "models/cf is missing");
}

// The heart of resumption: whenever the process dies, what the next run finds is whole.
TEST_F(RunnerTest, KilledAtAnyMomentTheNextRunEndsWithTheSameTables) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<Step> slow = steps();
  for (Step& one : slow) {
    const auto body = one.run;
    one.run = [body](StepContext& context) -> Result<StepReport> {
      ASSIGN_OR_RETURN(const auto staged, context.models.add("m"));
      RETURN_IF_ERROR(write_file_atomic(staged.folder + "/model.json", "{}"));
      return body(context);
    };
  }
  int killed = 0;
  bool finished = false;
  for (int life = 0; life < 100 && !finished; ++life) {
    const pid_t child = fork();
    if (child == 0) _exit(try_run(slow).ok() ? 0 : 1);
    const auto wait_us = static_cast<useconds_t>(random() % (2'000 + 4'000 * (life + 1)));
    usleep(wait_us);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    finished = WIFEXITED(status);
    if (finished) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
    }
    killed += finished ? 0 : 1;
  }
  ASSERT_TRUE(finished);
  EXPECT_GT(killed, 0);
  EXPECT_EQ(total(), 285);
  EXPECT_THAT(states(run(slow)), ElementsAre("fresh", "fresh", "fresh"));
}

TEST_F(RunnerTest, StepsThatDoNotReadOutsideCannot) {
  std::ofstream(folder_ / "truth.csv") << "a\n1\n";
  const std::string select = "SELECT * FROM read_csv('" + (folder_ / "truth.csv") + "')";
  std::vector<Step> spy = {step("models.spy", {}, "stolen", select)};
  const RunReport report = run(spy);
  ASSERT_TRUE(report.error.has_value());
  EXPECT_EQ(report.error->code, ErrorCode::kPermission);
  spy[0].reads_outside = true;
  EXPECT_FALSE(run(spy).error.has_value());
}

}  // namespace
}  // namespace coterie::pipeline
