#include "cli/project_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/atomic_file.h"

namespace coterie::cli {
namespace {

namespace fs = std::filesystem;

// What a project writes itself; sources and coterie.yaml are kept under version control.
constexpr const char* kGitignore =
    "/warehouse/\n/models/\n/report/\n/truth/\n/online/\n/events/\n/.coterie/\n/tracking.db*\n";

}  // namespace

Status check_project_folder(const fs::path& folder, bool force) {
  std::error_code fault;
  if (!fs::exists(folder, fault)) return {};
  if (!fs::is_directory(folder, fault)) {
    return Error{ErrorCode::kInvalidInput, "this is a file, not a folder"}.at(folder.string());
  }
  if (fs::exists(folder / "coterie.yaml", fault) && !force) {
    return Error{ErrorCode::kInvalidInput, "this folder is a project already"}
        .at(folder.string())
        .with_mend("choose another folder, or add --force to write its coterie.yaml anew");
  }
  if (!fs::is_empty(folder, fault) && !force) {
    return Error{ErrorCode::kInvalidInput, "this folder is not empty"}
        .at(folder.string())
        .with_mend("choose another folder, or add --force: nothing in it is removed");
  }
  return {};
}

Status write_project(const fs::path& folder, ProjectFiles files) {
  files.emplace(".gitignore", kGitignore);
  std::error_code fault;
  const bool fresh = !fs::exists(folder, fault);
  const bool was_empty = !fresh && fs::is_empty(folder, fault);
  const fs::path target =
      fresh ? fs::path(fmt::format("{}.init-{}", folder.string(), getpid())) : folder;
  const auto write_all = [&]() -> Status {
    for (const auto& [name, text] : files) {
      if (name == "coterie.yaml") continue;
      RETURN_IF_ERROR(make_folders((target / name).parent_path().string()));
      RETURN_IF_ERROR(write_file_atomic((target / name).string(), text));
    }
    return write_file_atomic((target / "coterie.yaml").string(), files.at("coterie.yaml"));
  };
  RETURN_IF_ERROR(make_folders(target.string()));
  Status written = write_all();
  std::error_code ignored;
  if (!written.ok() && was_empty) {
    for (const auto& [name, text] : files)
      fs::remove_all(folder / *fs::path(name).begin(), ignored);
  }
  if (!fresh) return written;
  if (written.ok()) {
    fs::rename(target, folder, fault);
    if (!fault) return {};
    written =
        Error{ErrorCode::kIo, "cannot make the folder: " + fault.message()}.at(folder.string());
  }
  fs::remove_all(target, ignored);
  return written;
}

}  // namespace coterie::cli
