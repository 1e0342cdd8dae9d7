#pragma once
// The files below templates/, embedded when the program is built.

#include <string_view>
#include <vector>

namespace coterie::data {

struct EmbeddedFile {
  std::string_view template_name;  // "retail"
  std::string_view path;           // "coterie.yaml"
  std::string_view text;
};

const std::vector<EmbeddedFile>& embedded_files();  // sorted by template and path

}  // namespace coterie::data
