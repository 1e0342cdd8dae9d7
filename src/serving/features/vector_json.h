#pragma once
// Values of features as JSON. Reals keep a point or an exponent (3.0), so that clients which infer
// types see reals; decimals are numbers with all their digits; dates and times are texts; vectors
// and lists of texts are lists.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "features/plan/value_column.h"
#include "serving/http/json_writer.h"

namespace coterie::serving {

// One value, null included.
void write_value(JsonWriter& json, const features::ValueType& type,
                 const features::ValueColumn& column, int64_t row);
// "PRESENT" in its JSON quotes, likewise the others.
std::string_view status_json(features::ValueStatus status);

// Times as Feast writes them, in JSON quotes: seconds, milliseconds or microseconds, whatever the
// time needs, and 1970-01-01T00:00:00Z for what has no time of its own. Remembers the latest text
// of each row, because features of one source have it in common. One thread's.
class TimeTexts {
 public:
  void begin(size_t rows);
  std::string_view text(size_t row, Micros at);

 private:
  struct Text {
    Micros at = 0;
    uint8_t size = 0;
    char bytes[38] = {};
  };
  static void format(Micros at, Text& out);
  std::vector<Text> rows_;
};

}  // namespace coterie::serving
