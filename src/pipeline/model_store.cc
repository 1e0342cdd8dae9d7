#include "pipeline/model_store.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/nearest_name.h"

namespace coterie::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStagingPrefix = ".staging-";

std::string mark_key(const std::string& name, int number) {
  return fmt::format("model/{}/v{}", name, number);
}

// The N of "vN", or 0 for any other name.
int version_number(std::string_view folder_name) {
  if (folder_name.size() < 2 || folder_name.front() != 'v' || folder_name[1] == '0') return 0;
  int number = 0;
  const char* end = folder_name.data() + folder_name.size();
  const auto [stop, fault] = std::from_chars(folder_name.data() + 1, end, number);
  return fault == std::errc{} && stop == end && number > 0 ? number : 0;
}

bool valid_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

int highest_version(const std::string& folder) {
  int highest = 0;
  std::error_code fault;
  for (const auto& entry : fs::directory_iterator(folder, fault)) {
    highest = std::max(highest, version_number(entry.path().filename().string()));
  }
  return highest;
}

int64_t folder_bytes(const fs::path& folder) {
  int64_t bytes = 0;
  std::error_code fault;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fault)) {
    std::error_code ignored;
    if (entry.is_regular_file(ignored)) bytes += static_cast<int64_t>(entry.file_size(ignored));
  }
  return bytes;
}

Status sync_tree(const std::string& folder) {
  std::error_code fault;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fault)) {
    RETURN_IF_ERROR(sync_path(entry.path().string()));
  }
  return sync_path(folder);
}

}  // namespace

Result<std::vector<ModelVersion>> list_models(const std::string& project_folder,
                                              const data::Snapshot& snapshot) {
  std::vector<ModelVersion> versions;
  std::error_code fault;
  for (const auto& model : fs::directory_iterator(project_folder + "/models", fault)) {
    const std::string name = model.path().filename().string();
    if (!valid_name(name)) continue;
    std::error_code inner;
    for (const auto& entry : fs::directory_iterator(model.path(), inner)) {
      const int number = version_number(entry.path().filename().string());
      if (number == 0) continue;
      ASSIGN_OR_RETURN(const auto run, snapshot.mark(mark_key(name, number)));
      versions.push_back({.name = name,
                          .number = number,
                          .folder = entry.path().string(),
                          .run_id = run.value_or(""),
                          .finished = run.has_value(),
                          .bytes = folder_bytes(entry.path())});
    }
  }
  std::ranges::sort(versions, [](const ModelVersion& a, const ModelVersion& b) {
    return std::tie(a.name, a.number) < std::tie(b.name, b.number);
  });
  return versions;
}

Result<ModelVersion> find_model(const std::vector<ModelVersion>& models, const std::string& name) {
  const ModelVersion* found = nullptr;
  std::vector<std::string> names;
  for (const ModelVersion& model : models) {
    names.push_back(model.id());
    names.push_back(model.name);
    if (model.id() == name || (model.name == name && model.finished)) found = &model;
  }
  if (found != nullptr) return *found;
  return not_found("no model '" + name + "'")
      .with_mend(nearest_mend(name, names, "see coterie models"));
}

StagedModels::StagedModels(std::string project_folder, std::string run_id)
    : models_folder_(std::move(project_folder) + "/models"), run_id_(std::move(run_id)) {}

StagedModels::~StagedModels() {
  for (const Entry& entry : entries_) {
    std::error_code ignored;
    fs::remove_all(entry.published ? entry.target : entry.staging, ignored);
  }
}

Result<StagedModels::Staged> StagedModels::add(const std::string& name) {
  if (!valid_name(name)) return internal_error("not a name for a model: '" + name + "'");
  const std::string folder = models_folder_ + "/" + name;
  RETURN_IF_ERROR(make_folders(folder));
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    // The caller holds the project's run lock, so a staging folder found here belongs to the dead.
    if (entry.path().filename().string().starts_with(kStagingPrefix)) {
      fs::remove_all(entry.path(), ignored);
    }
  }
  Entry entry;
  entry.name = name;
  entry.number = highest_version(folder) + 1;
  entry.staging = fmt::format("{}/{}{}", folder, kStagingPrefix, run_id_);
  entry.target = fmt::format("{}/v{}", folder, entry.number);
  RETURN_IF_ERROR(make_folders(entry.staging));
  entries_.push_back(entry);
  return Staged{fmt::format("{}/v{}", name, entry.number), entry.staging};
}

Status StagedModels::publish(data::WriteTransaction& transaction) {
  for (Entry& entry : entries_) {
    RETURN_IF_ERROR(sync_tree(entry.staging));
    std::error_code fault;
    fs::rename(entry.staging, entry.target, fault);
    if (fault) {
      return Error{ErrorCode::kIo, "cannot rename the finished model: " + fault.message()}.at(
          entry.target);
    }
    entry.published = true;
    RETURN_IF_ERROR(sync_path(models_folder_ + "/" + entry.name));
    transaction.set_mark(mark_key(entry.name, entry.number), run_id_);
  }
  return {};
}

void StagedModels::keep() { entries_.clear(); }

}  // namespace coterie::pipeline
