#pragma once
// The section `datasets` of coterie.yaml.

#include "base/result.h"
#include "base/yaml.h"
#include "data/project/project.h"

namespace coterie::data {

// Reads `datasets` of the root map strictly into the project's embeddings.
Status read_datasets(YamlMap& root, Project& project);

}  // namespace coterie::data
