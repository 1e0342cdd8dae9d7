#pragma once
// Vectors of articles from files of the user's own: what dataset B shows as text_embedding and
// image_embedding. docs/reference/configuration.md describes the section datasets.embeddings.

#include <string>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/project/project.h"

namespace coterie::data {

bool has_embeddings(const Project& project);

// A fingerprint of the files that datasets.embeddings names: it changes when one is added, removed
// or written again. Reads no file's content. "" without that section. kNotFound: a file is not
// there; kInvalidInput: it lies below truth/.
Result<std::string> embeddings_state(const Project& project, Engine& engine);

}  // namespace coterie::data
