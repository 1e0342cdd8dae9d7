#pragma once
// The one interface of clusterers: rows of numbers in, a segment of every row out.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"

namespace coterie::segment {

// n rows of d columns, row-major, dense. Values are finite. Does not own.
struct Table {
  std::span<const float> values;  // n × d
  int64_t rows = 0;
  int columns = 0;
  std::span<const float> weights = {};  // rows, finite, >= 0, some > 0; empty = 1 each
};
// kInvalidInput: sizes that do not fit, a value that is not finite (names row and column), weights
// out of range.
Status check_table(const Table& table);

// After fit, all const members are thread-safe.
class Clusterer {
 public:
  virtual ~Clusterer() = default;
  virtual std::string name() const = 0;

  // Deterministic for any number of threads. Errors: kInvalidInput for an empty table, fewer rows
  // than clusters or values that are not finite; kCancelled.
  virtual Status fit(const Table& table, ThreadPool& pool) = 0;

  virtual int clusters() const = 0;
  // A segment in [0, clusters) for every row. Error kInvalidInput for other columns than fitted.
  virtual Result<std::vector<int32_t>> predict(const Table& table, ThreadPool& pool) const = 0;

  // Artefacts: model.json + model.safetensors inside `folder` (created). load(save(m)) gives equal
  // bytes and equal answers.
  virtual Status save(const std::string& folder) const = 0;
};

}  // namespace coterie::segment
