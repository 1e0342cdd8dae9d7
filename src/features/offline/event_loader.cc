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
  // `wanted` by code, null: all.
  ChunkReader(const SourcePlan& source, size_t index, EventTexts& texts, int64_t first_entity,
              const std::vector<bool>* wanted)
      : source_(source),
        pools_(texts.pools()[index]),
        first_entity_(static_cast<int32_t>(first_entity)),
        wanted_(wanted) {
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

  Status read(const data::Chunk& chunk, const EventSink& sink);

 private:
  void read_entities(const data::ColumnView& column, size_t rows);
  void read_nulls(const data::ColumnView& column, size_t field, size_t rows);
  void read_column(const data::ColumnView& column, size_t field, size_t rows);
  Status read_codes(const data::ColumnView& column, size_t field, size_t rows);
  Micros day_end(int32_t day);
  std::span<const Micros> read_times(const data::ColumnView& column, size_t rows,
                                     std::vector<Micros>& memory);
  Result<int32_t> code_of(std::string_view text, size_t field) const;

  const SourcePlan& source_;
  const SourcePools& pools_;
  int32_t first_entity_;
  const std::vector<bool>* wanted_;
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

void ChunkReader::read_entities(const data::ColumnView& column, size_t rows) {
  entities_.resize(rows);
  const int32_t* codes = column.int32_data();
  for (size_t r = 0; r < rows; ++r) {
    const bool kept = wanted_ == nullptr || (*wanted_)[static_cast<size_t>(codes[r])];
    entities_[r] = kept ? codes[r] - first_entity_ : -1;
  }
}

Micros ChunkReader::day_end(int32_t day) {
  const auto [end, is_new] = day_ends_.try_emplace(day, 0);
  if (is_new) end->second = source_.table.zone.day_end(day);
  return end->second;
}

// Timestamps are microseconds, whatever the table has (event_sql()), and are read where they stand.
std::span<const Micros> ChunkReader::read_times(const data::ColumnView& column, size_t rows,
                                                std::vector<Micros>& memory) {
  if (column.type() == data::ValueType::kTimestamp) return {column.int64_data(), rows};
  memory.resize(rows);
  for (size_t r = 0; r < rows; ++r) {
    const auto row = static_cast<int64_t>(r);
    memory[r] = column.is_null(row) ? 0 : day_end(column.as_days(row));
  }
  return memory;
}

Status ChunkReader::read(const data::Chunk& chunk, const EventSink& sink) {
  const auto rows = static_cast<size_t>(chunk.rows());
  int at = 0;
  read_entities(chunk.column(at++), rows);
  const bool timed = !source_.table.timestamp_field.empty();
  const bool arrives = timed && !source_.table.arrived_at.empty();
  std::span<const Micros> times;
  if (timed) {
    times = read_times(chunk.column(at++), rows, times_);
  } else {
    times_.assign(rows, kStaticTime);
    times = times_;
  }
  if (arrives) {
    const data::ColumnView column = chunk.column(at++);
    const std::span<const Micros> arrivals = read_times(column, rows, arrivals_);
    arrivals_.resize(rows);
    for (size_t r = 0; r < rows; ++r)
      arrivals_[r] = column.is_null(static_cast<int64_t>(r)) ? times[r] : arrivals[r];
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
               .times = times,
               .arrivals = arrives ? std::span<const Micros>(arrivals_) : std::span<const Micros>(),
               .columns = columns_,
               .passes = passes});
}

// One source and the part of it that is asked for.
struct SourceReading {
  size_t index;
  const SourcePlan& source;
  const EntityKeys& keys;
  EventScope bounds;
};

SourceReading reading_of(const FeaturePlan& plan, size_t index, const std::vector<EntityKeys>& keys,
                         const EventScope& scope) {
  const SourcePlan& source = plan.sources()[index];
  return {index, source, keys_of(keys, *source.entity),
          source.entity == scope.entity ? scope : EventScope{.latest = scope.latest}};
}

Status read_source(const SourceReading& reading, const std::vector<bool>* wanted, EventTexts& texts,
                   data::Connection& connection, const EventSink& sink) {
  ChunkReader reader(reading.source, reading.index, texts, reading.bounds.first_entity, wanted);
  return connection.for_each_chunk(
      event_sql(reading.source, reading.keys.relation, reading.bounds),
      [&](const data::Chunk& chunk) { return reader.read(chunk, sink); });
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
  const SourceReading reading = reading_of(plan, static_cast<size_t>(index), keys, scope);
  return read_source(reading, nullptr, texts, connection, sink);
}

Result<EventTables> load_events(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                EventTexts& texts, const EventScope& scope,
                                const WantedEntities& wanted, data::Connection& connection,
                                ThreadPool& pool) {
  EventTables tables;
  for (size_t s = 0; s < plan.sources().size(); ++s) {
    const SourceReading reading = reading_of(plan, s, keys, scope);
    const auto entity = static_cast<size_t>(&reading.keys - keys.data());
    std::vector<EventTableBuilder> builders;
    builders.emplace_back(reading.source.layout);
    RETURN_IF_ERROR(read_source(reading, wanted.empty() ? nullptr : &wanted[entity], texts,
                                connection, [&](const EventChunk& chunk) -> Status {
                                  builders[0].add(chunk);
                                  return {};
                                }));
    const int64_t end = std::min<int64_t>(reading.keys.size, reading.bounds.end_entity);
    const int64_t entities = std::max<int64_t>(0, end - reading.bounds.first_entity);
    tables.push_back(
        EventTableBuilder::finish(std::move(builders), static_cast<int32_t>(entities), pool));
  }
  return tables;
}

}  // namespace coterie::features
