#pragma once
// Limits of Linux control groups, read below a root folder so that tests can plant one.

#include <cstdint>
#include <optional>
#include <string>

namespace coterie::internal {

struct CgroupLimits {
  std::optional<double> processors;     // quota over period: 1.5
  std::optional<int64_t> memory_bytes;  // the tighter of the hard limit and of `memory.high`
};

// Reads <root>/proc/self/cgroup and <root>/sys/fs/cgroup. Version 2 (cpu.max, memory.max), version
// 1 (cpu.cfs_quota_us, memory.limit_in_bytes) and both mounted together. A limit of a parent group
// holds for its children, so the tightest on the way up counts. What is absent or unreadable sets
// no limit.
CgroupLimits read_cgroup_limits(const std::string& root);

}  // namespace coterie::internal
