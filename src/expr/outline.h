#pragma once
// What can be said of an expression before the columns' types are known: that it is well formed,
// which names it uses, and its canonical text. For definitions that are read before their tables.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "expr/place.h"

namespace coterie::expr {

struct NameUse {
  std::string name;
  Place place;  // where it first stands, inside the expression
};

struct Outline {
  std::vector<NameUse> names;  // columns, in order of first appearance
  std::string text;            // as Expression::to_text() writes it, but for inserted conversions
};

// Errors: kInvalidInput with the place in `origin`: malformed text and unknown functions.
Result<Outline> outline_expression(std::string_view text, const Origin& origin = {});

}  // namespace coterie::expr
