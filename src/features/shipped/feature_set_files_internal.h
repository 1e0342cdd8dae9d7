#pragma once
// The files below feature_sets/, embedded when the program is built.

#include <string_view>
#include <vector>

namespace coterie::features {

struct EmbeddedFile {
  std::string_view set;   // "retail"
  std::string_view path;  // "1_sources.yaml"
  std::string_view text;
};

const std::vector<EmbeddedFile>& feature_set_files();  // sorted by set and path

}  // namespace coterie::features
