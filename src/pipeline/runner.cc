#include "pipeline/runner.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/log.h"
#include "pipeline/memory_meter.h"
#include "pipeline/run_lock.h"

namespace coterie::pipeline {
namespace {

constexpr double kEngineMemoryShare = 0.7;

std::vector<TableVersion> input_versions(const StepMark& mark) {
  std::vector<TableVersion> versions;
  for (const auto& [table, version] : mark.inputs) versions.push_back({table, version, -1});
  return versions;
}

Status require_inputs(const Step& step, const StepMark& mark) {
  for (const std::string& table : step.inputs) {
    if (mark.inputs.contains(table)) continue;
    return Error{
        ErrorCode::kNotFound,
        fmt::format("step '{}' needs table '{}', which does not exist yet", step.name, table)}
        .with_mend(fmt::format("run it with what it needs: coterie run --select +{}", step.name));
  }
  return {};
}

Result<StepSelection> select_steps(const Graph& graph, const RunOptions& options) {
  StepSelection selection;
  ASSIGN_OR_RETURN(selection.selected, graph.select(options.select));
  selection.forced.resize(selection.selected.size(), false);
  if (!options.force) return selection;
  ASSIGN_OR_RETURN(selection.forced, options.force_only.empty() ? selection.selected
                                                                : graph.select(options.force_only));
  return selection;
}

// One run under way.
class Run {
 public:
  Run(const Graph& graph, const RunEnvironment& environment, const StepSelection& selection,
      RunObserver& observer, Tracking& tracking, RunReport& report)
      : graph_(graph),
        environment_(environment),
        selection_(selection),
        observer_(observer),
        tracking_(tracking),
        report_(report) {}

  Status execute();

 private:
  Status execute_step(int index);
  Status decide(int index, const data::Snapshot& snapshot, StepMark& mark);
  Status perform(int index, const data::Snapshot& snapshot, StepMark mark, StepRecord& record);
  Status record_outputs(const Step& step, const StepReport& done, StepRecord& record);
  ThreadPool& pool(int threads);
  bool forced(int index) const { return selection_.forced[static_cast<size_t>(index)]; }

  const Graph& graph_;
  const RunEnvironment& environment_;
  const StepSelection& selection_;
  RunObserver& observer_;
  Tracking& tracking_;
  RunReport& report_;
  std::unique_ptr<ThreadPool> pool_;
};

ThreadPool& Run::pool(int threads) {
  if (!pool_ || pool_->threads() != threads) pool_ = std::make_unique<ThreadPool>(threads);
  return *pool_;
}

Status Run::execute() {
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, environment_.warehouse.snapshot());
  ASSIGN_OR_RETURN(const WarehouseState state, read_state(snapshot, environment_.project.folder));
  ASSIGN_OR_RETURN(const auto plan, plan_steps(graph_, selection_, state, environment_.project));
  for (int i = 0; i < graph_.size(); ++i) {
    const Step& step = graph_.steps()[static_cast<size_t>(i)];
    const bool chosen = selection_.selected[static_cast<size_t>(i)];
    report_.steps.push_back({.position = i,
                             .step = step.name,
                             .version = step.version,
                             .state = chosen ? "waiting" : "kept",
                             .reason = plan[static_cast<size_t>(i)].reason,
                             .error = "",
                             .metrics = {},
                             .inputs = {},
                             .outputs = {},
                             .notes = {}});
  }
  observer_.planned(report_.run.run_id, plan);
  for (int i = 0; i < graph_.size(); ++i) {
    if (!selection_.selected[static_cast<size_t>(i)]) continue;
    RETURN_IF_ERROR(check_cancelled());
    RETURN_IF_ERROR(execute_step(i));
  }
  return {};
}

Status Run::decide(int index, const data::Snapshot& snapshot, StepMark& mark) {
  const Step& step = graph_.steps()[static_cast<size_t>(index)];
  StepRecord& record = report_.steps[static_cast<size_t>(index)];
  ASSIGN_OR_RETURN(const WarehouseState state, read_state(snapshot, environment_.project.folder));
  ASSIGN_OR_RETURN(mark, current_mark(step, state, environment_.project));
  record.inputs = input_versions(mark);
  record.started_at = now_micros();
  record.reason = off_reason(graph_, index, state);
  record.state = "off";
  if (!record.reason.empty()) return {};
  record.reason = forced(index) ? "forced" : stale_reason(step, mark, state);
  record.state = record.reason.empty() ? "fresh" : "running";
  return {};
}

Status Run::execute_step(int index) {
  const Step& step = graph_.steps()[static_cast<size_t>(index)];
  StepRecord& record = report_.steps[static_cast<size_t>(index)];
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, environment_.warehouse.snapshot());
  StepMark mark;
  Status done = decide(index, snapshot, mark);
  if (done.ok() && record.state != "running") {
    RETURN_IF_ERROR(tracking_.save_step(report_.run.run_id, record));
    observer_.step_finished(index, record);
    return {};
  }
  RETURN_IF_ERROR(tracking_.save_step(report_.run.run_id, record));
  observer_.step_started(index, record.reason);
  const Stopwatch watch;
  const MemoryMeter meter;
  if (done.ok()) done = require_inputs(step, mark);
  if (done.ok()) done = perform(index, snapshot, std::move(mark), record);
  record.seconds = watch.seconds();
  record.peak_bytes = meter.peak_bytes();
  report_.run.peak_bytes = std::max(report_.run.peak_bytes, record.peak_bytes);
  record.state = "ok";
  if (!done.ok()) {
    record.state = done.error().code == ErrorCode::kCancelled ? "cancelled" : "failed";
    record.error = done.error().to_text();
  }
  const Status saved = tracking_.save_step(report_.run.run_id, record);
  observer_.step_finished(index, record);
  RETURN_IF_ERROR(done);
  return saved;
}

Status Run::perform(int index, const data::Snapshot& snapshot, StepMark mark, StepRecord& record) {
  const Step& step = graph_.steps()[static_cast<size_t>(index)];
  const Resources resources = environment_.share.current();
  ASSIGN_OR_RETURN(data::Engine engine,
                   open_step_engine(environment_.project, resources, step.reads_outside));
  const std::string& run_id = report_.run.run_id;
  ASSIGN_OR_RETURN(data::WriteTransaction transaction, environment_.warehouse.begin(run_id));
  StagedModels models(environment_.project.folder, run_id);
  StepContext context{.project = environment_.project,
                      .warehouse = environment_.warehouse,
                      .engine = engine,
                      .pool = pool(resources.threads),
                      .progress = observer_.progress(),
                      .resources = resources,
                      .run_id = run_id,
                      .now = now_micros(),
                      .force = forced(index),
                      .transaction = transaction,
                      .inputs = snapshot,
                      .models = models};
  ASSIGN_OR_RETURN(const StepReport done, step.run(context));
  RETURN_IF_ERROR(check_cancelled());
  RETURN_IF_ERROR(models.publish(transaction));
  mark.run_id = run_id;
  mark.finished_at = now_micros();
  transaction.set_mark(step_mark_key(step.name), mark.to_text());
  RETURN_IF_ERROR(transaction.commit());
  models.keep();
  return record_outputs(step, done, record);
}

Status Run::record_outputs(const Step& step, const StepReport& done, StepRecord& record) {
  ASSIGN_OR_RETURN(const data::Snapshot after, environment_.warehouse.snapshot());
  for (const std::string& output : step.outputs) {
    if (const auto table = after.table(output)) {
      record.outputs.push_back({output, table->version, table->rows});
    }
  }
  // Of these a step may leave some as they were.
  for (const std::string& output : step.optional_outputs) {
    const auto table = after.table(output);
    if (table && table->run_id == report_.run.run_id) {
      record.outputs.push_back({output, table->version, table->rows});
    }
  }
  for (const auto& [table, rows] : done.rows_out) record.rows += rows;
  record.metrics = done.metrics;
  record.notes = done.notes;
  return {};
}

Result<Tracking> begin_tracking(const RunEnvironment& environment, const RunOptions& options,
                                RunReport& report) {
  ASSIGN_OR_RETURN(Tracking tracking, Tracking::open(environment.project));
  ASSIGN_OR_RETURN(report.interrupted, tracking.close_interrupted());
  report.run.started_at = now_micros();
  report.run.run_id = make_run_id(report.run.started_at, std::random_device{}());
  report.run.command = options.command;
  report.run.program = options.program;
  report.run.process = getpid();
  report.run.state = "running";
  RETURN_IF_ERROR(tracking.begin_run(report.run));
  return tracking;
}

}  // namespace

bool RunReport::did_anything() const {
  return std::ranges::any_of(steps, [](const StepRecord& step) {
    return step.state != "fresh" && step.state != "off" && step.state != "kept" &&
           step.state != "waiting";
  });
}

int64_t engine_memory(const Resources& resources) {
  return static_cast<int64_t>(static_cast<double>(resources.memory_bytes) * kEngineMemoryShare);
}

int64_t memory_beside_engine(const Resources& resources) {
  return resources.memory_bytes - engine_memory(resources);
}

Result<data::Engine> open_step_engine(const data::Project& project, const Resources& resources,
                                      bool outside) {
  data::EngineOptions options;
  options.threads = resources.threads;
  options.memory_bytes = engine_memory(resources);
  options.temporary_folder = private_folder(project.folder) + "/tmp";
  options.temporary_bytes = resources.disk_bytes;
  if (!outside) options.confined_to = {project.warehouse_folder};
  return data::Engine::open(options);
}

Result<RunReport> run_graph(const Graph& graph, const RunEnvironment& environment,
                            const RunOptions& options, RunObserver& observer) {
  ASSIGN_OR_RETURN(const StepSelection selection, select_steps(graph, options));
  ASSIGN_OR_RETURN(const RunLock lock,
                   RunLock::acquire(environment.project.folder, options.command));
  RunReport report;
  const Stopwatch watch;
  ASSIGN_OR_RETURN(Tracking tracking, begin_tracking(environment, options, report));
  Run run(graph, environment, selection, observer, tracking, report);
  const Status done = run.execute();
  report.seconds = watch.seconds();
  report.run.finished_at = now_micros();
  report.run.state = "ok";
  if (!done.ok()) {
    report.error = done.error();
    report.run.state = done.error().code == ErrorCode::kCancelled ? "cancelled" : "failed";
    report.run.error = done.error().to_text();
  }
  const Status recorded =
      tracking.finish_run(report.run.run_id, report.run.state, report.run.finished_at,
                          report.run.peak_bytes, report.run.error);
  if (!recorded.ok()) log::warning("run not recorded: {}", recorded.error().to_text());
  return report;
}

Result<std::vector<PlannedStep>> dry_run(const Graph& graph, const RunEnvironment& environment,
                                         const RunOptions& options) {
  ASSIGN_OR_RETURN(const StepSelection selection, select_steps(graph, options));
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, environment.warehouse.snapshot());
  ASSIGN_OR_RETURN(const WarehouseState state, read_state(snapshot, environment.project.folder));
  return plan_steps(graph, selection, state, environment.project);
}

}  // namespace coterie::pipeline
