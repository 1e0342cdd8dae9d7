#pragma once
// A text file that was put into the program when it was built (cmake/embed_templates.cmake).

#include <string_view>

namespace coterie {

struct EmbeddedFile {
  std::string_view group;  // its folder: "retail"
  std::string_view path;   // inside it: "coterie.yaml"
  std::string_view text;
};

}  // namespace coterie
