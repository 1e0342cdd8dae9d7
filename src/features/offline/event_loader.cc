#include "features/offline/event_loader.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "data/engine/sql_text.h"

namespace coterie::features {
namespace {

// Which columns of a source the aggregates need the texts of.
std::vector<bool> needed_texts(const FeaturePlan& plan, size_t source) {
  std::vector<bool> needed(plan.sources()[source].fields.size(), false);
  std::vector<SlotUse> uses;
  for (const CompiledFeature& feature : plan.features())
    uses.insert(uses.end(), feature.slots.begin(), feature.slots.end());
  for (const SlotUse& use : uses) {
    if (static_cast<size_t>(use.source) != source) continue;
    const Aggregate& aggregate = use.aggregate;
    const Function f = aggregate.function;
    const bool shows = f == Function::kLast || f == Function::kFirst || f == Function::kLatest ||
                       f == Function::kMin || f == Function::kMax;
    if (shows && aggregate.column >= 0) needed[static_cast<size_t>(aggregate.column)] = true;
    if (aggregate.group >= 0) needed[static_cast<size_t>(aggregate.group)] = true;
  }
  return needed;
}

Status read_texts(const std::string& select, data::Connection& connection, TextPool& pool) {
  return connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
    const data::ColumnView texts = chunk.column(0);
    for (int64_t row = 0; row < chunk.rows(); ++row) pool.add(texts.as_text(row));
    return {};
  });
}

// The distinct texts of field `index`, in their order.
std::string distinct_sql(const SourcePlan& source, size_t index, const std::string& keys) {
  return fmt::format("SELECT DISTINCT f{0} FROM ({1}) WHERE f{0} IS NOT NULL ORDER BY 1", index,
                     event_sql(source, keys, {}));
}

// One chunk of the engine as a chunk of events.
class ChunkReader {
 public:
  ChunkReader(const SourcePlan& source, size_t index, EventTexts& texts)
      : source_(source), pools_(texts.pools()[index]) {
    const size_t fields = source.fields.size();
    for (size_t f = 0; f < fields; ++f) growing_.push_back(texts.growing(index, f));
    integers_.resize(fields);
    reals_.resize(fields);
    codes_.resize(fields);
    nulls_.resize(fields);
    columns_.resize(fields);
    passes_.resize(source.filters.size());
    for (const Field& field : source.fields)
      columns_[static_cast<size_t>(&field - source.fields.data())].cell = field.cell;
  }

  Status read(const data::Chunk& chunk, int32_t first_entity, const EventSink& sink);

 private:
  void read_nulls(const data::ColumnView& column, size_t field, size_t rows);
  void read_column(const data::ColumnView& column, size_t field, size_t rows);
  Status read_codes(const data::ColumnView& column, size_t field, size_t rows);
  Micros time_in(const data::ColumnView& column, int64_t row);
  Result<int32_t> code_of(std::string_view text, size_t field) const;

  const SourcePlan& source_;
  const SourcePools& pools_;
  std::vector<TextPool*> growing_;
  std::vector<int32_t> entities_;
  std::vector<Micros> times_, arrivals_;
  std::unordered_map<int32_t, Micros> day_ends_;
  std::vector<std::vector<int64_t>> integers_;
  std::vector<std::vector<double>> reals_;
  std::vector<std::vector<int32_t>> codes_;
  std::vector<std::vector<uint8_t>> nulls_, passes_;
  std::vector<EventColumn> columns_;
};

// Where the column has no nulls, nobody has to look for them again.
void ChunkReader::read_nulls(const data::ColumnView& column, size_t field, size_t rows) {
  std::vector<uint8_t>& nulls = nulls_[field];
  nulls.resize(rows);
  uint8_t any = 0;
  for (size_t r = 0; r < rows; ++r) {
    nulls[r] = column.is_null(static_cast<int64_t>(r)) ? 1 : 0;
    any |= nulls[r];
  }
  columns_[field].nulls = any != 0 ? nulls.data() : nullptr;
}

void ChunkReader::read_column(const data::ColumnView& column, size_t field, size_t rows) {
  read_nulls(column, field, rows);
  const std::vector<uint8_t>& nulls = nulls_[field];
  if (columns_[field].cell == Cell::kReal) {
    reals_[field].resize(rows);
    for (size_t r = 0; r < rows; ++r)
      reals_[field][r] = nulls[r] != 0 ? 0 : column.as_real(static_cast<int64_t>(r));
    columns_[field].reals = reals_[field].data();
    return;
  }
  const data::ValueType type = column.type();
  // 64-bit integers, unscaled decimals and microseconds are read where they stand.
  if (const int64_t* values = column.int64_data(); values != nullptr) {
    columns_[field].integers = values;
    return;
  }
  std::vector<int64_t>& out = integers_[field];
  out.resize(rows);
  for (size_t r = 0; r < rows; ++r) {
    const auto row = static_cast<int64_t>(r);
    out[r] = nulls[r] != 0                         ? 0
             : type == data::ValueType::kTimestamp ? column.as_micros(row)
             : type == data::ValueType::kDate      ? column.as_days(row)
                                                   : column.as_int(row);
  }
  columns_[field].integers = out.data();
}

Result<int32_t> ChunkReader::code_of(std::string_view text, size_t field) const {
  if (growing_[field] != nullptr) return growing_[field]->add(text);
  const std::optional<int32_t> code = pools_[field]->find(text);
  if (!code) return internal_error("a text of a source is not among its distinct texts");
  return *code;
}

Status ChunkReader::read_codes(const data::ColumnView& column, size_t field, size_t rows) {
  read_nulls(column, field, rows);
  if (!source_.fields[field].dictionary.empty() && column.int32_data() != nullptr) {
    columns_[field].codes = column.int32_data();
    return {};
  }
  const std::vector<uint8_t>& nulls = nulls_[field];
  std::vector<int32_t>& codes = codes_[field];
  codes.resize(rows);
  std::string_view last_text;
  int32_t last_code = -1;
  for (size_t r = 0; r < rows; ++r) {
    codes[r] = 0;
    if (nulls[r] != 0) continue;
    const std::string_view text = column.as_text(static_cast<int64_t>(r));
    if (last_code < 0 || text != last_text) {
      ASSIGN_OR_RETURN(last_code, code_of(text, field));
      last_text = text;
    }
    codes[r] = last_code;
  }
  columns_[field].codes = codes.data();
  return {};
}

Micros ChunkReader::time_in(const data::ColumnView& column, int64_t row) {
  if (column.type() == data::ValueType::kTimestamp) return column.as_micros(row);
  const int32_t day = column.as_days(row);
  const auto [end, is_new] = day_ends_.try_emplace(day, 0);
  if (is_new) end->second = source_.table.zone.day_end(day);
  return end->second;
}

Status ChunkReader::read(const data::Chunk& chunk, int32_t first_entity, const EventSink& sink) {
  const auto rows = static_cast<size_t>(chunk.rows());
  int at = 0;
  const data::ColumnView entities = chunk.column(at++);
  entities_.resize(rows);
  for (size_t r = 0; r < rows; ++r)
    entities_[r] = static_cast<int32_t>(entities.as_int(static_cast<int64_t>(r))) - first_entity;
  const bool timed = !source_.table.timestamp_field.empty();
  const bool arrives = timed && !source_.table.arrived_at.empty();
  if (timed) {
    const data::ColumnView times = chunk.column(at++);
    times_.resize(rows);
    for (size_t r = 0; r < rows; ++r) times_[r] = time_in(times, static_cast<int64_t>(r));
  } else {
    times_.assign(rows, kStaticTime);
  }
  if (arrives) {
    arrivals_ = times_;
    const data::ColumnView arrivals = chunk.column(at++);
    for (size_t r = 0; r < rows; ++r) {
      const auto row = static_cast<int64_t>(r);
      if (!arrivals.is_null(row)) arrivals_[r] = time_in(arrivals, row);
    }
  }
  for (size_t f = 0; f < columns_.size(); ++f) {
    const data::ColumnView column = chunk.column(at++);
    if (columns_[f].cell == Cell::kCode) {
      RETURN_IF_ERROR(read_codes(column, f, rows));
    } else {
      read_column(column, f, rows);
    }
  }
  std::vector<const uint8_t*> passes;
  for (std::vector<uint8_t>& pass : passes_) {
    const data::ColumnView column = chunk.column(at++);
    pass.resize(rows);
    for (size_t r = 0; r < rows; ++r) {
      const auto row = static_cast<int64_t>(r);
      pass[r] = !column.is_null(row) && column.as_int(row) != 0 ? 1 : 0;
    }
    passes.push_back(pass.data());
  }
  return sink({.entities = entities_,
               .times = times_,
               .arrivals = arrives ? std::span<const Micros>(arrivals_) : std::span<const Micros>(),
               .columns = columns_,
               .passes = passes});
}

}  // namespace

Result<EventTexts> EventTexts::read(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                    data::Connection& connection, Ids ids) {
  EventTexts texts;
  for (size_t s = 0; s < plan.sources().size(); ++s) {
    const SourcePlan& source = plan.sources()[s];
    SourcePools pools(source.fields.size(), nullptr);
    std::vector<TextPool*> growing(source.fields.size(), nullptr);
    const std::vector<bool> needed = needed_texts(plan, s);
    const bool real =
        std::ranges::find(source.layout.columns, Cell::kReal) != source.layout.columns.end();
    for (size_t f = 0; f < source.fields.size(); ++f) {
      const Field& field = source.fields[f];
      const bool passed_over = !field.dictionary.empty() && !needed[f] && ids == Ids::kNeeded;
      if (field.cell != Cell::kCode || passed_over) continue;
      auto pool = std::make_unique<TextPool>();
      if (!field.dictionary.empty()) {
        RETURN_IF_ERROR(
            read_texts(fmt::format("SELECT id FROM facts.dict_{} ORDER BY code", field.dictionary),
                       connection, *pool));
      } else if (real) {
        const std::string& relation = keys_of(keys, *source.entity).relation;
        RETURN_IF_ERROR(read_texts(distinct_sql(source, f, relation), connection, *pool));
      } else {
        growing[f] = pool.get();
      }
      pools[f] = pool.get();
      texts.owned_.push_back(std::move(pool));
    }
    texts.pools_.push_back(std::move(pools));
    texts.growing_.push_back(std::move(growing));
  }
  return texts;
}

Status read_events(const FeaturePlan& plan, int index, const std::vector<EntityKeys>& keys,
                   EventTexts& texts, const EventScope& scope, data::Connection& connection,
                   const EventSink& sink) {
  const auto at = static_cast<size_t>(index);
  const SourcePlan& source = plan.sources()[at];
  EventScope bounds{.latest = scope.latest};
  if (source.entity == scope.entity) bounds = scope;
  ChunkReader reader(source, at, texts);
  const auto first = static_cast<int32_t>(bounds.first_entity);
  return connection.for_each_chunk(
      event_sql(source, keys_of(keys, *source.entity).relation, bounds),
      [&](const data::Chunk& chunk) { return reader.read(chunk, first, sink); });
}

Result<EventTables> load_events(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                EventTexts& texts, const EventScope& scope,
                                data::Connection& connection, ThreadPool& pool) {
  EventTables tables;
  for (size_t s = 0; s < plan.sources().size(); ++s) {
    const SourcePlan& source = plan.sources()[s];
    std::vector<EventTableBuilder> builders;
    builders.emplace_back(source.layout);
    RETURN_IF_ERROR(read_events(plan, static_cast<int>(s), keys, texts, scope, connection,
                                [&](const EventChunk& chunk) -> Status {
                                  builders[0].add(chunk);
                                  return {};
                                }));
    const bool scoped = source.entity == scope.entity;
    const int64_t size = keys_of(keys, *source.entity).size;
    const int64_t first = scoped ? scope.first_entity : 0;
    const int64_t end = scoped ? std::min(size, scope.end_entity) : size;
    tables.push_back(EventTableBuilder::finish(
        std::move(builders), static_cast<int32_t>(std::max<int64_t>(0, end - first)), pool));
  }
  return tables;
}

}  // namespace coterie::features
