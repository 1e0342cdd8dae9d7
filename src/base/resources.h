#pragma once
// What this process may use: threads, memory, disk. Defaults are the cgroup's limits (v1 and v2),
// else the machine's; the project's `resources:` lowers them; processes of one project that run at
// the same time divide what is left between them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace coterie {

struct Resources {
  int threads = 1;
  int64_t memory_bytes = 0;
  int64_t disk_bytes = 0;  // for temporary files and the warehouse's growth
};

// Limits of the cgroup and machine; `folder` names the file system whose free space counts.
Resources detect_resources(const std::string& folder);

// Unset members keep the detected value.
struct ResourceLimits {
  std::optional<int> threads;
  std::optional<int64_t> memory_bytes;
  std::optional<int64_t> disk_bytes;
};
// "8GiB", "512MB", "1.5g" -> bytes.
Result<int64_t> parse_bytes(const std::string& text);

// Registers this process in `folder` (one locked file a process; a dead process's file is ignored
// because its lock is gone) and says what share it may use now: memory and disk divided equally by
// live processes, threads likewise but at least 1. Unregisters on destruction.
class ResourceShare {
 public:
  static Result<ResourceShare> join(const std::string& folder, const std::string& role,
                                    const Resources& total);
  Resources current() const;  // reread at each call: others come and go
  ResourceShare(ResourceShare&&) noexcept;
  ResourceShare& operator=(ResourceShare&&) noexcept;
  ~ResourceShare();

 private:
  struct Impl;
  explicit ResourceShare(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Peak resident set of this process so far, in bytes.
int64_t peak_rss_bytes();

}  // namespace coterie
