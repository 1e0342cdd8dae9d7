#pragma once
// Values of a feature over the rows of a batch.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "expr/expr.h"
#include "features/window/events_view.h"

namespace coterie::features {

enum class Shape : uint8_t {
  kScalar,
  kVector,  // `width` reals
  kTexts,   // a list of texts
};

struct ValueType {
  Shape shape = Shape::kScalar;
  expr::Type type = expr::kRealType;  // of a scalar
  int width = 0;
  std::vector<std::string> labels = {};  // of a vector's elements, where they have names

  bool operator==(const ValueType&) const = default;
  std::string to_text() const;  // "real", "vector(12)"
};

// What Feast calls them, in its order.
enum class ValueStatus : uint8_t {
  kPresent,
  kNull,           // the entity is known, the value is null
  kNotFound,       // nothing is known of the entity
  kOutsideMaxAge,  // older than the feature's ttl
};

// The event time of rows of static sources, which count at any time: before the year 1, in which
// the times of events begin, so never too old by a ttl and never taken for an event's.
inline constexpr Micros kStaticTime = -62'135'596'800'000'001;

// Scalars use the array of their type as expr::ColumnData does; vectors `elements`, row by row;
// lists of texts `entries`, row r being [ends[r - 1], ends[r]). Texts view pools, fitted statistics
// or `owned`.
struct ValueColumn {
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string_view> texts;
  std::vector<uint8_t> nulls;
  std::vector<double> elements;
  std::vector<std::string_view> entries;
  std::vector<int32_t> ends;
  std::vector<ValueStatus> statuses;
  std::vector<Micros> event_times;  // of the newest event behind the value; kNever = none

  expr::ColumnData view() const;
  expr::Value scalar(const expr::Type& type, int64_t row) const;
};

// Text of a scalar that is not null, as one-hot values, hashes and outputs write it.
std::string value_text(const expr::Type& type, const expr::Value& value);
// Of the value in a row, which is not null; vectors and lists as JSON arrays.
std::string value_text(const ValueType& type, const ValueColumn& column, int64_t row);

}  // namespace coterie::features
