#include "data/ingest/load_role.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/hash.h"
#include "data/ingest/content_internal.h"
#include "data/ingest/duplicates.h"
#include "data/ingest/load_decision.h"
#include "data/ingest/outside_state_internal.h"
#include "data/ingest/row_stats.h"
#include "data/ingest/stored_rows.h"
#include "data/ingest/watermark_internal.h"
#include "data/ingest/write_role.h"

namespace coterie::data {
namespace {

// Raised when the same configuration makes another table than before.
constexpr int kLoadVersion = 1;

class RoleLoader {
 public:
  RoleLoader(LoadSession& session, const SourceConfig& source)
      : session_(session), source_(source), table_(session.context.snapshot.table(source.role)) {
    report_.role = source.role;
  }

  Result<RoleReport> run() {
    const Stopwatch watch;
    ASSIGN_OR_RETURN(mark_, read_load_mark(session_.context.snapshot, source_.name));
    next_.fingerprint = source_fingerprint(session_.context.project, source_);
    RETURN_IF_ERROR(source_.files.empty() ? load_query() : load_files());
    if (report_.mode != LoadMode::kOff) RETURN_IF_ERROR(know_ids());
    report_.seconds = watch.seconds();
    return std::move(report_);
  }

 private:
  bool same_configuration() const { return mark_ && mark_->fingerprint == next_.fingerprint; }
  bool is_incremental() const { return same_configuration() && table_ && !session_.context.force; }

  // -- files ------------------------------------------------------------------------------------

  Status load_files() {
    ASSIGN_OR_RETURN(files_,
                     find_source_files(session_.context.project, source_, session_.connection));
    if (files_.empty()) {
      report_.notes.push_back("off: no file matches its source");
      return {};
    }
    if (!source_.watermark.empty()) return load_by_watermark();
    const RoleColumn* time = find_role(source_.role)->find(find_role(source_.role)->time);
    ASSIGN_OR_RETURN(
        LoadDecision decision,
        decide_load({.project_folder = session_.context.project.folder,
                     .source = source_,
                     .files = files_,
                     .mark = mark_,
                     .same_configuration = same_configuration(),
                     .table_exists = table_.has_value(),
                     .has_days = table_ && !table_->day_column.empty() && time != nullptr,
                     .force = session_.context.force}));
    report_.mode = decision.mode;
    report_.notes = std::move(decision.notes);
    report_.files_unchanged = static_cast<int64_t>(decision.unchanged.size());
    if (decision.mode == LoadMode::kUnchanged) return keep_unchanged(decision);
    if (decision.mode == LoadMode::kDays) return load_days(decision);
    ASSIGN_OR_RETURN(OpenSource opened, open_files(session_, source_, files_, decision.read));
    RETURN_IF_ERROR(prepare(opened));
    RETURN_IF_ERROR(write(nullptr));
    RETURN_IF_ERROR(write_rejects(session_, source_.role, report_.mode == LoadMode::kFull, {}));
    return remember_files(decision);
  }

  Status keep_unchanged(const LoadDecision& decision) {
    report_.rows_in_table = table_->rows;
    for (const ColumnSchema& column : table_->columns) report_.columns.push_back(column.name);
    // Times of change may be new although the content is not.
    return remember_files(decision);
  }

  // Two passes: first the days that changed files feed now, then all files of these days and of
  // those that they fed before.
  Status load_days(LoadDecision& decision) {
    DaySpan span;
    for (const size_t index : decision.removed)
      span.include(days_of_mark(mark_->files[index].name));
    for (const size_t index : decision.read) span.include(days_of_mark(files_[index].name));
    RETURN_IF_ERROR(make_rejects_table(session_.connection));
    if (!decision.read.empty()) {
      ASSIGN_OR_RETURN(OpenSource changed, open_files(session_, source_, files_, decision.read));
      RETURN_IF_ERROR(prepare(changed));
      for (const DaySpan& days : stats_.file_days) span.include(days);
    }
    RETURN_IF_ERROR(refuse_lost_days(decision, span));
    std::vector<std::string> replaced;
    for (const size_t index : decision.read) replaced.push_back(files_[index].name);
    for (const size_t index : decision.removed) replaced.push_back(mark_->files[index].name);
    RETURN_IF_ERROR(write_rejects(session_, source_.role, false, replaced));
    const RoleReport changed_report = report_;
    const std::vector<DaySpan> changed_days = stats_.file_days;
    std::vector<size_t> all = decision.read;
    for (const size_t index : decision.unchanged) {
      if (days_of_mark(files_[index].name).meets(span)) all.push_back(index);
    }
    std::ranges::sort(all);
    if (all.empty()) {
      RETURN_IF_ERROR(clear_days(span));
      return remember_files(decision);
    }
    ASSIGN_OR_RETURN(OpenSource opened, open_files(session_, source_, files_, all));
    RETURN_IF_ERROR(prepare(opened));
    report_ = changed_report;
    RETURN_IF_ERROR(write(&span));
    stats_.file_days = changed_days;
    return remember_files(decision);
  }

  // No file feeds these days any more.
  Status clear_days(const DaySpan& span) {
    report_.rows_in_table = table_->rows;
    if (span.empty()) return {};
    ASSIGN_OR_RETURN(const int64_t removed, empty_days(session_, source_.role, *table_, span));
    report_.rows_in_table -= removed;
    return {};
  }

  // Rows of a file that is gone would be lost with the days that are rewritten.
  Status refuse_lost_days(const LoadDecision& decision, const DaySpan& span) const {
    for (const size_t index : decision.vanished) {
      const FileMark& file = mark_->files[index];
      if (!DaySpan{file.first_day, file.last_day}.meets(span)) continue;
      return Error(ErrorCode::kConflict,
                   fmt::format("'{}', which was loaded before, is gone, and days that it fed must "
                               "be rewritten because another file has changed",
                               file.name))
          .in_table(source_.role)
          .with_mend(
              "put the file back, write 'vanished_files: remove' into the source, or load "
              "everything again with --force");
    }
    return {};
  }

  DaySpan days_of_mark(const std::string& name) const {
    const auto found = std::ranges::find(mark_->files, name, &FileMark::name);
    return found == mark_->files.end() ? DaySpan{} : DaySpan{found->first_day, found->last_day};
  }

  Status remember_files(const LoadDecision& decision) {
    for (size_t i = 0; i < files_.size(); ++i) {
      SourceFile& file = files_[i];
      RETURN_IF_ERROR(hash_file(file));
      FileMark mark{file.name, file.bytes, file.modified_ns, file.hash};
      const auto read = std::ranges::find(decision.read, i);
      const DaySpan days =
          read == decision.read.end()
              ? days_of_mark(file.name)
              : stats_.file_days[static_cast<size_t>(read - decision.read.begin())];
      mark.first_day = days.first;
      mark.last_day = days.last;
      next_.files.push_back(std::move(mark));
    }
    for (const size_t index : decision.vanished) next_.files.push_back(mark_->files[index]);
    std::ranges::sort(next_.files, {}, &FileMark::name);
    write_load_mark(session_.context.transaction, source_.name, next_);
    return {};
  }

  // -- watermarks, SQL and PostgreSQL -----------------------------------------------------------

  Status load_by_watermark() {
    std::vector<size_t> all(files_.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    ASSIGN_OR_RETURN(OpenSource opened, open_files(session_, source_, files_, all));
    return load_beyond_watermark(std::move(opened));
  }

  Status load_query() {
    if (!source_.sql.empty()) {
      ASSIGN_OR_RETURN(next_.origin, inputs_state(session_, source_));
      const bool same = is_incremental() && source_.watermark.empty() && !next_.origin.empty() &&
                        mark_->origin == next_.origin;
      if (same) {
        report_.mode = LoadMode::kUnchanged;
        return keep_unchanged({});
      }
    }
    const std::string last = is_incremental() ? mark_->watermark : "";
    ASSIGN_OR_RETURN(OpenSource opened, source_.sql.empty() ? open_postgres(session_, source_, last)
                                                            : open_sql(session_, source_));
    if (!source_.watermark.empty()) return load_beyond_watermark(std::move(opened));
    if (source_.sql.empty()) {
      // A server does not say whether a table has changed; its rows do.
      ASSIGN_OR_RETURN(next_.origin, content_of(opened, session_.connection));
      if (is_incremental() && mark_->origin == next_.origin) {
        report_.mode = LoadMode::kUnchanged;
        return keep_unchanged({});
      }
    }
    report_.mode = LoadMode::kFull;
    RETURN_IF_ERROR(prepare(opened));
    RETURN_IF_ERROR(write(nullptr));
    RETURN_IF_ERROR(write_rejects(session_, source_.role, true, {}));
    write_load_mark(session_.context.transaction, source_.name, next_);
    return {};
  }

  Status load_beyond_watermark(OpenSource opened) {
    const std::string last = is_incremental() ? mark_->watermark : "";
    ASSIGN_OR_RETURN(next_.watermark,
                     newest_watermark(source_, opened.relation, session_.connection));
    if (next_.watermark.empty()) next_.watermark = last;
    RETURN_IF_ERROR(keep_beyond(source_, last, opened.relation));
    if (has_key(source_)) {
      // Rows at the last value are read again, since others of that value may have come.
      ASSIGN_OR_RETURN(next_.origin,
                       content_at_watermark(source_, next_.watermark, opened, session_.connection));
    }
    if (is_incremental() && next_.watermark == last && next_.origin == mark_->origin) {
      report_.mode = LoadMode::kUnchanged;
      return keep_unchanged({});
    }
    const bool first = !is_incremental() || mark_->watermark.empty();
    report_.mode = first              ? LoadMode::kFull
                   : has_key(source_) ? LoadMode::kUpsert
                                      : LoadMode::kAppend;
    RETURN_IF_ERROR(prepare(opened));
    RETURN_IF_ERROR(write(nullptr));
    RETURN_IF_ERROR(write_rejects(session_, source_.role, first, {}));
    write_load_mark(session_.context.transaction, source_.name, next_);
    return {};
  }

  // -- rows -------------------------------------------------------------------------------------

  // Plans and counts the rows of a source and finds those that give way.
  Status prepare(const OpenSource& opened) {
    Connection& connection = session_.connection;
    PlanTables tables{.known_ids = session_.known_ids, .exact_duplicates = {}};
    if (source_.exact_duplicates_dropped) {
      ASSIGN_OR_RETURN(const int64_t doubled, find_exact_duplicates(opened.relation, connection));
      if (doubled > 0) tables.exact_duplicates = kExactDuplicatesTable;
    }
    ASSIGN_OR_RETURN(plan_, plan_role(session_.context.project, source_, opened.relation, tables));
    ASSIGN_OR_RETURN(stats_, count_rows(plan_, opened, connection));
    ASSIGN_OR_RETURN(report_.examples,
                     collect_rejects(plan_, opened, session_.context.run_id, connection));
    RETURN_IF_ERROR(check_rejected_share(plan_, stats_, report_.examples));
    losers_ = 0;
    if (!plan_.key.empty()) {
      ASSIGN_OR_RETURN(losers_, find_losers(plan_, connection));
    }
    describe_rows(opened);
    return {};
  }

  void describe_rows(const OpenSource& opened) {
    report_.files_read =
        static_cast<int64_t>(source_.files.empty() ? 0 : opened.relation.files.size());
    report_.rows_read = stats_.read;
    report_.rows_rejected = stats_.rejected;
    report_.rows_duplicate = losers_;
    report_.rows_filtered = 0;
    report_.dropped.clear();
    report_.counted.clear();
    for (size_t i = 0; i < plan_.outcomes.size(); ++i) {
      using Kind = RowOutcome::Kind;
      const RowOutcome& outcome = plan_.outcomes[i];
      const int64_t rows = stats_.by_outcome[i];
      if (outcome.kind == Kind::kFiltered) report_.rows_filtered += rows;
      if (outcome.kind == Kind::kDuplicate) report_.rows_duplicate += rows;
      if (outcome.kind == Kind::kDropped) report_.dropped.emplace_back(outcome.name, rows);
    }
    for (size_t i = 0; i < plan_.counted.size(); ++i) {
      report_.counted.emplace_back(plan_.counted[i], stats_.counted[i]);
    }
    report_.absent_columns = plan_.absent_columns;
    report_.unused_columns = plan_.unused_columns;
  }

  // Writes the prepared rows as report_.mode says; `span`: of kDays.
  Status write(const DaySpan* span) {
    RETURN_IF_ERROR(encode_ids(plan_, session_.context.transaction, session_.connection));
    const RoleWrite job{session_, plan_, table_, losers_ > 0};
    Result<Written> written = [&] {
      switch (report_.mode) {
        case LoadMode::kAppend:
          return write_append(job);
        case LoadMode::kUpsert:
          return write_upsert(job);
        case LoadMode::kDays:
          return write_days(job, *span);
        default:
          return write_full(job);
      }
    }();
    if (!written) return written.error();
    report_.rows_loaded = written->rows;
    report_.rows_duplicate += written->duplicates;
    report_.rows_in_table = written->rows_in_table;
    for (const PlannedColumn& planned : plan_.columns) {
      report_.columns.emplace_back(planned.column->name);
    }
    return {};
  }

  // The ids of a master table, for roles that reject others.
  Status know_ids() {
    const std::string entity(find_role(source_.role)->entity);
    const bool wanted =
        std::ranges::any_of(session_.context.project.sources, &SourceConfig::unknown_ids_rejected);
    if (entity.empty() || !wanted) return {};
    const std::string key(find_role(source_.role)->key[0]);
    std::string select;
    if (report_.mode != LoadMode::kFull) {
      select = fmt::format("SELECT {}::VARCHAR AS id FROM main.{}", quote_name(key),
                           quote_name(source_.role));
    }
    if (report_.mode != LoadMode::kUnchanged) {
      select += fmt::format("{} SELECT {}::VARCHAR AS id FROM ({})", select.empty() ? "" : " UNION",
                            plan_.find(key)->value, plan_.loaded_rows());
    }
    const std::string table = "known_" + entity;
    RETURN_IF_ERROR(session_.connection.execute(fmt::format(
        "CREATE OR REPLACE TEMP TABLE {} AS SELECT DISTINCT id FROM ({})", table, select)));
    session_.known_ids[entity] = table;
    return {};
  }

  LoadSession& session_;
  const SourceConfig& source_;
  std::optional<TableInfo> table_;
  std::optional<LoadMark> mark_;
  LoadMark next_;
  std::vector<SourceFile> files_;
  RolePlan plan_;
  RowStats stats_;
  int64_t losers_ = 0;
  RoleReport report_;
};

}  // namespace

std::string source_fingerprint(const Project& project, const SourceConfig& source) {
  const Money& money = project.money;
  std::string text = fmt::format("{}\n{}\n{} {} {}\n", kLoadVersion, project.timezone,
                                 money.currency, money.decimals, static_cast<int>(money.rounding));
  text += source.node ? source.node->to_text() : source.name;
  return sha256_hex(text);
}

Result<RoleReport> load_role(LoadSession& session, const SourceConfig& source) {
  return RoleLoader(session, source).run();
}

}  // namespace coterie::data
