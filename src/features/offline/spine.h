#pragma once
// A spine: the (entity, time) rows for which a point-in-time set has values, with whatever other
// columns they bring (labels). From a Parquet or CSV file.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/timezone.h"
#include "data/engine/engine.h"
#include "data/parquet/parquet_file.h"
#include "data/parquet/text_codes.h"
#include "features/offline/entity_keys.h"

namespace coterie::features {

struct SpineOptions {
  std::string file;
  std::string time;  // its column of times; "" = event_timestamp, or else timestamp
};

// In the file's order. Memory: the file's columns.
struct Spine {
  std::string relation;  // the file as SQL reads it: read_parquet('...') or read_csv('...')
  int64_t rows = 0;
  std::vector<Micros> at;                      // a DATE means that day's end
  std::vector<std::vector<int32_t>> entities;  // by EntityKeys; -1 = a key that nobody has seen
  std::vector<parquet::Column> columns;        // all of the file's
  std::vector<std::unique_ptr<parquet::TextCodes>> texts;

  const parquet::Column* find(std::string_view column) const;
};

// Join keys of a CSV file are texts, whatever they look like: 007 is not 7, nor 1e5 a number.
// kInvalidInput names file, column and row: a join key that is missing, a row without time, a type
// that cannot be passed through. `connection` may read the file.
Result<Spine> read_spine(const SpineOptions& options, const std::vector<EntityKeys>& keys,
                         const TimeZone& zone, data::Connection& connection);

}  // namespace coterie::features
