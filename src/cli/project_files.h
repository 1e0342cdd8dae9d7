#pragma once
// A project's folder as `coterie init` makes it: whole or not at all.

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"

namespace coterie::cli {

using ProjectFiles = std::map<std::string, std::string>;  // path inside the project -> text

// Whether a project may be made in `folder`: new, empty, or `force`. Error kInvalidInput otherwise.
Status check_project_folder(const std::filesystem::path& folder, bool force);

// A new folder is filled beside its place and renamed. Files of an existing one are replaced one by
// one, coterie.yaml last, because its presence makes the folder a project; nothing else is removed.
// Adds a .gitignore unless `files` holds one.
Status write_project(const std::filesystem::path& folder, ProjectFiles files);

}  // namespace coterie::cli
