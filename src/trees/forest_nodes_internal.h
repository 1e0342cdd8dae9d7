#pragma once
// The trees inside a model's document.

#include <nlohmann/json.hpp>

#include "trees/forest.h"

namespace coterie::trees {

// One element of "trees". Errors say what of it is wrong, without file and tree.
Result<Tree> read_tree(const nlohmann::json& tree, int features);

}  // namespace coterie::trees
