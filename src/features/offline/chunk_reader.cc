#include <optional>

#include "features/offline/chunk_reader_internal.h"

namespace coterie::features {
namespace {

// Beyond so many texts a column has hardly a text twice, and keeping them again costs memory.
constexpr int32_t kMostKnown = 1 << 16;

}  // namespace

int32_t KnownTexts::code_of(std::string_view text) {
  if (const std::optional<int32_t> met = met_.find(text)) return codes_[static_cast<size_t>(*met)];
  const int32_t code = growing_->add(text);
  if (met_.size() < kMostKnown) {
    met_.add(text);
    codes_.push_back(code);
  }
  return code;
}

ChunkReader::ChunkReader(const SourcePlan& source, size_t index, const EventTexts& texts,
                         int64_t first_entity, const std::vector<bool>* wanted)
    : source_(source),
      pools_(texts.pools()[index]),
      first_entity_(static_cast<int32_t>(first_entity)),
      wanted_(wanted) {
  const size_t fields = source.fields.size();
  for (size_t f = 0; f < fields; ++f) known_.emplace_back(texts.growing(index, f));
  integers_.resize(fields);
  reals_.resize(fields);
  codes_.resize(fields);
  nulls_.resize(fields);
  columns_.resize(fields);
  passes_.resize(source.filters.size());
  for (const Field& field : source.fields)
    columns_[static_cast<size_t>(&field - source.fields.data())].cell = field.cell;
}

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

Result<int32_t> ChunkReader::code_of(std::string_view text, size_t field) {
  if (known_[field].grows()) return known_[field].code_of(text);
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

}  // namespace coterie::features
