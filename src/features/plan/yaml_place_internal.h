#pragma once
// Where things stand in the registry's files, for errors.

#include <initializer_list>
#include <string_view>

#include "base/yaml.h"
#include "expr/place.h"

namespace coterie::features {

// The node under these keys, or the deepest of them that is written down (small forms have fewer).
YamlNode place_of(const YamlNode& node, std::initializer_list<std::string_view> keys);

// Where the text of an expression begins.
expr::Origin origin_of(const YamlNode& node);

}  // namespace coterie::features
