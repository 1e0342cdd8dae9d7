#include "base/resources.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <sstream>
#include <thread>

#include <fmt/core.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/cgroup_internal.h"
#include "base/clock.h"
#include "base/log.h"

namespace coterie {
namespace {

namespace fs = std::filesystem;

int machine_threads() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  return std::max(1U, std::thread::hardware_concurrency());
}

int64_t machine_memory() {
  return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
}

int64_t free_disk(const std::string& folder) {
  std::error_code ignored;
  fs::path at = fs::absolute(folder, ignored);
  while (!fs::exists(at, ignored) && at != at.parent_path()) at = at.parent_path();
  struct statvfs info{};
  if (statvfs(at.c_str(), &info) != 0) {
    log::warning("free disk space is unknown; taken as none: {}",
                 io_error("statvfs").at(at.string()).to_text());
    return 0;
  }
  return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
}

template <typename T>
T lowered(T detected, const std::optional<T>& limit, std::string_view name,
          std::string (*format)(int64_t)) {
  if (!limit) return detected;
  if (*limit > detected) {
    log::warning("resources.{}: {} is more than there is; using {}", name, format(*limit),
                 format(detected));
  }
  return std::min(detected, *limit);
}

// Multiplier of a unit, 0 if it is none.
double unit_factor(std::string unit) {
  for (char& c : unit) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  if (unit.empty() || unit == "b") return 1;
  constexpr std::string_view kPrefixes = "kmgtp";
  const size_t power = kPrefixes.find(unit[0]);
  if (power == std::string_view::npos) return 0;
  const std::string rest = unit.substr(1);
  const double exponent = static_cast<double>(power) + 1;
  if (rest.empty() || rest == "ib") return std::pow(1024.0, exponent);
  return rest == "b" ? std::pow(1000.0, exponent) : 0;
}

}  // namespace

Resources detect_resources(const std::string& folder) {
  const internal::CgroupLimits cgroup = internal::read_cgroup_limits("");
  Resources found{machine_threads(), machine_memory(), free_disk(folder)};
  if (cgroup.processors) {
    // Bounded before the cast: a quota may be absurdly large.
    const double threads =
        std::min(std::ceil(*cgroup.processors), static_cast<double>(found.threads));
    found.threads = std::max(1, static_cast<int>(threads));
  }
  if (cgroup.memory_bytes) found.memory_bytes = std::min(found.memory_bytes, *cgroup.memory_bytes);
  return found;
}

Resources apply_limits(const Resources& detected, const ResourceLimits& limits) {
  return {lowered(detected.threads, limits.threads, "threads", format_count),
          lowered(detected.memory_bytes, limits.memory_bytes, "memory", format_bytes),
          lowered(detected.disk_bytes, limits.disk_bytes, "disk", format_bytes)};
}

Result<int64_t> parse_bytes(const std::string& text) {
  const auto wrong = [&](const char* what) {
    return invalid_input(fmt::format("'{}' {}", text, what))
        .with_mend("write a number with a unit, such as 8GiB or 512MB");
  };
  double value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (parsed.ec != std::errc() || !std::isfinite(value)) return wrong("is not an amount of bytes");
  std::string unit(parsed.ptr, end);
  unit.erase(0, unit.find_first_not_of(' '));
  const double factor = unit_factor(unit);
  if (factor == 0) return wrong("is not an amount of bytes");
  const double bytes = value * factor;
  if (!(bytes >= 1)) return wrong("is less than a byte");
  if (bytes >= static_cast<double>(std::numeric_limits<int64_t>::max()))
    return wrong("is too much");
  return static_cast<int64_t>(bytes);
}

int64_t peak_rss_bytes() {
  // VmHWM, because ru_maxrss starts from what the process was before exec.
  const auto status = read_file("/proc/self/status", 1 << 20);
  if (status.ok()) {
    std::istringstream lines(*status);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace coterie
