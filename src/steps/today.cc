#include "steps/today.h"

#include <fmt/format.h>

#include "base/timezone.h"

namespace coterie::steps {

Result<std::string> today_text(const data::Project& project) {
  ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::load(project.timezone));
  return fmt::format("day {}", zone.day_of(now_micros()));
}

}  // namespace coterie::steps
