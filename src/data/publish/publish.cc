#include "data/publish/publish.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "data/postgres/connection.h"
#include "data/publish/target_internal.h"

namespace coterie::data {
namespace {

constexpr int kLockTryMs = 1000;   // readers that come while a table is being locked wait so long
constexpr int kLockPauseMs = 500;  // and then have this long to go ahead
constexpr uint64_t kLockSeed = 0x636F746572696500;  // "coterie"

// A target with what is already there.
struct Plan {
  PublishTarget target;
  ShapeChange change;
  bool exists = false;
  PublishedTable report;
  bool reshaped() const { return exists && !change.empty(); }
};

class Publisher {
 public:
  Publisher(const PublishRequest& request, Connection& engine, PostgresConnection& database,
            std::vector<Plan>& plans)
      : request_(request), engine_(engine), database_(database), plans_(plans) {}

  // Everything, inside the caller's transaction.
  Status run();
  // After the commit: what the old rows took becomes free, and the planner knows the new ones.
  void clean_up();
  Result<std::vector<std::string>> left_over();

 private:
  Status prepare();
  Status decide(Plan& plan);
  Status lock_reshaped();
  Status put(Plan& plan);

  const PublishRequest& request_;
  Connection& engine_;
  PostgresConnection& database_;
  std::vector<Plan>& plans_;
};

std::string content_time(const TableInfo& info) { return format_utc(info.updated_at); }

Status Publisher::prepare() {
  const std::string& schema = request_.project.publish_schema;
  // A pause of ours must not look like a forgotten session, nor a long COPY like a runaway query.
  RETURN_IF_ERROR(database_.execute(
      "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL "
      "idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0; SET "
      "LOCAL row_security = off"));
  // One publisher a schema at a time, until the end of the transaction.
  RETURN_IF_ERROR(database_.execute(fmt::format("SELECT pg_advisory_xact_lock({})",
                                                static_cast<int64_t>(hash64(schema, kLockSeed)))));
  return create_publications(database_, schema);
}

Status Publisher::decide(Plan& plan) {
  const TableInfo& info = plan.target.info;
  ASSIGN_OR_RETURN(const std::optional<Publication> before,
                   find_publication(database_, plan.target));
  ASSIGN_OR_RETURN(plan.exists, check_owned(database_, plan.target, before, request_.project.name));
  if (!plan.exists) return {};
  RETURN_IF_ERROR(check_unreferenced(database_, plan.target));
  ASSIGN_OR_RETURN(plan.change, shape_of(database_, plan.target));
  if (request_.force) return {};
  if (before->version == info.version && before->run_id == info.run_id && plan.change.empty()) {
    plan.report.skipped = true;
    plan.report.note = "unchanged";
    return {};
  }
  ASSIGN_OR_RETURN(const std::string newer,
                   database_.scalar_text("SELECT $1::timestamptz > $2::timestamptz",
                                         {before->updated_at, content_time(info)}));
  if (newer == "t") {
    plan.report.skipped = true;
    plan.report.note = fmt::format(
        "left alone: the database has a newer one, of run {}; --force replaces it", before->run_id);
  }
  return {};
}

// Takes the locks all at once or not at all: whoever waits for a lock makes every later reader wait
// behind it, so each try is short.
Status Publisher::lock_reshaped() {
  std::string tables;
  for (const Plan& plan : plans_) {
    if (!plan.report.skipped && plan.reshaped())
      tables += (tables.empty() ? "" : ", ") + plan.target.sql();
  }
  if (tables.empty()) return {};
  RETURN_IF_ERROR(database_.execute(
      fmt::format("SET LOCAL lock_timeout = {}; SAVEPOINT before_lock", kLockTryMs)));
  const Stopwatch waited;
  for (int tries = 0;; ++tries) {
    Status locked =
        database_.execute(fmt::format("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables));
    if (locked.ok()) return database_.execute("SET LOCAL lock_timeout = 0");
    if (locked.error().code != ErrorCode::kConflict) return locked;
    if (waited.seconds() > request_.lock_timeout_s)
      return Error{ErrorCode::kConflict,
                   fmt::format("{}: the columns of {} change, and transactions that read them have "
                               "been open for more than {}",
                               database_.name(), tables, format_duration(waited.seconds()))}
          .with_mend("end those transactions (pg_stat_activity lists them), then publish again");
    if (tries == 0) log::info("{}: waiting for readers of {}", database_.name(), tables);
    RETURN_IF_ERROR(database_.execute("ROLLBACK TO SAVEPOINT before_lock"));
    RETURN_IF_ERROR(check_cancelled());
    std::this_thread::sleep_for(std::chrono::milliseconds(kLockPauseMs));
  }
}

Status Publisher::put(Plan& plan) {
  const TableInfo& info = plan.target.info;
  std::unique_ptr<ProgressTask> task;
  if (request_.progress != nullptr)
    task = request_.progress->start("publish " + info.name, info.rows, "rows");
  if (plan.exists) {
    RETURN_IF_ERROR(change_shape(database_, plan.target, plan.change));
  } else {
    RETURN_IF_ERROR(create_table(database_, plan.target));
  }
  ASSIGN_OR_RETURN(plan.report.rows, fill_table(engine_, database_, plan.target, task.get()));
  RETURN_IF_ERROR(add_missing_indices(database_, plan.target));
  if (plan.reshaped()) plan.report.note = "its columns or keys changed";
  return record_publication(database_, plan.target,
                            {request_.project.name, info.version, content_time(info), info.run_id},
                            plan.report.rows);
}

Status Publisher::run() {
  RETURN_IF_ERROR(prepare());
  for (Plan& plan : plans_) RETURN_IF_ERROR(decide(plan));
  for (Plan& plan : plans_) {
    if (!plan.report.skipped && !plan.reshaped()) RETURN_IF_ERROR(put(plan));
  }
  // Last, because from here on readers of these tables wait.
  RETURN_IF_ERROR(lock_reshaped());
  for (Plan& plan : plans_) {
    if (!plan.report.skipped && plan.reshaped()) RETURN_IF_ERROR(put(plan));
  }
  return {};
}

void Publisher::clean_up() {
  for (const Plan& plan : plans_) {
    if (plan.report.skipped) continue;
    const Status cleaned = database_.execute("VACUUM (ANALYZE) " + plan.target.sql());
    // What was published stays so; the server's own autovacuum comes later.
    if (!cleaned.ok()) log::debug("no vacuum after publishing: {}", cleaned.error().to_text());
  }
}

Result<std::vector<std::string>> Publisher::left_over() {
  ASSIGN_OR_RETURN(std::vector<std::string> names,
                   published_by(database_, request_.project.publish_schema, request_.project.name));
  std::erase_if(names, [&](const std::string& name) {
    return std::ranges::any_of(plans_, [&](const Plan& plan) { return plan.report.name == name; });
  });
  return names;
}

Result<std::vector<Plan>> make_plans(const PublishRequest& request, Connection& engine) {
  std::vector<std::string> names;
  for (const PublishTable& declared : request.tables) {
    if (!request.snapshot.has(declared.name))
      return not_found(fmt::format("the warehouse has no table '{}'", declared.name))
          .with_mend("`coterie run` makes it");
    names.push_back(declared.name);
  }
  if (!names.empty()) RETURN_IF_ERROR(request.snapshot.attach(engine, names));
  std::vector<Plan> plans;
  for (const PublishTable& declared : request.tables) {
    Plan& plan = plans.emplace_back();
    ASSIGN_OR_RETURN(plan.target, make_target(engine, *request.snapshot.table(declared.name),
                                              declared, request.project.publish_schema));
    plan.report.name = declared.name;
  }
  return plans;
}

}  // namespace

Result<PublishReport> publish(const PublishRequest& request) {
  ASSIGN_OR_RETURN(Connection engine, request.engine.connect());
  ASSIGN_OR_RETURN(std::vector<Plan> plans, make_plans(request, engine));
  ASSIGN_OR_RETURN(PostgresConnection database,
                   PostgresConnection::connect(request.project.publish_url));
  Publisher publisher(request, engine, database, plans);
  PublishReport report{database.name(), request.project.publish_schema, {}, {}};
  {
    ASSIGN_OR_RETURN(PostgresTransaction transaction, PostgresTransaction::begin(database));
    RETURN_IF_ERROR(publisher.run());
    ASSIGN_OR_RETURN(report.left_over, publisher.left_over());
    RETURN_IF_ERROR(transaction.commit());
  }
  publisher.clean_up();
  for (Plan& plan : plans) report.tables.push_back(std::move(plan.report));
  return report;
}

}  // namespace coterie::data
