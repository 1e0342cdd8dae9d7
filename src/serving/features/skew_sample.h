#pragma once
// Reads back what a SkewLog has kept.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "events/event.h"

namespace coterie::serving {

// A value as it was served: nullopt is null; numbers are compared as such, all else as text. A
// list's elements stand one behind the other with kListSeparator between them.
inline constexpr char kListSeparator = '\x1f';
struct ServedValue {
  std::optional<std::string> text;
  bool numeric = false;
};

struct ServedVector {
  Micros at = 0;
  events::Offset log_offset = 0;                                   // what had been folded by then
  std::vector<std::pair<std::string, std::string>> keys;           // join key and id
  std::vector<std::pair<std::string, ServedValue>> features = {};  // by reference: "spend@1"
};

// The newest `limit` vectors of FILE.1 and FILE, oldest first. A last line that was cut short by a
// crash is left out. kNotFound: nothing was ever kept; kCorrupt with the line.
Result<std::vector<ServedVector>> read_served(const std::string& file, size_t limit);

}  // namespace coterie::serving
