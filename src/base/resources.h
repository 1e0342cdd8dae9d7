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
  int64_t disk_bytes = 0;  // for temporary files of what does not fit into memory
};

// Limits of the cgroup (the tightest of its own and its parents'; version 1, 2 or both), the
// processor affinity and the machine. A fraction of a processor counts as one thread. `folder` (or
// its nearest existing parent) names the file system whose free space counts. The memory is all
// that the process may have: leave room in it for what an engine does not account for.
Resources detect_resources(const std::string& folder);

// Unset members keep the detected value.
struct ResourceLimits {
  std::optional<int> threads = {};
  std::optional<int64_t> memory_bytes = {};
  std::optional<int64_t> disk_bytes = {};
};
// The smaller of both for each member. A limit above what there is has no effect, and a warning
// says so.
Resources apply_limits(const Resources& detected, const ResourceLimits& limits);
// "8GiB", "512MB", "1.5g", "1048576" -> bytes. K, M, G, T alone and with iB are powers of 1,024;
// KB, MB, GB, TB powers of 1,000. kInvalidInput for anything else, zero and overflow.
Result<int64_t> parse_bytes(const std::string& text);

// Registers this process in `folder` (one locked file a process; a dead process's file is removed
// because its lock is gone) and says what share it may use now: memory and disk divided equally by
// live processes, threads likewise but at least 1, the remainder going to the first ones. Shares of
// all live processes add up to the total (threads: as long as there is one each). Unregisters on
// destruction. A child made by fork() without exec keeps its parent's registration alive.
class ResourceShare {
 public:
  static Result<ResourceShare> join(const std::string& folder, const std::string& role,
                                    const Resources& total);
  // Reread at each call: others come and go. Costs one folder listing and a lock test for each
  // other process. If the folder cannot be read, the share as last seen, and a warning.
  Resources current() const;
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
