#pragma once
// Conversions of times, apart from the rest for their length.

#include "data/engine/engine.h"
#include "data/ingest/convert_sql.h"

namespace coterie::data {

std::optional<Conversion> time_conversion(SourceType type, const ConversionRules& rules,
                                          std::string& mend);
std::optional<Conversion> date_conversion(SourceType type, const ConversionRules& rules,
                                          std::string& mend);

}  // namespace coterie::data
