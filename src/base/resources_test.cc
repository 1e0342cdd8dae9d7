#include "base/resources.h"

#include <memory>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include "base/captured_error.h"
#include "base/child_process.h"
#include "base/temporary_folder.h"

namespace coterie {
namespace {

namespace fs = std::filesystem;

TEST(Resources, DetectsSomethingToWorkWith) {
  const TemporaryFolder folder;
  const Resources found = detect_resources(folder / "not/yet/there");
  EXPECT_GE(found.threads, 1);
  EXPECT_GT(found.memory_bytes, int64_t{64} << 20);
  EXPECT_GT(found.disk_bytes, 0);
}

TEST(Resources, LimitsLowerAndNeverRaise) {
  const Resources detected{4, 1000, 500};
  EXPECT_EQ(apply_limits(detected, {}).threads, 4);
  const Resources lowered = apply_limits(detected, {.threads = 2, .memory_bytes = 600});
  EXPECT_EQ(lowered.threads, 2);
  EXPECT_EQ(lowered.memory_bytes, 600);
  EXPECT_EQ(lowered.disk_bytes, 500);
  CapturedError captured;
  EXPECT_EQ(apply_limits(detected, {.threads = 64}).threads, 4);
  EXPECT_EQ(apply_limits(detected, {.memory_bytes = 4096}).memory_bytes, 1000);
  EXPECT_THAT(captured.text(),
              testing::HasSubstr("warning resources.threads: 64 is more than there is; using 4\n"));
  EXPECT_THAT(captured.text(), testing::HasSubstr("warning resources.memory: 4.0 KiB is more than "
                                                  "there is; using 1000 B\n"));
}

TEST(Resources, ParsesBytes) {
  EXPECT_EQ(*parse_bytes("8GiB"), int64_t{8} << 30);
  EXPECT_EQ(*parse_bytes("512MB"), 512'000'000);
  EXPECT_EQ(*parse_bytes("1.5g"), int64_t{3} << 29);
  EXPECT_EQ(*parse_bytes("1048576"), 1 << 20);
  EXPECT_EQ(*parse_bytes("2 KiB"), 2048);
  EXPECT_EQ(*parse_bytes("7b"), 7);
}

TEST(Resources, RefusesWhatIsNotAnAmount) {
  for (const char* text : {"", "GiB", "8GiBs", "-1G", "0", "0.2", "1e3", "nan", "inf", "8 G B",
                           "99999999T", "1.5.5G", "+1G", " 1G", "0x10", "1 "}) {
    const bool trailing_space = std::string_view(text) == "1 ";
    EXPECT_EQ(parse_bytes(text).ok(), trailing_space) << text;
  }
  EXPECT_EQ(parse_bytes("8 apples").error().to_text(),
            "'8 apples' is not an amount of bytes\n"
            "  mend: write a number with a unit, such as 8GiB or 512MB");
  EXPECT_EQ(parse_bytes("9999999P").error().message, "'9999999P' is too much");
}

TEST(Resources, PeakMemoryGrowsWithUse) {
  const int64_t before = peak_rss_bytes();
  EXPECT_GT(before, 1 << 20);
  constexpr size_t kMore = size_t{64} << 20;
  const auto block = std::make_unique<volatile char[]>(kMore);
  for (size_t i = 0; i < kMore; i += 1024) block[i] = 1;
  EXPECT_GE(peak_rss_bytes(), before + (int64_t{32} << 20));
}

TEST(ResourceShare, DividesAndReturns) {
  const TemporaryFolder folder;
  const Resources total{3, 1001, 50};
  const auto first = ResourceShare::join(folder / "shares", "run", total);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->current().memory_bytes, 1001);
  {
    const auto second = ResourceShare::join(folder / "shares", "serve", total);
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(first->current().threads, 2);
    EXPECT_EQ(second->current().threads, 1);
    EXPECT_EQ(first->current().memory_bytes, 501);
    EXPECT_EQ(second->current().memory_bytes, 500);
    EXPECT_EQ(first->current().disk_bytes, 25);
  }
  EXPECT_EQ(first->current().threads, 3);
}

TEST(ResourceShare, EveryoneHasAThread) {
  const TemporaryFolder folder;
  std::vector<ResourceShare> shares;
  for (int i = 0; i < 5; ++i) {
    shares.push_back(*ResourceShare::join(folder.path(), "run", {2, 1000, 1000}));
  }
  for (const ResourceShare& share : shares) {
    EXPECT_EQ(share.current().threads, 1);
    EXPECT_EQ(share.current().memory_bytes, 200);
  }
}

// Joins, says so, and leaves when told to.
std::unique_ptr<ChildProcess> joining_child(const std::string& folder) {
  auto child = std::make_unique<ChildProcess>([folder](const ChildProcess::Link& parent) {
    const auto share = ResourceShare::join(folder, "child", {4, 1000, 1000});
    parent.say(share.ok() ? 'j' : 'f');
    char command = 0;
    parent.hear(command);
    return 0;
  });
  char said = 0;
  EXPECT_TRUE(child->link().hear(said));
  EXPECT_EQ(said, 'j');
  return child;
}

TEST(ResourceShare, ProcessesThatEndOrAreKilledGiveTheirsBack) {
  const TemporaryFolder folder;
  const auto mine = ResourceShare::join(folder.path(), "run", {4, 1000, 1000});
  ASSERT_TRUE(mine.ok());
  const auto polite = joining_child(folder.path());
  const auto killed = joining_child(folder.path());
  const auto stays = joining_child(folder.path());
  EXPECT_EQ(mine->current().threads, 1);
  EXPECT_EQ(mine->current().memory_bytes, 250);

  EXPECT_EQ(killed->finish(SIGKILL), SIGKILL);
  EXPECT_EQ(mine->current().memory_bytes, 334);
  polite->link().say('q');
  EXPECT_EQ(polite->finish(), 0);
  EXPECT_EQ(mine->current().memory_bytes, 500);
  EXPECT_EQ(mine->current().threads, 2);
  const auto files = std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
  EXPECT_EQ(files, 2) << "a dead process's file is still there";
}

TEST(ResourceShare, OtherFilesInTheFolderDoNotCount) {
  const TemporaryFolder folder;
  const auto mine = ResourceShare::join(folder.path(), "run", {4, 1000, 1000});
  ASSERT_TRUE(mine.ok());
  fs::create_directory(folder / "folder");
  for (const char* name : {"note.txt", ".00000-1.share.new"}) {
    CHECK(close(creat((folder / name).c_str(), 0600)) == 0);
  }
  EXPECT_EQ(mine->current().threads, 4);
}

// Somebody else asks about a dead process's file, with a shared lock, while we do.
TEST(ResourceShare, TwoWhoAskAtOnceDoNotCountEachOther) {
  const TemporaryFolder folder;
  const auto mine = ResourceShare::join(folder.path(), "run", {4, 1000, 1000});
  ASSERT_TRUE(mine.ok());
  const int asker = open((folder / "0-1.share").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_GE(asker, 0);
  ASSERT_EQ(flock(asker, LOCK_SH), 0);
  EXPECT_EQ(mine->current().threads, 4);
  close(asker);
}

TEST(ResourceShare, WithoutItsFolderSharesAsLastSeenAndSaysSo) {
  auto folder = std::make_unique<TemporaryFolder>();
  const auto mine = ResourceShare::join(folder->path(), "run", {4, 1000, 1000});
  const auto other = ResourceShare::join(folder->path(), "run", {4, 1000, 1000});
  EXPECT_EQ(mine->current().threads, 2);
  const std::string path = folder->path();
  folder.reset();
  CapturedError captured;
  EXPECT_EQ(mine->current().threads, 2);
  EXPECT_THAT(captured.text(),
              testing::HasSubstr("sharing resources as last seen: " + path + ": cannot list"));
}

TEST(ResourceShare, NamesAFolderThatCannotBeMade) {
  const auto share = ResourceShare::join("/dev/null/shares", "run", {1, 1, 1});
  ASSERT_FALSE(share.ok());
  EXPECT_EQ(share.error().to_text(),
            "/dev/null/shares: cannot create this folder: Not a directory");
}

}  // namespace
}  // namespace coterie
