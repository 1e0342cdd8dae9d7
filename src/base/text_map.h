#pragma once
// A hash map by text that is searched with a view, without making a string.

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace coterie {

struct TextHash : std::hash<std::string_view> {
  using is_transparent = void;
};

template <typename Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

}  // namespace coterie
