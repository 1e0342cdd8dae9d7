#pragma once
// What the laboratory found, for people: metrics by list length with their intervals, segments as a
// table, the rest line by line.

#include <string>

#include "base/json.h"

namespace coterie::cli {

// `answer`: what lab/lab_recommend.h and lab/lab_segment.h describe.
std::string lab_text(const nlohmann::ordered_json& answer);

}  // namespace coterie::cli
