#include "features/online/materialize.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/check.h"
#include "events/event_reader.h"
#include "features/online/build_lock_internal.h"
#include "features/online/checkpoint.h"

namespace coterie::features {
namespace {

// Rows of one source, put into a state: codes of the feed's pools become codes of the state's.
class HistoryLoader {
 public:
  HistoryLoader(OnlineState& state, int source, events::Offset offset)
      : state_(state),
        source_(source),
        offset_(offset),
        pools_(state.pools_to_fill(source)),
        translations_(pools_.size()) {}

  Status load(const HistoryRows& rows) {
    RETURN_IF_ERROR(check_cancelled());
    const size_t width = pools_.size();
    CHECK(rows.columns.size() == width && rows.pools.size() == width);
    values_.resize(width);
    passes_.resize(rows.passes.size());
    for (size_t r = 0; r < static_cast<size_t>(rows.rows); ++r) {
      for (size_t c = 0; c < width; ++c) values_[c] = value(rows, c, r);
      for (size_t f = 0; f < passes_.size(); ++f) passes_[f] = rows.passes[f][r];
      const Micros arrived = rows.arrivals.empty() ? rows.times[r] : rows.arrivals[r];
      // Not behind `offset_`: the same entity may have any number of rows.
      state_.insert(source_, rows.keys[r], {rows.times[r], arrived, values_, passes_}, offset_,
                    offset_);
    }
    return {};
  }

 private:
  EventValue value(const HistoryRows& rows, size_t c, size_t r) {
    const EventColumn& column = rows.columns[c];
    if (column.nulls != nullptr && column.nulls[r] != 0) return {};
    EventValue value{.integer = 0, .real = 0, .code = 0, .null = false};
    if (column.cell == Cell::kInteger) {
      value.integer = column.integers[r];
    } else if (column.cell == Cell::kReal) {
      value.real = column.reals[r];
    } else {
      value.code = translated(*rows.pools[c], c, column.codes[r]);
    }
    return value;
  }

  int32_t translated(const TextPool& from, size_t c, int32_t code) {
    Translation& translation = translations_[c];
    if (translation.from != &from) translation = {.from = &from, .codes = {}};
    const auto at = static_cast<size_t>(code);
    if (at >= translation.codes.size()) translation.codes.resize(at + 1 + at / 2, -1);
    int32_t& known = translation.codes[at];
    if (known < 0) known = pools_[c]->add(from.at(code));
    return known;
  }

  struct Translation {
    const TextPool* from = nullptr;
    std::vector<int32_t> codes;  // -1 = not translated yet
  };
  OnlineState& state_;
  int source_;
  events::Offset offset_;
  std::vector<TextPool*> pools_;
  std::vector<Translation> translations_;
  std::vector<EventValue> values_;
  std::vector<uint8_t> passes_;
};

// A generation that nobody has used.
Result<int64_t> next_generation(store::KeyValueStore& store) {
  int64_t latest = 0;
  for (const HeadKind kind : {HeadKind::kServing, HeadKind::kPending}) {
    ASSIGN_OR_RETURN(const auto head, read_head(store, kind));
    if (head) latest = std::max(latest, head->generation);
  }
  // What an attempt that failed may have left there.
  RETURN_IF_ERROR(clear_generation(store, latest + 1));
  return latest + 1;
}

// The state is to be replayed from `offset`: the log must still have what comes behind.
Status check_log_reaches(const std::string& folder, events::Offset offset) {
  const auto range = events::read_log_range(folder);
  if (!range.ok()) return range.error().code == ErrorCode::kNotFound ? Status() : range.error();
  if (range->begin <= offset) return {};
  return Error{ErrorCode::kConflict,
               fmt::format("the warehouse has the log's events before offset {}, but those before "
                           "{} have been removed",
                           offset, range->begin)}
      .at(folder)
      .with_mend(
          "load the rest first: coterie run --select pushed_rows; if this warehouse was restored "
          "from a backup that is older than the log's oldest event, restore a newer one");
}

Result<MaterializeReport> write_generation(OnlineState& state, events::Offset offset,
                                           const MaterializeConfig& config) {
  ASSIGN_OR_RETURN(const auto store, store::open_store(config.store_url, config.store));
  ASSIGN_OR_RETURN(const int64_t generation, next_generation(*store));
  const auto entities = state.take_changed();
  RETURN_IF_ERROR(write_entities(*store, generation, state, entities, config.batch_bytes,
                                 [](auto) { return check_cancelled(); }));
  store::WriteBatch batch;
  put_head(batch, HeadKind::kPending,
           {.generation = generation,
            .offset = offset,
            .fingerprint = state.layout().fingerprint(),
            .saved_at = now_micros(),
            .superseded = kNoGeneration,
            .dropped = state.dropped()});
  RETURN_IF_ERROR(store->write(batch));
  MaterializeReport report{.generation = generation,
                           .entities = state.entities(),
                           .bytes = state.bytes(),
                           .offset = offset};
  for (const DroppedEvents& each : state.dropped()) report.dropped += each.count;
  return report;
}

}  // namespace

Result<MaterializeReport> materialize(const FeaturePlan& plan, HistoryFeed& history,
                                      const MaterializeConfig& config) {
  RETURN_IF_ERROR(make_folders(config.log_folder));
  ASSIGN_OR_RETURN(const FileLock lock, take_build_lock(config.log_folder));
  OnlineState state(plan, config.limits);
  const events::Offset offset = history.log_offset();
  RETURN_IF_ERROR(check_log_reaches(config.log_folder, offset));
  int64_t rows = 0;
  for (size_t s = 0; s < plan.sources().size(); ++s) {
    HistoryLoader loader(state, static_cast<int>(s), offset);
    RETURN_IF_ERROR(history.read(static_cast<int>(s), [&](const HistoryRows& piece) {
      rows += piece.rows;
      return loader.load(piece);
    }));
  }
  RETURN_IF_ERROR(set_materialized(config.log_folder, true));
  ASSIGN_OR_RETURN(MaterializeReport report, write_generation(state, offset, config));
  report.rows = rows;
  return report;
}

Result<MaterializeReport> rebuild(const FeaturePlan& plan, const MaterializeConfig& config) {
  ASSIGN_OR_RETURN(const FileLock lock, take_build_lock(config.log_folder));
  ASSIGN_OR_RETURN(const events::LogRange range, events::read_log_range(config.log_folder));
  if (range.begin > 0) {
    return not_found(
               fmt::format("the log's events before offset {} have been removed", range.begin))
        .at(config.log_folder)
        .with_mend("run `coterie features materialize`, which begins with the warehouse");
  }
  OnlineState state(plan, config.limits);
  RETURN_IF_ERROR(set_materialized(config.log_folder, false));
  return write_generation(state, range.begin, config);
}

}  // namespace coterie::features
