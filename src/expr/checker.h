#pragma once
// Types: resolves columns and functions, gives every node its type and inserts conversions.

#include <string>
#include <vector>

#include "base/result.h"
#include "expr/ast.h"

namespace coterie::expr {

// The type both can be brought to without losing meaning: null gives way, int widens to decimal,
// any number to real. nullopt if there is none.
std::optional<Type> common_type(Type a, Type b);

// Checks `tree` in place. The names of the columns it uses are appended to `columns` in order of
// first appearance; kColumn nodes carry that position.
Status check_types(NodePtr& tree, const Schema& schema, const Origin& origin,
                   std::vector<Column>& columns);

// That there is no function `name`, with the nearest one.
Error unknown_function(const Origin& origin, Place place, const std::string& name);

}  // namespace coterie::expr
