#pragma once
// Rows of a group in the order in which they are evaluated: by entity, then time, so that an
// entity's rows are computed together and memory is read forwards.

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"

namespace coterie::features {

// Rows whose values are assembled together.
inline constexpr size_t kBatchRows = 1024;

// Positions in `rows` (which index `entities` and `at`), sorted.
std::vector<int64_t> evaluation_order(std::span<const int32_t> entities, std::span<const Micros> at,
                                      std::span<const int64_t> rows);

}  // namespace coterie::features
