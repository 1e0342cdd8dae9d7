#pragma once
// Time zones by IANA name, read from the system's zoneinfo files (TZif, RFC 8536). Days of the
// project are days of its time zone; everything else in the program is UTC (conventions.h).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace coterie {

// Immutable, cheap to copy, thread-safe. Lookups are O(log transitions).
class TimeZone {
 public:
  TimeZone();  // UTC
  // kInvalidInput for a name that is no zone (with the nearest name), kNotFound when the system has
  // no zoneinfo at all. "UTC" never needs files.
  static Result<TimeZone> load(const std::string& name);
  // The zone in the bytes of a TZif file, for tests and fuzzing.
  static Result<TimeZone> parse(const std::string& name, std::string_view tzif_bytes);

  const std::string& name() const;

  // Seconds east of UTC in effect at that instant.
  int32_t offset_seconds(Micros utc) const;
  // Wall clock to instant. A wall time that occurs twice (clocks set back) is its first occurrence;
  // one that is skipped (clocks set forward) is read with the offset before the change.
  Micros to_utc(Micros local) const;
  // Days since 1970-01-01 of the wall clock at that instant.
  int32_t day_of(Micros utc) const;
  // First instant of a day, and its last microsecond.
  Micros day_start(int32_t day) const;
  Micros day_end(int32_t day) const { return day_start(day + 1) - 1; }
  // The instants in (from, to] at which the offset changes.
  std::vector<Micros> changes(Micros from, Micros to) const;

 private:
  struct Impl;
  explicit TimeZone(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

// Names of all zones of this system ("Europe/Stockholm"), sorted; "UTC" at least.
std::vector<std::string> time_zone_names();

}  // namespace coterie
