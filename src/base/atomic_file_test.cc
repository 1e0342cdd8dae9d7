#include "base/atomic_file.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace coterie
