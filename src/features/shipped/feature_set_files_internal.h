#pragma once
// The files below feature_sets/, embedded when the program is built.

#include <vector>

#include "base/embedded_file.h"

namespace coterie::features {

const std::vector<EmbeddedFile>& feature_set_files();  // by set and path

}  // namespace coterie::features
