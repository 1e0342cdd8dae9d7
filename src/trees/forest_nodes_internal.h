#pragma once
// The trees inside a model's document.

#include <nlohmann/json.hpp>

#include "trees/forest.h"

namespace coterie::trees {

// A category of 24 bits is a set of two mebibytes, written in a few bytes: what all sets of a model
// may take is bounded.
inline constexpr int64_t kMostCategoryWords = int64_t{1} << 26;

// One element of "trees"; `category_words` is what its sets may take, and becomes what is left.
// Errors say what of it is wrong, without file and tree.
Result<Tree> read_tree(const nlohmann::json& tree, int features, int64_t& category_words);

}  // namespace coterie::trees
