#pragma once
// Time: UTC microseconds since the Unix epoch inside the program; text only at its edges.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie {

using Micros = int64_t;  // UTC microseconds since 1970-01-01
inline constexpr Micros kMicrosPerSecond = 1'000'000;
inline constexpr Micros kMicrosPerDay = 86'400 * kMicrosPerSecond;

Micros now_micros();
// "2026-11-21T09:02:27.000000Z"; parse accepts what format writes, and a bare date as midnight UTC.
std::string format_utc(Micros at);
Result<Micros> parse_utc(std::string_view text);
// "850 ms", "3.2 s", "2 min 05 s".
std::string format_duration(double seconds);
// "1,234,567" and "1.2 GiB".
std::string format_count(int64_t n);
std::string format_bytes(int64_t bytes);

// Monotonic stopwatch in seconds.
class Stopwatch {
 public:
  Stopwatch();
  double seconds() const;

 private:
  int64_t start_ns_;
};

}  // namespace coterie
