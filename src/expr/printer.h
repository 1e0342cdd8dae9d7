#pragma once
// A tree as canonical text: lower-case keywords, one space around operators, parentheses only where
// needed, aliases resolved. Reading it again gives the same text; fingerprints are made of it.

#include <string>

#include "expr/ast.h"

namespace coterie::expr {

std::string print_tree(const Node& tree);
std::string print_name(std::string_view name);  // in backquotes where it must be

}  // namespace coterie::expr
