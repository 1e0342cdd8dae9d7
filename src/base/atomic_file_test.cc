#include "base/atomic_file.h"

#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/cancel.h"
#include "base/child_process.h"
#include "base/temporary_folder.h"

namespace coterie {
namespace {

namespace fs = std::filesystem;

int entries(const std::string& folder) {
  return static_cast<int>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(AtomicFile, WritesAndReplacesLeavingNothingBeside) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "a", "old").ok());
  ASSERT_TRUE(write_file_atomic(folder / "a", std::string("new\0bytes", 9)).ok());
  EXPECT_EQ(*read_file(folder / "a"), std::string("new\0bytes", 9));
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, FailedFillKeepsTheOldContent) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "a", "old").ok());
  const Status status = replace_file(folder / "a", [](const std::string& temporary) -> Status {
    RETURN_IF_ERROR(write_file_atomic(temporary, "half"));
    return invalid_input("row 7 is wrong");
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "row 7 is wrong");
  EXPECT_EQ(*read_file(folder / "a"), "old");
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, FillThatWritesNothingIsAnError) {
  const TemporaryFolder folder;
  const Status status = replace_file(folder / "a", [](const std::string&) -> Status { return {}; });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().to_text(),
            (folder / "a") + ": cannot open to flush: No such file or directory");
}

TEST(AtomicFile, KeepsPermissionsAndSymbolicLinks) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "secret", "old").ok());
  fs::permissions(folder / "secret", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("secret", folder / "link");
  ASSERT_TRUE(write_file_atomic(folder / "link", "new").ok());
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(*read_file(folder / "secret"), "new");
  EXPECT_EQ(fs::status(folder / "secret").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(AtomicFile, ReplacesNeitherPipesNorFolders) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder / "link");
  fs::create_directory(folder / "folder");
  bool filled = false;
  const auto error_of = [&](const std::string& name) {
    const Status status = replace_file(folder / name, [&](const std::string&) -> Status {
      filled = true;
      return {};
    });
    return status.ok() ? "" : status.error().to_text();
  };
  const std::string mend = "\n  mend: name a file, or one that does not exist yet";
  EXPECT_EQ(error_of("pipe"), (folder / "pipe") + ": is a device or a pipe, not a file" + mend);
  EXPECT_EQ(error_of("link"), (folder / "link") + ": is a device or a pipe, not a file" + mend);
  EXPECT_EQ(error_of("folder"), (folder / "folder") + ": is a folder, not a file" + mend);
  EXPECT_FALSE(filled);
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
  EXPECT_EQ(entries(folder.path()), 3);
}

TEST(AtomicFile, MessagesOfLibrariesNameTheUsersFile) {
  const TemporaryFolder folder;
  const Status status = replace_file(folder / "a", [](const std::string& temporary) -> Status {
    return invalid_input("cannot open '" + temporary + "'");
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "cannot open '" + (folder / "a") + "'");
}

TEST(AtomicFile, ReadErrorsNameTheFile) {
  const TemporaryFolder folder;
  const auto absent = read_file(folder / "none");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(absent.error().to_text(),
            (folder / "none") + ": cannot read: No such file or directory");
  ASSERT_TRUE(write_file_atomic(folder / "big", std::string(2000, 'x')).ok());
  const auto big = read_file(folder / "big", 1024);
  ASSERT_FALSE(big.ok());
  EXPECT_EQ(big.error().to_text(), (folder / "big") + ": larger than the limit of 1.0 KiB");
  EXPECT_EQ(read_file(folder / "big", 2000)->size(), 2000U);
}

TEST(AtomicFile, MakesFoldersOnceAndRefusesAFileInTheWay) {
  const TemporaryFolder folder;
  ASSERT_TRUE(make_folders(folder / "a/b/c").ok());
  ASSERT_TRUE(make_folders(folder / "a/b/c/").ok());
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
  ASSERT_TRUE(write_file_atomic(folder / "file", "").ok());
  const Status status = make_folders(folder / "file");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().to_text(),
            (folder / "file") + ": cannot create this folder: Not a directory");
}

TEST(FileLock, IsHeldByOneAtATime) {
  const TemporaryFolder folder;
  {
    const auto held = FileLock::try_acquire(folder / "lock");
    ASSERT_TRUE(held.ok());
    const auto second = FileLock::try_acquire(folder / "lock");
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_EQ(second.error().to_text(), (folder / "lock") + ": locked by another process");
  }
  EXPECT_TRUE(FileLock::acquire(folder / "lock").ok());
}

TEST(FileLock, EndsWithItsProcess) {
  const TemporaryFolder folder;
  ChildProcess child([&](const ChildProcess::Link& parent) {
    const auto lock = FileLock::acquire(folder / "lock");
    parent.say(lock.ok() ? 'l' : 'f');
    char wait = 0;
    parent.hear(wait);
    return 0;
  });
  char said = 0;
  ASSERT_TRUE(child.link().hear(said));
  ASSERT_EQ(said, 'l');
  EXPECT_FALSE(FileLock::try_acquire(folder / "lock").ok());
  child.finish(SIGKILL);
  EXPECT_TRUE(FileLock::try_acquire(folder / "lock").ok());
}

TEST(FileLock, WaitingEndsWithCancellation) {
  const TemporaryFolder folder;
  const auto held = FileLock::acquire(folder / "lock");
  ASSERT_TRUE(held.ok());
  request_cancel();
  const auto second = FileLock::acquire(folder / "lock");
  reset_cancel();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kCancelled);
}

TEST(AtomicFile, KilledInTheMiddleShowsTheOldContent) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "a", "old").ok());
  ChildProcess child([&](const ChildProcess::Link& parent) {
    const Status status = replace_file(folder / "a", [&](const std::string& temporary) -> Status {
      RETURN_IF_ERROR(write_file_atomic(temporary, "half of the new"));
      parent.say('h');
      char never = 0;
      parent.hear(never);
      return {};
    });
    return status.ok() ? 0 : 1;
  });
  char said = 0;
  ASSERT_TRUE(child.link().hear(said));
  child.finish(SIGKILL);
  EXPECT_EQ(*read_file(folder / "a"), "old");
}

TEST(AtomicFile, KilledAtAnyMomentIsOldOrNewButNeverTorn) {
  const TemporaryFolder folder;
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  ASSERT_TRUE(write_file_atomic(folder / "a", std::string(100'000, '0')).ok());
  for (int round = 0; round < 15; ++round) {
    ChildProcess child([&](const ChildProcess::Link& parent) {
      for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
        if (!write_file_atomic(folder / "a", std::string(100'000, letter)).ok()) return 1;
        if (letter == 'b') parent.say('s');
      }
    });
    char said = 0;
    ASSERT_TRUE(child.link().hear(said));
    usleep(static_cast<useconds_t>(random() % 5000));
    child.finish(SIGKILL);
    const std::string content = *read_file(folder / "a");
    ASSERT_EQ(content, std::string(100'000, content[0]));
  }
}

TEST(AtomicFile, OneOfManyWritersWinsWhole) {
  const TemporaryFolder folder;
  std::vector<std::unique_ptr<ChildProcess>> children;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    children.push_back(std::make_unique<ChildProcess>([&, letter](const ChildProcess::Link&) {
      for (int i = 0; i < 30; ++i) {
        if (!write_file_atomic(folder / "a", std::string(20'000, letter)).ok()) return 1;
      }
      return 0;
    }));
  }
  for (const auto& child : children) EXPECT_EQ(child->finish(), 0);
  const std::string content = *read_file(folder / "a");
  EXPECT_EQ(content, std::string(20'000, content[0]));
  EXPECT_EQ(entries(folder.path()), 1);
}

// A file system of 256 KiB at `folder` that only this process sees.
bool mount_small(const std::string& folder) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=256k") == 0;
}

// In a child: 0 as expected, 77 if this machine does not let us mount, else the failed check.
int write_to_a_full_disk(const std::string& folder) {
  if (!mount_small(folder)) return 77;
  const std::string path = folder + "/a";
  if (!write_file_atomic(path, "old").ok()) return 1;
  const Status status = write_file_atomic(path, std::string(1 << 20, 'x'));
  if (status.ok() || status.error().code != ErrorCode::kResourceExhausted) return 2;
  if (status.error().to_text() != path +
                                      ": cannot write: No space left on device\n"
                                      "  mend: free space on this file system") {
    return 3;
  }
  if (*read_file(path) != "old" || entries(folder) != 1) return 4;
  return write_file_atomic(path, "new").ok() ? 0 : 5;
}

TEST(AtomicFile, FullDiskKeepsTheOldContentAndLeavesNothing) {
  const TemporaryFolder folder;
  ChildProcess child(
      [&](const ChildProcess::Link&) { return write_to_a_full_disk(folder.path()); });
  const int status = child.finish();
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "this machine does not let us mount a small disk";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// The same with a limit on the size of files, which needs no privilege.
TEST(AtomicFile, TooLargeAFileKeepsTheOldContent) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "a", "old").ok());
  ChildProcess child([&](const ChildProcess::Link&) {
    const rlimit limit{10'000, 10'000};
    std::signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    const Status status = write_file_atomic(folder / "a", std::string(20'000, 'x'));
    const std::string expected = (folder / "a") +
                                 ": cannot write: File too large\n  mend: raise the "
                                 "limit on the size of files: ulimit -f";
    return !status.ok() && status.error().to_text() == expected ? 0 : 2;
  });
  EXPECT_EQ(child.finish(), 0);
  EXPECT_EQ(*read_file(folder / "a"), "old");
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, ForbiddenAndAbsentFoldersAreNamed) {
  EXPECT_EQ(write_file_atomic("/nowhere/a", "x").error().to_text(),
            "/nowhere/a: cannot create: No such file or directory");
  EXPECT_EQ(write_file_atomic("/proc/self/cannot", "x").error().file, "/proc/self/cannot");
}

}  // namespace
}  // namespace coterie
