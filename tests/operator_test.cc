// What goes wrong around the program: no room, no rights, wrong limits, files cut short.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "shop.h"

namespace coterie::tests {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Processes started while it lives cannot write files beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

Outcome run_limited(const std::string& shop, rlim_t bytes) {
  const FileSizeLimit limit(bytes);
  return coterie({"run", "--quiet"}, shop);
}

TEST(Operator, ARunWithoutRoomFailsCleanlyAndGoesOnWhenThereIsSome) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_fresh(folder / "shop");
  for (const rlim_t bytes : {rlim_t{20'000}, rlim_t{100'000}, rlim_t{400'000}}) {
    const Outcome starved = run_limited(shop, bytes);
    EXPECT_EQ(starved.status, 1) << bytes << "\n" << starved.all();
    EXPECT_THAT(starved.err, HasSubstr("  mend: ")) << bytes;
    EXPECT_EQ(coterie({"tables"}, shop).status, 0);
  }
  const Outcome whole = coterie({"run", "--quiet"}, shop);
  EXPECT_EQ(whole.status, 0) << whole.all();
}

TEST(Operator, AFolderThatCannotBeWrittenIsNamedWithTheMend) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  // Rights do not bind root, a read-only mount does; it ends with the process that made it.
  const std::string script = "mount --bind '" + shop + "' '" + shop +
                             "' && mount -o remount,ro,bind '" + shop + "' && '" + COTERIE_BINARY +
                             "' tables --project '" + shop + "' 2>&1; echo status $?";
  if (std::system("unshare -m true 2>/dev/null") != 0) {
    GTEST_SKIP() << "mount namespaces need root";
  }
  write_text(folder / "script", script);
  const std::string out = folder / "out";
  ASSERT_EQ(std::system(("unshare -m sh '" + (folder / "script") + "' > '" + out + "'").c_str()),
            0);
  EXPECT_THAT(read_text(out),
              AllOf(HasSubstr("the project's folder cannot be written: Read-only file system\n  "
                              "mend: commands that only read"),
                    HasSubstr("status 2")));
}

TEST(Operator, LimitsAboveTheMachineAreLoweredAndLimitsTooSmallRefused) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  const std::string config = read_text(shop + "/coterie.yaml");
  write_text(shop + "/coterie.yaml", config + "resources: {threads: 1000, memory: 900TiB}\n");
  const Outcome lowered =
      coterie({"sql", "select current_setting('threads')::int < 1000 as fewer"}, shop);
  EXPECT_EQ(lowered.status, 0) << lowered.all();
  EXPECT_THAT(lowered.out, HasSubstr("true"));
  EXPECT_THAT(lowered.err, AllOf(HasSubstr("resources.threads: 1,000 is more than there is"),
                                 HasSubstr("resources.memory: ")));
  write_text(shop + "/coterie.yaml", config + "resources: {memory: 1MiB}\n");
  const Outcome refused = coterie({"tables"}, shop);
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("resources.memory: '1MiB' is too little"));
}

TEST(Operator, TemporaryFilesStayBelowTheirLimit) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  const std::string config = read_text(shop + "/coterie.yaml");
  const std::vector<std::string> sort = {
      "sql",
      "select count(*) from (select i, row_number() over (order by hash(i), i) as place "
      "from range(3000000) as numbers(i)) where place % 7 = 1"};
  write_text(shop + "/coterie.yaml", config + "resources: {memory: 96MiB, disk: 1MiB}\n");
  const Outcome starved = coterie(sort, shop);
  EXPECT_EQ(starved.status, 1) << starved.all();
  EXPECT_THAT(starved.err, HasSubstr("raise `resources: disk`"));
  write_text(shop + "/coterie.yaml", config + "resources: {memory: 96MiB, disk: 2GiB}\n");
  const Outcome done = coterie(sort, shop);
  EXPECT_EQ(done.status, 0) << done.all();
}

TEST(Operator, AFileCutShortIsTheUsersToMend) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  const std::string before = coterie({"sql", "select count(*) from items", "--json"}, shop).out;
  for (const auto& entry : fs::recursive_directory_iterator(shop + "/raw/items")) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), entry.file_size() / 2);
  }
  const Outcome cut = coterie({"run"}, shop);
  EXPECT_EQ(cut.status, 2) << cut.all();
  EXPECT_THAT(cut.err,
              AllOf(HasSubstr("this is no whole Parquet file"), HasSubstr("/items/"),
                    HasSubstr("mend: copy or write the file again"), Not(HasSubstr("SELECT"))));
  EXPECT_EQ(coterie({"sql", "select count(*) from items", "--json"}, shop).out, before);
}

}  // namespace
}  // namespace coterie::tests
