#include "features/offline/point_in_time.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "data/parquet/ordered_writer.h"
#include "features/offline/batch_order_internal.h"
#include "features/offline/feature_rows.h"
#include "features/offline/group_columns.h"
#include "features/offline/request_columns_internal.h"
#include "features/offline/row_merge_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kMaxPartitions = 1024;

class PointInTime {
 public:
  PointInTime(const OfflineContext& context, const PointInTimeRequest& request)
      : context_(context), request_(request) {}

  Result<PointInTimeReport> run();

 private:
  Status read_spine_rows();
  Status check_names() const;
  // Rows of the spine whose first entity has a code in [first, end), in their order.
  std::vector<int64_t> rows_of(int64_t first, int64_t end) const;
  Status write_whole(const std::string& path);
  Status write_partitions(const std::string& path);
  Result<int64_t> write_rows(const std::string& path, const EventScope& scope,
                             const std::vector<int64_t>& rows, bool numbered);
  void compute_group(FeatureRows& worker, const EventScope& scope, std::span<const int64_t> rows,
                     GroupColumns& group) const;
  std::vector<parquet::Column> spine_slice(std::span<const int64_t> rows) const;

  const OfflineContext& context_;
  const PointInTimeRequest& request_;
  std::optional<OfflinePlan> offline_;
  std::optional<RequestPlan> plan_;
  std::optional<EventTexts> texts_;
  std::vector<size_t> key_of_source_;  // source of the plan -> index of its keys
  Spine spine_;
  WantedEntities wanted_;  // those of the spine
  Micros latest_ = kNever;
  PointInTimeReport report_;
};

Status PointInTime::read_spine_rows() {
  ASSIGN_OR_RETURN(
      spine_, read_spine(request_.spine, offline_->keys, offline_->timezone, context_.connection));
  report_.rows = spine_.rows;
  for (int64_t row = 0; row < spine_.rows; ++row) {
    latest_ = std::max(latest_, spine_.at[static_cast<size_t>(row)]);
    const bool known = std::ranges::any_of(spine_.entities, [&](const std::vector<int32_t>& codes) {
      return codes[static_cast<size_t>(row)] >= 0;
    });
    if (!known && !spine_.entities.empty()) ++report_.unknown;
  }
  for (size_t k = 0; k < offline_->keys.size(); ++k) {
    std::vector<bool>& wanted = wanted_.emplace_back(offline_->keys[k].size);
    for (const int32_t code : spine_.entities[k]) {
      if (code >= 0) wanted[static_cast<size_t>(code)] = true;
    }
  }
  for (const SourcePlan& source : offline_->plan.sources()) {
    const auto keys = std::ranges::find(offline_->keys, source.entity, &EntityKeys::entity);
    key_of_source_.push_back(static_cast<size_t>(keys - offline_->keys.begin()));
  }
  return {};
}

// A feature must not hide a column of the spine.
Status PointInTime::check_names() const {
  for (const FeatureDefinition* feature : request_.features) {
    if (spine_.find(feature->name) == nullptr) continue;
    return invalid_input(
               fmt::format("the spine has a column '{}', as the feature is called", feature->name))
        .at(request_.spine.file)
        .with_mend("rename the column");
  }
  return {};
}

std::vector<int64_t> PointInTime::rows_of(int64_t first, int64_t end) const {
  std::vector<int64_t> rows;
  const std::vector<int32_t>& codes = spine_.entities.front();
  for (int64_t row = 0; row < spine_.rows; ++row) {
    // Rows of nobody are anybody's: the first partition's.
    const int64_t code = std::max(codes[static_cast<size_t>(row)], 0);
    if (code >= first && code < end) rows.push_back(row);
  }
  return rows;
}

std::vector<parquet::Column> PointInTime::spine_slice(std::span<const int64_t> rows) const {
  std::vector<parquet::Column> slice;
  for (const parquet::Column& column : spine_.columns) {
    parquet::Column& out = slice.emplace_back(parquet::Column{.name = column.name,
                                                              .type = column.type,
                                                              .nullable = true,
                                                              .decimals = column.decimals,
                                                              .texts = column.texts});
    const auto gather = [&](const auto& from, auto& to) {
      if (from.empty()) return;
      to.reserve(rows.size());
      for (const int64_t row : rows) to.push_back(from[static_cast<size_t>(row)]);
    };
    gather(column.codes, out.codes);
    gather(column.integers, out.integers);
    gather(column.reals, out.reals);
  }
  return slice;
}

void PointInTime::compute_group(FeatureRows& worker, const EventScope& scope,
                                std::span<const int64_t> rows, GroupColumns& group) const {
  const std::vector<int32_t> nobody(spine_.entities.empty() ? static_cast<size_t>(spine_.rows) : 0,
                                    -1);
  const std::vector<int32_t>& primary = spine_.entities.empty() ? nobody : spine_.entities.front();
  const std::vector<int64_t> order = evaluation_order(primary, spine_.at, rows);
  std::vector<ValueColumn> values;
  std::vector<Micros> at;
  std::vector<std::vector<int32_t>> entities(key_of_source_.size());
  RequestColumns request(offline_->plan, *plan_, spine_);
  for (size_t begin = 0; begin < order.size(); begin += kBatchRows) {
    const size_t end = std::min(order.size(), begin + kBatchRows);
    const std::span<const int64_t> places(order.data() + begin, end - begin);
    at.clear();
    for (std::vector<int32_t>& codes : entities) codes.clear();
    for (const int64_t place : places) {
      const auto row = static_cast<size_t>(rows[static_cast<size_t>(place)]);
      at.push_back(spine_.at[row]);
      for (size_t s = 0; s < entities.size(); ++s) {
        const SourcePlan& source = offline_->plan.sources()[s];
        const int32_t code = spine_.entities[key_of_source_[s]][row];
        const bool scoped = source.entity == scope.entity && code >= 0;
        entities[s].push_back(scoped ? code - static_cast<int32_t>(scope.first_entity) : code);
      }
    }
    RowBatch batch{.at = at};
    for (const std::vector<int32_t>& codes : entities) batch.entities.emplace_back(codes);
    const std::span<const expr::ColumnData> columns = request.gather(rows, places);
    batch.request = columns;
    worker.compute(batch, values);
    group.place(values, places);
  }
}

Result<int64_t> PointInTime::write_rows(const std::string& path, const EventScope& scope,
                                        const std::vector<int64_t>& rows, bool numbered) {
  const Stopwatch reading;
  ASSIGN_OR_RETURN(const EventTables tables,
                   load_events(offline_->plan, offline_->keys, *texts_, scope, wanted_,
                               context_.connection, context_.pool));
  for (const EventTable& table : tables) report_.events += table.events();
  report_.read_seconds += reading.seconds();
  const Stopwatch computing;
  const FeatureSource source(offline_->plan, *plan_, tables, *texts_, offline_->timezone);
  std::vector<parquet::Column> columns;
  if (numbered) {
    columns.push_back(row_number_column({}));
  } else {
    columns = spine_slice({});
  }
  for (const RequestPlan::Output& output : plan_->outputs())
    columns.push_back(output_column(output));
  const int64_t group_rows = parquet::even_group(std::ssize(rows));
  const auto encode = [&](int64_t task,
                          std::vector<parquet::Column>&) -> Result<parquet::RowGroups> {
    const std::span<const int64_t> part = std::span(rows).subspan(
        static_cast<size_t>(task * group_rows),
        static_cast<size_t>(std::min(group_rows, std::ssize(rows) - task * group_rows)));
    FeatureRows worker(source);
    GroupColumns group(plan_->outputs(), std::ssize(part));
    compute_group(worker, scope, part, group);
    std::vector<parquet::Column> out;
    if (numbered) {
      out.push_back(row_number_column(part));
    } else {
      out = spine_slice(part);
    }
    std::ranges::move(group.finish(), std::back_inserter(out));
    parquet::RowGroups groups;
    groups.push_back(parquet::encode_row_group(out, parquet::Compression::kZstd));
    return groups;
  };
  const int64_t tasks = (std::ssize(rows) + group_rows - 1) / group_rows;
  ASSIGN_OR_RETURN(const int64_t written,
                   parquet::write_groups(path, columns, context_.pool, tasks, encode));
  report_.compute_seconds += computing.seconds();
  return written;
}

Status PointInTime::write_whole(const std::string& path) {
  std::vector<int64_t> rows(static_cast<size_t>(spine_.rows));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  ASSIGN_OR_RETURN([[maybe_unused]] const int64_t written,
                   write_rows(path, {.latest = latest_}, rows, false));
  return {};
}

Status PointInTime::write_partitions(const std::string& path) {
  const EntityKeys& keys = offline_->keys.front();
  const int64_t width = (keys.size + report_.partitions - 1) / report_.partitions;
  PartFiles parts;
  for (int64_t first = 0; first < keys.size; first += width) {
    const int64_t end = std::min<int64_t>(first + width, keys.size);
    const std::vector<int64_t> rows = rows_of(first, end);
    if (rows.empty()) continue;
    const std::string& part = parts.add(fmt::format("{}.part{}", path, parts.paths().size()));
    const EventScope scope{
        .entity = keys.entity, .first_entity = first, .end_entity = end, .latest = latest_};
    ASSIGN_OR_RETURN([[maybe_unused]] const int64_t written, write_rows(part, scope, rows, true));
  }
  return merge_rows(context_.connection, spine_, parts.paths(), path);
}

Result<PointInTimeReport> PointInTime::run() {
  ASSIGN_OR_RETURN(offline_, OfflinePlan::open(context_, request_.features));
  ASSIGN_OR_RETURN(const FittedSet fitted, fitted_before(context_));
  ASSIGN_OR_RETURN(plan_, RequestPlan::make(offline_->plan, request_.features, fitted));
  const Stopwatch reading;
  RETURN_IF_ERROR(read_spine_rows());
  RETURN_IF_ERROR(check_names());
  RETURN_IF_ERROR(check_request_columns(offline_->plan, *plan_, spine_, request_.spine.file));
  ASSIGN_OR_RETURN(texts_, EventTexts::read(offline_->plan, offline_->keys, context_.connection));
  report_.read_seconds = reading.seconds();
  if (!offline_->keys.empty() && offline_->keys.front().size > 1) {
    ASSIGN_OR_RETURN(const int64_t partitions, partitions_for(context_, *offline_));
    report_.partitions = static_cast<int>(std::min(partitions, kMaxPartitions));
  }
  RETURN_IF_ERROR(replace_file(request_.out, [&](const std::string& path) -> Status {
    return report_.partitions == 1 ? write_whole(path) : write_partitions(path);
  }));
  report_.bytes = static_cast<int64_t>(std::filesystem::file_size(request_.out));
  return report_;
}

}  // namespace

Result<PointInTimeReport> get_point_in_time(const OfflineContext& context,
                                            const PointInTimeRequest& request) {
  return PointInTime(context, request).run();
}

}  // namespace coterie::features
