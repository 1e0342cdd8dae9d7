#pragma once
// From the engine's columns to those of the window evaluator.

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "data/engine/chunk.h"
#include "features/offline/event_loader.h"
#include "features/offline/event_texts.h"
#include "features/plan/source_plan.h"
#include "features/window/event_table.h"
#include "features/window/text_pool.h"

namespace coterie::features {

// The texts of a column that this thread has met, so that it need not ask for each under a lock.
class KnownTexts {
 public:
  explicit KnownTexts(GrowingTexts* growing) : growing_(growing) {}
  bool grows() const { return growing_ != nullptr; }
  int32_t code_of(std::string_view text);

 private:
  GrowingTexts* growing_;
  TextPool met_;
  std::vector<int32_t> codes_;  // of those met
};

// Chunks of the engine as chunks of events. One thread's; several may read beside each other.
class ChunkReader {
 public:
  // `wanted` by code, null: all.
  ChunkReader(const SourcePlan& source, size_t index, const EventTexts& texts, int64_t first_entity,
              const std::vector<bool>* wanted);

  // What `sink` is given is valid while it runs.
  Status read(const data::Chunk& chunk, const EventSink& sink);

 private:
  void read_entities(const data::ColumnView& column, size_t rows);
  void read_nulls(const data::ColumnView& column, size_t field, size_t rows);
  void read_column(const data::ColumnView& column, size_t field, size_t rows);
  Status read_codes(const data::ColumnView& column, size_t field, size_t rows);
  Micros day_end(int32_t day);
  std::span<const Micros> read_times(const data::ColumnView& column, size_t rows,
                                     std::vector<Micros>& memory);
  Result<int32_t> code_of(std::string_view text, size_t field);

  const SourcePlan& source_;
  const SourcePools& pools_;
  int32_t first_entity_;
  const std::vector<bool>* wanted_;
  std::vector<KnownTexts> known_;
  std::vector<int32_t> entities_;
  std::vector<Micros> times_, arrivals_;
  std::unordered_map<int32_t, Micros> day_ends_;
  std::vector<std::vector<int64_t>> integers_;
  std::vector<std::vector<double>> reals_;
  std::vector<std::vector<int32_t>> codes_;
  std::vector<std::vector<uint8_t>> nulls_, passes_;
  std::vector<EventColumn> columns_;
};

}  // namespace coterie::features
