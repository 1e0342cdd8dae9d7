#pragma once
// Letter case of ASCII, whatever the locale: how names, kinds and file endings are compared here,
// and how the engine compares names. Other bytes stay as they are.

#include <string>

namespace coterie {

inline std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace coterie
