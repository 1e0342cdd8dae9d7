#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/cgroup_internal.h"
#include "base/temporary_folder.h"

namespace coterie::internal {
namespace {

// A root folder with the files that a kernel would show.
class PlantedRoot {
 public:
  explicit PlantedRoot(const std::string& memberships) { put("proc/self/cgroup", memberships); }

  PlantedRoot& put(const std::string& path, const std::string& text) {
    const std::string full = folder_ / path;
    EXPECT_TRUE(make_folders(std::filesystem::path(full).parent_path().string()).ok());
    EXPECT_TRUE(write_file_atomic(full, text).ok());
    return *this;
  }
  CgroupLimits read() const { return read_cgroup_limits(folder_.path()); }

 private:
  TemporaryFolder folder_;
};

TEST(Cgroup, NoneSetsNoLimit) {
  const TemporaryFolder empty;
  EXPECT_FALSE(read_cgroup_limits(empty.path()).processors.has_value());
  EXPECT_FALSE(read_cgroup_limits("/nowhere").memory_bytes.has_value());
}

TEST(Cgroup, Version2) {
  PlantedRoot root("0::/app/worker\n");
  root.put("sys/fs/cgroup/app/worker/cpu.max", "150000 100000\n");
  root.put("sys/fs/cgroup/app/worker/memory.max", "2147483648\n");
  EXPECT_EQ(root.read().processors, 1.5);
  EXPECT_EQ(root.read().memory_bytes, int64_t{2} << 30);
}

TEST(Cgroup, Version2TightestParentCounts) {
  PlantedRoot root("0::/app/worker\n");
  root.put("sys/fs/cgroup/app/worker/cpu.max", "max 100000\n");
  root.put("sys/fs/cgroup/app/worker/memory.max", "max\n");
  root.put("sys/fs/cgroup/app/cpu.max", "200000 100000\n");
  root.put("sys/fs/cgroup/app/memory.max", "4096000\n");
  root.put("sys/fs/cgroup/app/memory.high", "2048000\n");
  root.put("sys/fs/cgroup/memory.max", "9999999\n");
  EXPECT_EQ(root.read().processors, 2);
  EXPECT_EQ(root.read().memory_bytes, 2048000);
}

TEST(Cgroup, Version2InsideAContainerWithTheHostsPath) {
  PlantedRoot root("0::/docker/0123abcd\n");
  root.put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  root.put("sys/fs/cgroup/memory.max", "1048576000\n");
  EXPECT_EQ(root.read().processors, 0.5);
  EXPECT_EQ(root.read().memory_bytes, 1048576000);
}

TEST(Cgroup, Version1) {
  PlantedRoot root("5:memory:/pod\n4:cpu,cpuacct:/pod\n1:name=systemd:/\n");
  root.put("sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us", "300000\n");
  root.put("sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_period_us", "100000\n");
  root.put("sys/fs/cgroup/memory/pod/memory.limit_in_bytes", "8589934592\n");
  root.put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(root.read().processors, 3);
  EXPECT_EQ(root.read().memory_bytes, int64_t{8} << 30);
}

TEST(Cgroup, Version1WithoutLimits) {
  PlantedRoot root("5:memory:/\n4:cpu:/\n");
  root.put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  root.put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  root.put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_FALSE(root.read().processors.has_value());
  EXPECT_FALSE(root.read().memory_bytes.has_value());
}

TEST(Cgroup, BothVersionsTogether) {
  PlantedRoot root("4:memory:/a\n0::/a\n");
  root.put("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "5000000\n");
  root.put("sys/fs/cgroup/unified/a/cpu.max", "100000 100000\n");
  EXPECT_EQ(root.read().processors, 1);
  EXPECT_EQ(root.read().memory_bytes, 5000000);
}

TEST(Cgroup, NonsenseSetsNoLimit) {
  PlantedRoot root("rubbish\n0::/../../etc\n:\n::\n");
  root.put("sys/fs/cgroup/cpu.max", "0 0\n");
  root.put("sys/fs/cgroup/memory.max", "-5\n");
  root.put("sys/fs/cgroup/memory.high", "12x\n");
  EXPECT_FALSE(root.read().processors.has_value());
  EXPECT_FALSE(root.read().memory_bytes.has_value());
}

}  // namespace
}  // namespace coterie::internal
