#include "synth/output_folder.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/atomic_file.h"

namespace coterie::synth {
namespace {

namespace fs = std::filesystem;

std::string place_of(const std::string& table) {
  return table.starts_with("truth/") ? table : "raw/" + table;
}

Error file_error(const std::string& path, const std::error_code& code) {
  return Error{ErrorCode::kIo, code.message()}.at(path);
}

bool holds_files(const fs::path& folder) {
  std::error_code code;
  return fs::exists(folder, code) && !fs::is_empty(folder, code);
}

constexpr std::string_view kStaging = ".synth-";  // then the writer's process id

// What killed processes left behind: gigabytes, at full scale.
void remove_stale(const fs::path& folder) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kStaging)) continue;
    const pid_t owner = std::atoi(name.c_str() + kStaging.size());
    const bool alive = owner > 0 && (::kill(owner, 0) == 0 || errno != ESRCH);
    if (!alive || owner == ::getpid()) fs::remove_all(entry.path(), code);
  }
}

// Puts `from` where `to` is, with what was there gone.
Status move_over(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::create_directories(to.parent_path(), code);
  if (code) return file_error(to.parent_path(), code);
  fs::remove_all(to, code);
  if (code) return file_error(to, code);
  fs::rename(from, to, code);
  if (code) return file_error(to, code);
  return {};
}

}  // namespace

OutputFolder::OutputFolder(std::string folder, std::string staging, std::vector<std::string> tables)
    : folder_(std::move(folder)), staging_(std::move(staging)), tables_(std::move(tables)) {}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      staging_(std::exchange(other.staging_, {})),
      tables_(std::move(other.tables_)),
      written_(std::move(other.written_)) {}

OutputFolder::~OutputFolder() {
  if (staging_.empty()) return;
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
}

Result<OutputFolder> OutputFolder::open(const std::string& folder, std::vector<std::string> tables,
                                        bool replace) {
  for (const std::string& table : tables) {
    const fs::path place = fs::path(folder) / place_of(table);
    if (replace || !holds_files(place)) continue;
    return Error{ErrorCode::kConflict, fmt::format("{} already holds files", place_of(table))}
        .at(place.string())
        .with_mend("choose another folder, or allow it to be replaced");
  }
  remove_stale(folder);
  const std::string staging = fmt::format("{}/{}{}", folder, kStaging, ::getpid());
  OutputFolder output(folder, staging, std::move(tables));
  for (const std::string& table : output.tables_) {
    RETURN_IF_ERROR(make_folders(fmt::format("{}/{}", staging, place_of(table))));
  }
  return output;
}

bool OutputFolder::wants(const std::string& table) const {
  return std::ranges::find(tables_, table) != tables_.end();
}

Status OutputFolder::write(const TableBuffer& table, int64_t part) {
  if (!wants(table.name) || (table.rows() == 0 && part > 0)) return {};
  const std::string path =
      fmt::format("{}/{}/part-{:05d}.parquet", staging_, place_of(table.name), part);
  ASSIGN_OR_RETURN(const int64_t bytes, write_parquet(path, table.columns));
  const std::lock_guard lock(mutex_);
  SynthesizedTable& total = written_[table.name];
  total.name = table.name;
  total.rows += table.rows();
  total.files += 1;
  total.bytes += bytes;
  return {};
}

Status OutputFolder::write_text(const std::string& path, std::string_view text) {
  return write_file_atomic(fmt::format("{}/{}", staging_, path), text);
}

Status OutputFolder::publish() {
  // truth/ goes as a whole: its files describe the world that was written last.
  bool truth = false;
  for (const std::string& table : tables_) {
    if (table.starts_with("truth/")) {
      truth = true;
      continue;
    }
    const std::string place = place_of(table);
    RETURN_IF_ERROR(move_over(fs::path(staging_) / place, fs::path(folder_) / place));
  }
  if (truth) {
    RETURN_IF_ERROR(move_over(fs::path(staging_) / "truth", fs::path(folder_) / "truth"));
  }
  return sync_path(folder_);
}

std::vector<SynthesizedTable> OutputFolder::written() const {
  const std::lock_guard lock(mutex_);
  std::vector<SynthesizedTable> tables;
  for (const auto& [name, table] : written_) tables.push_back(table);
  return tables;
}

}  // namespace coterie::synth
