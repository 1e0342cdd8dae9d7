#pragma once
// The day that a project calls today, where that is the clock's (`as_of: now`).

#include <string>

#include "base/result.h"
#include "data/project/project.h"

namespace coterie::steps {

// For Step::outside_state: changes when a new day of the project's time zone begins.
Result<std::string> today_text(const data::Project& project);

}  // namespace coterie::steps
