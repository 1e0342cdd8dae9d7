#pragma once
// The rule at the end of a TZif file, in the notation of POSIX TZ ("CET-1CEST,M3.5.0,M10.5.0/3"),
// with the extensions of RFC 8536 (hours beyond 24 and negative hours).

#include <cstdint>
#include <string_view>
#include <vector>

namespace coterie {

struct OffsetChange {
  int64_t utc_second;
  int32_t offset_seconds;  // from here on
};

// Appends the rule's changes that lie after the last of `changes`, up to the end of `last_year`.
// False when the text is no such rule.
bool expand_posix_tz(std::string_view rule, int last_year, std::vector<OffsetChange>& changes);

}  // namespace coterie
