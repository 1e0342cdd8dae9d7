#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <vector>

#include "base/atomic_file.h"
#include "base/cgroup_internal.h"

namespace coterie::internal {
namespace {

namespace fs = std::filesystem;

// Version 1 says "no limit" with about 2^63.
constexpr int64_t kUnlimitedBytes = int64_t{1} << 60;

// One line of /proc/self/cgroup: "hierarchy:controllers:path".
struct Membership {
  std::string controllers;  // "" for version 2
  std::string path;
};

std::vector<Membership> memberships(const std::string& root) {
  std::vector<Membership> all;
  const auto text = read_file(root + "/proc/self/cgroup", 1 << 20);
  if (!text.ok()) return all;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    all.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return all;
}

bool has_controller(const std::string& controllers, const std::string& wanted) {
  return ("," + controllers + ",").find("," + wanted + ",") != std::string::npos;
}

// The words of a one-line file, empty if it cannot be read.
std::vector<std::string> words_of(const fs::path& path) {
  std::vector<std::string> words;
  const auto text = read_file(path.string(), 4096);
  if (!text.ok()) return words;
  std::istringstream stream(*text);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::optional<int64_t> number(const std::string& word) {
  int64_t value = 0;
  const auto end = std::from_chars(word.data(), word.data() + word.size(), value);
  if (end.ec != std::errc() || end.ptr != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> number_in(const fs::path& path) {
  const std::vector<std::string> words = words_of(path);
  return words.empty() ? std::nullopt : number(words[0]);
}

template <typename T>
void tighten(std::optional<T>& limit, T value) {
  limit = limit ? std::min(*limit, value) : value;
}

void tighten_processors(CgroupLimits& limits, std::optional<int64_t> quota,
                        std::optional<int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return;
  tighten(limits.processors, static_cast<double>(*quota) / static_cast<double>(*period));
}

void tighten_memory(CgroupLimits& limits, std::optional<int64_t> bytes) {
  if (bytes && *bytes > 0 && *bytes < kUnlimitedBytes) tighten(limits.memory_bytes, *bytes);
}

// A group's folder and its parents up to the mount. Inside a container the path may be the host's
// and not exist below the mount; the parents that do exist still count.
std::vector<fs::path> folders_upwards(const fs::path& mount, const std::string& group) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (fs::path at = fs::path(group).relative_path(); !at.empty(); at = at.parent_path()) {
    const bool escapes = std::ranges::find(at, fs::path("..")) != at.end();
    if (!escapes && fs::is_directory(mount / at, ignored)) folders.push_back(mount / at);
  }
  folders.push_back(mount);
  return folders;
}

void read_version_2(const fs::path& mount, const std::string& group, CgroupLimits& limits) {
  for (const fs::path& folder : folders_upwards(mount, group)) {
    const std::vector<std::string> cpu = words_of(folder / "cpu.max");
    if (cpu.size() == 2) tighten_processors(limits, number(cpu[0]), number(cpu[1]));
    tighten_memory(limits, number_in(folder / "memory.max"));
    tighten_memory(limits, number_in(folder / "memory.high"));
  }
}

// The mount of a version 1 controller: named after all controllers of its hierarchy, or after it
// alone.
fs::path version_1_mount(const fs::path& base, const std::string& controllers,
                         const std::string& controller) {
  std::error_code ignored;
  const fs::path together = base / controllers;
  return fs::is_directory(together, ignored) ? together : base / controller;
}

void read_version_1(const fs::path& base, const Membership& member, CgroupLimits& limits) {
  if (has_controller(member.controllers, "cpu")) {
    const fs::path mount = version_1_mount(base, member.controllers, "cpu");
    for (const fs::path& folder : folders_upwards(mount, member.path)) {
      tighten_processors(limits, number_in(folder / "cpu.cfs_quota_us"),
                         number_in(folder / "cpu.cfs_period_us"));
    }
  }
  if (has_controller(member.controllers, "memory")) {
    const fs::path mount = version_1_mount(base, member.controllers, "memory");
    for (const fs::path& folder : folders_upwards(mount, member.path)) {
      tighten_memory(limits, number_in(folder / "memory.limit_in_bytes"));
    }
  }
}

}  // namespace

CgroupLimits read_cgroup_limits(const std::string& root) {
  CgroupLimits limits;
  const fs::path base = root + "/sys/fs/cgroup";
  std::error_code ignored;
  for (const Membership& member : memberships(root)) {
    if (!member.controllers.empty()) {
      read_version_1(base, member, limits);
      continue;
    }
    // Beside version 1, version 2 is mounted one level down.
    const bool hybrid = fs::is_directory(base / "unified", ignored);
    read_version_2(hybrid ? base / "unified" : base, member.path, limits);
  }
  return limits;
}

}  // namespace coterie::internal
