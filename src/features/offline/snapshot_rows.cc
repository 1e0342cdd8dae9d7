// A build's rows as a Parquet file.

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "data/parquet/ordered_writer.h"
#include "features/offline/batch_order_internal.h"
#include "features/offline/group_columns.h"
#include "features/offline/snapshot_build_internal.h"

namespace coterie::features {
namespace {

parquet::Column constant_text(std::string name, const std::string& text, int64_t rows,
                              parquet::TextTable& texts) {
  parquet::Column column{.name = std::move(name), .texts = &texts};
  column.codes.assign(static_cast<size_t>(rows), texts.add(text));
  return column;
}

parquet::Column constant_integer(std::string name, parquet::ColumnType type, int64_t value,
                                 int64_t rows) {
  parquet::Column column{.name = std::move(name), .type = type};
  column.integers.assign(static_cast<size_t>(rows), value);
  return column;
}

}  // namespace

Status SnapshotBuild::Impl::read_key_texts() {
  for (size_t k = 0; k < entity.join_keys.size(); ++k) {
    key_texts.push_back(std::make_unique<parquet::TextTable>());
    RETURN_IF_ERROR(context.connection.for_each_chunk(
        fmt::format("SELECT k{} FROM {} ORDER BY code", k, keys().relation),
        [&](const data::Chunk& chunk) -> Status {
          const data::ColumnView texts_column = chunk.column(0);
          for (int64_t row = 0; row < chunk.rows(); ++row)
            key_texts.back()->add(texts_column.as_text(row));
          return {};
        }));
  }
  return {};
}

std::vector<parquet::Column> SnapshotBuild::Impl::key_columns(
    const LoadedPart& part, std::span<const int32_t> members) const {
  std::vector<parquet::Column> columns;
  for (size_t k = 0; k < entity.join_keys.size(); ++k) {
    parquet::Column& column = columns.emplace_back();
    column.name = entity.join_keys[k];
    if (!keys().dictionary.empty()) {
      column.type = parquet::ColumnType::kInteger32;
      for (const int32_t member : members) column.integers.push_back(part.first + member);
    } else {
      column.texts = key_texts[k].get();
      for (const int32_t member : members)
        column.codes.push_back(static_cast<uint32_t>(part.first + member));
    }
  }
  return columns;
}

parquet::RowGroup SnapshotBuild::Impl::encode(const LoadedPart& part,
                                              std::span<const int32_t> members,
                                              const FeatureSource& source,
                                              const SnapshotProvenance& provenance) const {
  FeatureRows rows(source);
  GroupColumns group(plan->outputs(), std::ssize(members));
  std::vector<ValueColumn> values;
  std::vector<Micros> times;
  std::vector<int64_t> places;
  for (size_t begin = 0; begin < members.size(); begin += kBatchRows) {
    const size_t count = std::min(kBatchRows, members.size() - begin);
    rows.compute(batch(members.subspan(begin, count), times), values);
    places.resize(count);
    for (size_t i = 0; i < count; ++i) places[i] = static_cast<int64_t>(begin + i);
    group.place(values, places);
  }
  const int64_t count = std::ssize(members);
  parquet::TextTable texts_of_constants;
  std::vector<parquet::Column> columns = key_columns(part, members);
  columns.push_back(constant_integer(kDayColumn, parquet::ColumnType::kDate, day(), count));
  std::ranges::move(group.finish(), std::back_inserter(columns));
  columns.push_back(constant_integer("updated_at", parquet::ColumnType::kTimestamp,
                                     provenance.updated_at, count));
  columns.push_back(
      constant_text("model_version", provenance.model_version, count, texts_of_constants));
  columns.push_back(constant_text("run_id", provenance.run_id, count, texts_of_constants));
  return parquet::encode_row_group(columns, parquet::Compression::kZstd);
}

std::vector<parquet::Column> SnapshotBuild::Impl::file_columns(
    const SnapshotProvenance& provenance) const {
  std::vector<parquet::Column> columns = key_columns({}, {});
  columns.push_back(constant_integer(kDayColumn, parquet::ColumnType::kDate, day(), 0));
  for (const RequestPlan::Output& output : plan->outputs())
    columns.push_back(output_column(output));
  columns.push_back(
      constant_integer("updated_at", parquet::ColumnType::kTimestamp, provenance.updated_at, 0));
  for (const char* name : {"model_version", "run_id"})
    columns.push_back({.name = name, .type = parquet::ColumnType::kText});
  return columns;
}

Result<int64_t> SnapshotBuild::write(const std::string& path,
                                     const SnapshotProvenance& provenance) {
  Impl& build = *impl_;
  const Stopwatch computing;
  const double read_before = build.stats.read_seconds;
  ASSIGN_OR_RETURN(auto writer, parquet::ParquetWriter::create(path, build.file_columns(provenance),
                                                               parquet::Compression::kZstd));
  RETURN_IF_ERROR(build.for_each_part([&](const LoadedPart& part) -> Status {
    for (const EventTable& table : part.tables) build.stats.events += table.events();
    const FeatureSource source(build.offline->plan, *build.plan, part.tables, *build.texts,
                               build.offline->timezone);
    const int64_t rows = std::ssize(part.members);
    const int64_t group = parquet::even_group(rows);
    return parquet::append_groups(
        writer, {}, build.context.pool, (rows + group - 1) / group,
        [&](int64_t task, std::vector<parquet::Column>&) -> Result<parquet::RowGroups> {
          const auto begin = static_cast<size_t>(task * group);
          const auto members = std::span(part.members)
                                   .subspan(begin, std::min(static_cast<size_t>(group),
                                                            part.members.size() - begin));
          parquet::RowGroups groups;
          groups.push_back(build.encode(part, members, source, provenance));
          return groups;
        });
  }));
  build.stats.rows = writer.rows();
  ASSIGN_OR_RETURN([[maybe_unused]] const int64_t bytes, writer.finish());
  build.stats.compute_seconds = computing.seconds() - (build.stats.read_seconds - read_before);
  build.whole.reset();
  return build.stats.rows;
}

}  // namespace coterie::features
