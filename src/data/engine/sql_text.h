#pragma once
// SQL text. Every name and literal that goes into SQL passes through one of these.

#include <string>
#include <string_view>
#include <vector>

namespace coterie::data {

std::string quote_name(std::string_view name);                       // "na""me"
std::string quote_text(std::string_view text);                       // 'te''xt'
std::string quote_text_list(const std::vector<std::string>& texts);  // ['a','b']
std::string quote_name_list(const std::vector<std::string>& names);  // "a", "b"

}  // namespace coterie::data
