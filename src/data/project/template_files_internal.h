#pragma once
// The files below templates/, embedded when the program is built.

#include <vector>

#include "base/embedded_file.h"

namespace coterie::data {

const std::vector<EmbeddedFile>& embedded_files();  // by template and path

}  // namespace coterie::data
