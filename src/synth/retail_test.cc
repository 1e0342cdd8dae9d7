#include "synth/retail.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/temporary_folder.h"
#include "synth/test_world.h"

namespace coterie::synth {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

RetailOptions small_world(const std::string& folder) {
  RetailOptions options;
  options.folder = folder;
  options.customers = 9'000;  // two blocks
  options.transactions = 40'000;
  options.articles = 800;
  options.days = 400;
  return options;
}

Result<SynthReport> synthesize(const RetailOptions& options, int threads = 2) {
  ThreadPool pool(threads);
  const auto progress = make_progress(ProgressMode::kSilent);
  return synthesize_retail(options, pool, *progress);
}

// Every file below the folder with its bytes.
std::map<std::string, std::string> bytes_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[fs::relative(entry.path(), folder).string()] = *read_file(entry.path().string());
  }
  return files;
}

std::vector<std::string> names_of(const std::map<std::string, std::string>& files) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files) names.push_back(name);
  return names;
}

TEST(Retail, SameSeedSameBytesForAnyNumberOfThreads) {
  const TemporaryFolder one, three, other;
  ASSERT_TRUE(synthesize(small_world(one.path()), 1).ok());
  ASSERT_TRUE(synthesize(small_world(three.path()), 3).ok());
  RetailOptions reseeded = small_world(other.path());
  reseeded.seed = 2;
  ASSERT_TRUE(synthesize(reseeded, 3).ok());
  const auto expected = bytes_of(one.path());
  const auto threaded = bytes_of(three.path());
  const auto different = bytes_of(other.path());
  ASSERT_EQ(names_of(expected), names_of(threaded));
  for (const auto& [name, bytes] : expected) {
    EXPECT_TRUE(bytes == threaded.at(name)) << name << " depends on the number of threads";
  }
  for (const char* table : {"customers", "transactions", "events", "items", "reviews"}) {
    const std::string name = fmt::format("raw/{}/part-00000.parquet", table);
    EXPECT_FALSE(expected.at(name) == different.at(name)) << name << " ignores the seed";
  }
}

TEST(Retail, WritingSomeRolesDoesNotChangeThem) {
  const TemporaryFolder all, some;
  ASSERT_TRUE(synthesize(small_world(all.path())).ok());
  RetailOptions options = small_world(some.path());
  options.only = {"sessions", "items", "reviews"};
  const Result<SynthReport> report = synthesize(options);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  const auto expected = bytes_of(all.path());
  for (const auto& [name, bytes] : bytes_of(some.path())) {
    EXPECT_TRUE(bytes == expected.at(name)) << name;
  }
  EXPECT_TRUE(fs::exists(some / "raw/sessions/part-00000.parquet"));
  EXPECT_FALSE(fs::exists(some / "raw/events"));
  EXPECT_EQ(report->rows("events"), 0);
  EXPECT_GT(report->rows("sessions"), 0);
}

TEST(Retail, ReportCountsWhatTheFilesHold) {
  const TemporaryFolder folder;
  const Result<SynthReport> report = synthesize(small_world(folder.path()));
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  data::Connection connection = open_world(folder.path());
  EXPECT_EQ(report->tables.size(), 22u);
  for (const SynthesizedTable& table : report->tables) {
    std::string view = table.name;
    if (const size_t slash = view.find('/'); slash != std::string::npos) view[slash] = '_';
    EXPECT_EQ(*connection.scalar_int("select count(*) from " + view), table.rows) << view;
    EXPECT_GT(table.bytes, 0) << view;
    EXPECT_GT(table.files, 0) << view;
  }
  EXPECT_EQ(report->rows("customers"), 9'000);
  EXPECT_EQ(report->rows("items"), 800);
  EXPECT_NEAR(static_cast<double>(report->rows("transactions")), 40'000, 0.05 * 40'000);
}

TEST(Retail, RefusesToOverwriteUnlessAllowed) {
  const TemporaryFolder folder;
  RetailOptions options = small_world(folder.path());
  options.only = {"holidays"};
  ASSERT_TRUE(synthesize(options).ok());
  const auto before = bytes_of(folder.path());
  options.seed = 5;
  const Result<SynthReport> refused = synthesize(options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().to_text(), HasSubstr("raw/holidays already holds files"));
  EXPECT_EQ(bytes_of(folder.path()), before);
  options.replace = true;
  EXPECT_TRUE(synthesize(options).ok());
  EXPECT_NE(bytes_of(folder.path()), before);
}

TEST(Retail, CancellationLeavesTheFolderAsItWas) {
  const TemporaryFolder folder;
  std::ofstream(folder / "mine.txt") << "kept";
  request_cancel();
  const Result<SynthReport> report = synthesize(small_world(folder.path()));
  reset_cancel();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(names_of(bytes_of(folder.path())), std::vector<std::string>{"mine.txt"});
  EXPECT_FALSE(fs::exists(folder / "raw"));
}

TEST(Retail, ClearsAwayWhatAKilledProcessLeft) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const std::string dead = folder / fmt::format(".synth-{}/raw", child);
  const std::string living = folder / fmt::format(".synth-{}/raw", ::getppid());
  ASSERT_TRUE(make_folders(dead).ok());
  ASSERT_TRUE(make_folders(living).ok());
  RetailOptions options = small_world(folder.path());
  options.only = {"holidays"};
  ASSERT_TRUE(synthesize(options).ok());
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(living));
}

TEST(Retail, ErrorsNameTheOptionAndTheMend) {
  const TemporaryFolder folder;
  RetailOptions options = small_world(folder.path());
  options.customers = 5;
  EXPECT_THAT(synthesize(options).error().to_text(),
              HasSubstr("customers: customers is 5\n  mend: use a number from 100 to 50000000"));
  options = small_world(folder.path());
  options.days = 10;
  EXPECT_THAT(synthesize(options).error().to_text(), HasSubstr("days is 10"));
  options = small_world(folder.path());
  options.transactions = 10;
  EXPECT_THAT(synthesize(options).error().to_text(), HasSubstr("transactions is 10"));
  options = small_world(folder.path());
  options.only = {"event"};
  const Error error = synthesize(options).error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(error.to_text(),
              HasSubstr("there is no role 'event'\n  mend: did you mean 'events'?"));
}

TEST(Retail, WorksAtItsSmallest) {
  const TemporaryFolder folder;
  RetailOptions options;
  options.folder = folder.path();
  options.customers = 100;
  options.articles = 300;
  options.days = 60;
  options.transactions = 400;
  const Result<SynthReport> report = synthesize(options);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_GT(report->rows("transactions"), 200);
  EXPECT_GT(report->rows("events"), 200);
}

}  // namespace
}  // namespace coterie::synth
