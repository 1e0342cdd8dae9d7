#pragma once
// A pushed value as a value of a column's type, by the rules of row_reader.h.

#include <string>
#include <string_view>

#include "base/timezone.h"
#include "expr/types.h"
#include "features/plan/row_reader.h"

namespace coterie::features {

struct PushedColumn {
  expr::Type type;
  bool is_float = false;   // stored as FLOAT
  bool holds_ids = false;  // integers are texts here
};

// Sets `value`, which is not null; an id's text is kept in `id_text`. False where the value does
// not fit the type.
bool convert_pushed(const PushedValue& pushed, const PushedColumn& column, const TimeZone& zone,
                    std::string& id_text, expr::Value& value);
// What would have fitted: "a finite number".
std::string wanted_value(const PushedColumn& column);
// The value as messages show it, shortened.
std::string shown_value(const PushedValue& pushed);

}  // namespace coterie::features
