#pragma once
// Where something stands in an expression's text, and errors that point there.

#include <cstdint>
#include <string>

#include "base/error.h"

namespace coterie::expr {

// 1-based line and character column inside the expression.
struct Place {
  int32_t line = 1;
  int32_t column = 1;
};

// Where the expression itself begins: a configuration file's place, so that errors point into it.
struct Origin {
  std::string file = "expression";
  int64_t line = 1;
  int64_t column = 1;
};

inline Error error_at(const Origin& origin, Place place, std::string message,
                      std::string mend = {}) {
  // Only the expression's first line shares a line with the text before it.
  const int64_t column = place.line == 1 ? origin.column + place.column - 1 : int64_t{place.column};
  return invalid_input(std::move(message))
      .at(origin.file, origin.line + place.line - 1, column)
      .with_mend(std::move(mend));
}

}  // namespace coterie::expr
