// What is LMDB's own: processes, growth, limits, full disks, damaged files.
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/child_process.h"
#include "base/sanitized.h"
#include "store/test_support_internal.h"

namespace coterie::store {
namespace {

using testing::HasSubstr;

class LmdbStoreTest : public testing::Test {
 protected:
  std::unique_ptr<KeyValueStore> open(int64_t max_bytes = 0) const {
    return open_or_fail("lmdb:online", {.folder = folder_.path(), .max_bytes = max_bytes});
  }
  TemporaryFolder folder_;
};

Status put(KeyValueStore& store, const std::string& key, const std::string& value) {
  WriteBatch batch;
  batch.put(key, value);
  return store.write(batch);
}
// `count` values of 64 KiB in one batch, with a generation.
Status put_pages(KeyValueStore& store, int count, int generation) {
  WriteBatch batch;
  const std::string value(65'536, static_cast<char>('a' + generation % 26));
  for (int i = 0; i < count; ++i) batch.put(fmt::format("page-{}", i), value);
  batch.set_metadata("generation", std::to_string(generation));
  return store.write(batch);
}

TEST_F(LmdbStoreTest, NamesItsFolder) {
  EXPECT_EQ(open()->name(), "lmdb:" + folder_ / "online");
  const auto absolute = open_or_fail("lmdb:" + folder_ / "other", {.folder = "/nowhere"});
  EXPECT_EQ(absolute->name(), "lmdb:" + folder_ / "other");
}

TEST_F(LmdbStoreTest, TheMapGrowsBeyondItsFirstSize) {
  const auto store = open();
  ASSERT_EQ(error_text(put_pages(*store, 1'500, 1)), "");  // 94 MiB, the first map is 64 MiB
  ASSERT_EQ(error_text(put_pages(*store, 3'000, 2)), "");
  EXPECT_EQ(store->get("page-2999")->value().size(), 65'536U);
  EXPECT_EQ(*store->metadata("generation"), "2");
  const StoreStats stats = *store->stats();
  EXPECT_EQ(stats.keys, 3'000);
  EXPECT_GT(stats.bytes, 3'000LL * 65'536);
  EXPECT_EQ(stats.limit_bytes, 0);
}

TEST_F(LmdbStoreTest, OtherProcessesFollowTheGrowth) {
  ChildProcess child([&](const ChildProcess::Link& link) {
    const auto store = open();
    char heard = 0;
    link.say('o');
    if (!link.hear(heard) || !put_pages(*store, 1'500, 1).ok()) return 1;
    link.say('g');
    return link.hear(heard) && *store->get("from the parent") == "yes" ? 0 : 2;
  });
  const auto store = open();
  char said = 0;
  ASSERT_TRUE(child.link().hear(said));
  child.link().say('w');
  ASSERT_TRUE(child.link().hear(said));
  EXPECT_EQ(store->get("page-1499")->value().size(), 65'536U);
  EXPECT_EQ(error_text(put(*store, "from the parent", "yes")), "");
  child.link().say('r');
  EXPECT_EQ(child.finish(), 0);
}

TEST_F(LmdbStoreTest, AtItsLimitTheStateIsAsBefore) {
  const auto store = open(2 << 20);
  ASSERT_TRUE(put_pages(*store, 10, 1).ok());
  const Status full = put_pages(*store, 40, 2);
  EXPECT_EQ(error_text(full),
            (folder_ / "online") +
                ": cannot write: its limit of 2.0 MiB is reached\n"
                "  mend: remove what nobody reads any more, or give the store a higher limit");
  EXPECT_EQ(full.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(*store->metadata("generation"), "1");
  EXPECT_EQ(store->get("page-9")->value(), std::string(65'536, 'b'));
  EXPECT_EQ(*store->get("page-10"), std::nullopt);
  EXPECT_EQ(*store->clear("page-"), 10);
  EXPECT_EQ(error_text(put_pages(*store, 12, 3)), "");
  EXPECT_EQ(store->stats()->limit_bytes, 2 << 20);
}

TEST_F(LmdbStoreTest, AReaderThatDiedKeepsNoPages) {
  {
    ASSERT_TRUE(put_pages(*open(4 << 20), 10, 0).ok());
  }
  ChildProcess child([&](const ChildProcess::Link& link) {
    const auto store = open(4 << 20);
    char heard = 0;
    return store->scan("",
                       [&](std::string_view, std::string_view) -> Status {
                         link.say('s');
                         link.hear(heard);
                         return {};
                       })
                   .ok()
               ? 0
               : 1;
  });
  char said = 0;
  ASSERT_TRUE(child.link().hear(said));  // it holds the old state now
  child.finish(SIGKILL);
  const auto store = open(4 << 20);
  for (int n = 1; n < 30; ++n) ASSERT_EQ(error_text(put_pages(*store, 10, n)), "") << n;
}

TEST_F(LmdbStoreTest, AReaderOfAnotherProcessSeesOneState) {
  {
    ASSERT_TRUE(put_pages(*open(), 3, 0).ok());
  }
  ChildProcess child([&](const ChildProcess::Link& link) {
    const auto store = open();
    std::string seen;
    char heard = 0;
    const Status scanned = store->scan("", [&](std::string_view, std::string_view value) -> Status {
      seen += value[0];
      link.say('s');
      link.hear(heard);
      return {};
    });
    return scanned.ok() && seen == "aaa" && store->get("page-0")->value()[0] == 'c' ? 0 : 1;
  });
  const auto store = open();
  char said = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(child.link().hear(said));
    ASSERT_TRUE(put_pages(*store, 3, i).ok());
    child.link().say('g');
  }
  EXPECT_EQ(child.finish(), 0);
}

TEST_F(LmdbStoreTest, TwoProcessesWriteAndNothingIsLost) {
  constexpr int kWrites = 150;
  const auto write_all = [this](const std::string& who) {
    const auto store = open();
    for (int i = 0; i < kWrites; ++i) {
      if (!put(*store, fmt::format("{}-{}", who, i), who).ok()) return 1;
    }
    return 0;
  };
  ChildProcess first([&](const ChildProcess::Link&) { return write_all("first"); });
  ChildProcess second([&](const ChildProcess::Link&) { return write_all("second"); });
  EXPECT_EQ(first.finish(), 0);
  EXPECT_EQ(second.finish(), 0);
  EXPECT_EQ(open()->stats()->keys, 2 * kWrites);
}

TEST_F(LmdbStoreTest, StoresOfOneProcessShareTheFolder) {
  auto first = open();
  const auto second = open();
  ASSERT_TRUE(put(*first, "k", "v").ok());
  first.reset();
  EXPECT_EQ(*second->get("k"), "v");
  ASSERT_TRUE(put(*second, "k", "w").ok());
  EXPECT_EQ(*open()->get("k"), "w");
}

TEST_F(LmdbStoreTest, AFileOfSomethingElseIsRefused) {
  ASSERT_TRUE(make_folders(folder_ / "online").ok());
  std::ofstream(folder_ / "online/data.mdb") << std::string(100'000, 'x');
  const auto opened = open_store("lmdb:online", {.folder = folder_.path()});
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(opened.error().to_text(),
            (folder_ / "online") +
                ": cannot open the store: data.mdb is not a file of this store\n"
                "  mend: move the folder away; the state is built again from the event log");
}

TEST_F(LmdbStoreTest, AFileInPlaceOfTheFolderIsRefused) {
  std::ofstream(folder_ / "online") << "x";
  const auto opened = open_store("lmdb:online", {.folder = folder_.path()});
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().to_text(), HasSubstr(folder_ / "online"));
}

// Bytes of address space that this process uses.
rlim_t address_space() {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

TEST_F(LmdbStoreTest, WithoutAddressSpaceTheMapStaysAsItIs) {
  if (kSanitized)
    GTEST_SKIP() << "a sanitizer needs address space of its own for every allocation: it ends the "
                    "process, or never ends itself, where a limit refuses some";
  ChildProcess child([this](const ChildProcess::Link&) {
    const auto store = open();
    if (!put(*store, "k", "v").ok()) return 1;
    const rlim_t allowed = address_space() + (rlim_t{100} << 20);  // a map of 128 MiB does not fit
    const rlimit limit{allowed, allowed};
    setrlimit(RLIMIT_AS, &limit);
    Status grown;
    for (int i = 0; grown.ok() && i < 200; ++i)
      grown = put(*store, std::to_string(i), std::string(1 << 20, 'x'));
    if (grown.ok() || grown.error().code != ErrorCode::kResourceExhausted) return 2;
    if (grown.error().mend != "raise the limit of virtual memory (ulimit -v)") return 3;
    if (*store->get("k") != "v") return 4;
    return *store->clear("1") > 10 && put(*store, "k", "w").ok() ? 0 : 5;
  });
  EXPECT_EQ(child.finish(), 0);
}

// Fills a file system of 2 MB, then makes room. Returns "" or what was wrong.
std::string fill_disk(const std::string& folder) {
  const std::string ballast = folder + "/ballast";
  std::ofstream(ballast) << std::string(600'000, 'b');
  const auto store = open_store("lmdb:online", {.folder = folder});
  if (!store.ok()) return store.error().to_text();
  int generation = 0;
  Status status;
  for (; status.ok() && generation < 100; ++generation)
    status = put_pages(**store, 1 + generation, generation);
  if (status.ok()) return "the disk never filled";
  const int last = generation - 2;
  if (status.error().code != ErrorCode::kResourceExhausted ||
      status.error().mend != "free disk space")
    return status.error().to_text();
  if (*(*store)->metadata("generation") != std::to_string(last)) return "the metadata changed";
  if ((*store)->stats()->keys != last + 1) return "the keys changed";
  std::filesystem::remove(ballast);
  const Status again = put_pages(**store, last + 2, last + 1);
  return again.ok() ? "" : "still failing: " + again.error().to_text();
}

TEST_F(LmdbStoreTest, OnAFullDiskTheStateIsAsBefore) {
  constexpr int kNoMount = 77;
  ChildProcess child([this](const ChildProcess::Link&) {
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kNoMount;
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=2m") != 0) return kNoMount;
    const std::string wrong = fill_disk(folder_.path());
    if (!wrong.empty()) std::fprintf(stderr, "%s\n", wrong.c_str());
    return wrong.empty() ? 0 : 1;
  });
  const int status = child.finish();
  if (WEXITSTATUS(status) == kNoMount)
    GTEST_SKIP() << "mounting a small tmpfs needs root or user namespaces";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace coterie::store
