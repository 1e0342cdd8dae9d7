#include "data/parquet/ordered_writer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/temporary_folder.h"
#include "data/engine/engine.h"

namespace coterie::parquet {
namespace {

const std::vector<Column> kColumns = {{.name = "task", .type = ColumnType::kInteger32},
                                      {.name = "row", .type = ColumnType::kInteger}};

// How many rows each task makes: none, or several row groups of up to 700 rows.
std::vector<int64_t> random_sizes(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int64_t> sizes;
  for (int i = 0; i < 60; ++i) sizes.push_back(random() % 4 == 0 ? 0 : random() % 2000);
  return sizes;
}

RowGroups encode_rows(int64_t task, int64_t rows, std::vector<Column>& scratch) {
  RowGroups groups;
  for (int64_t row = 0; row < rows; ++row) {
    scratch[0].integers.push_back(task);
    scratch[1].integers.push_back(row);
    if (scratch[0].rows() == 700 || row + 1 == rows) groups.push_back(take_group(scratch));
  }
  return groups;
}

// The oracle: what one thread writes, group after group.
std::string written_by_one(const std::vector<int64_t>& sizes, const std::string& path) {
  ParquetWriter writer = *ParquetWriter::create(path, kColumns, Compression::kZstd);
  std::vector<Column> scratch = kColumns;
  for (size_t task = 0; task < sizes.size(); ++task) {
    for (RowGroup& group : encode_rows(static_cast<int64_t>(task), sizes[task], scratch)) {
      EXPECT_TRUE(writer.append(std::move(group)).ok());
    }
  }
  EXPECT_TRUE(writer.finish().ok());
  return *read_file(path);
}

TEST(OrderedWriter, TheFileDoesNotDependOnThreadsOrTheirPace) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  const TemporaryFolder folder;
  const std::vector<int64_t> sizes = random_sizes(seed);
  const std::string expected = written_by_one(sizes, folder / "one.parquet");
  int64_t total = 0;
  for (const int64_t size : sizes) total += size;
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    const std::string path = folder / fmt::format("{}.parquet", threads);
    const Result<int64_t> rows = write_groups(
        path, kColumns, pool, std::ssize(sizes),
        [&](int64_t task, std::vector<Column>& scratch) -> Result<RowGroups> {
          std::this_thread::sleep_for(std::chrono::microseconds((task * 7919 + seed) % 500));
          return encode_rows(task, sizes[static_cast<size_t>(task)], scratch);
        });
    ASSERT_TRUE(rows.ok()) << rows.error().to_text();
    EXPECT_EQ(*rows, total) << threads;
    EXPECT_EQ(*read_file(path), expected) << threads;
  }
  data::Connection connection = *data::Engine::open({})->connect();
  EXPECT_EQ(*connection.scalar_int(fmt::format("select count(*) from '{}'", folder / "2.parquet")),
            total);
}

TEST(OrderedWriter, WithoutTasksTheFileHasColumnsAndNoRows) {
  const TemporaryFolder folder;
  ThreadPool pool(2);
  const std::string path = folder / "none.parquet";
  EXPECT_EQ(*write_groups(path, kColumns, pool, 0,
                          [](int64_t, std::vector<Column>&) { return Result<RowGroups>({}); }),
            0);
  data::Connection connection = *data::Engine::open({})->connect();
  EXPECT_EQ(*connection.scalar_int(fmt::format("select count(row) from '{}'", path)), 0);
}

// One slow task does not let the others run ahead and fill the memory.
TEST(OrderedWriter, FewTasksAreInFlight) {
  constexpr int kThreads = 3;
  constexpr int64_t kWindow = kThreads * kTasksInFlight;
  const TemporaryFolder folder;
  ThreadPool pool(kThreads);
  std::atomic<int64_t> encoded = 0;
  std::atomic<int64_t> furthest = 0;
  const auto encode = [&](int64_t task, std::vector<Column>& scratch) -> Result<RowGroups> {
    for (int64_t seen = furthest; seen < task && !furthest.compare_exchange_weak(seen, task);) {
    }
    RowGroups groups = encode_rows(task, 10, scratch);
    if (task == 0) {
      while (encoded < kWindow - 1) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      EXPECT_EQ(furthest, kWindow - 1);
    }
    ++encoded;
    return groups;
  };
  EXPECT_EQ(*write_groups(folder / "f.parquet", kColumns, pool, 100, encode), 1000);
}

TEST(OrderedWriter, TheLowestTaskThatFailsSpeaks) {
  const TemporaryFolder folder;
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    const auto encode = [](int64_t task, std::vector<Column>& scratch) -> Result<RowGroups> {
      if (task == 7) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      if (task >= 7) return invalid_input(fmt::format("task {} broke", task));
      return encode_rows(task, 10, scratch);
    };
    const Result<int64_t> rows = write_groups(folder / "f.parquet", kColumns, pool, 1000, encode);
    ASSERT_FALSE(rows.ok());
    EXPECT_EQ(rows.error().to_text(), "task 7 broke") << threads;
  }
}

// Nobody waits for ever for a task that will never be in the file.
TEST(OrderedWriter, AnExceptionComesThrough) {
  const TemporaryFolder folder;
  for (const int threads : {1, 4}) {
    ThreadPool pool(threads);
    const auto encode = [](int64_t task, std::vector<Column>& scratch) -> Result<RowGroups> {
      if (task == 5) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        throw std::runtime_error("no memory for task 5");
      }
      return encode_rows(task, 10, scratch);
    };
    try {
      (void)write_groups(folder / "f.parquet", kColumns, pool, 1000, encode);
      ADD_FAILURE() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "no memory for task 5");
    }
  }
}

TEST(OrderedWriter, CancellationEndsIt) {
  const TemporaryFolder folder;
  ThreadPool pool(2);
  std::atomic<int64_t> begun = 0;
  const auto encode = [&](int64_t task, std::vector<Column>& scratch) -> Result<RowGroups> {
    ++begun;
    if (task == 3) request_cancel();
    return encode_rows(task, 10, scratch);
  };
  const Result<int64_t> rows = write_groups(folder / "f.parquet", kColumns, pool, 10'000, encode);
  reset_cancel();
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kCancelled);
  EXPECT_LT(begun, 100);
}

TEST(OrderedWriter, AFullDiskIsAnErrorThatNamesTheFile) {
  ThreadPool pool(2);
  const auto encode = [&](int64_t task, std::vector<Column>& scratch) -> Result<RowGroups> {
    return encode_rows(task, 50'000, scratch);
  };
  const Result<int64_t> rows = write_groups("/dev/full", kColumns, pool, 50, encode);
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kResourceExhausted);
  EXPECT_NE(rows.error().to_text().find("/dev/full"), std::string::npos);
}

TEST(OrderedWriter, EvenGroupsAreNearlyEqual) {
  EXPECT_EQ(even_group(0), 1);
  EXPECT_EQ(even_group(1), 1);
  EXPECT_EQ(even_group(kRowGroupRows), kRowGroupRows);
  EXPECT_EQ(even_group(kRowGroupRows + 1), kRowGroupRows / 2 + 1);
  EXPECT_EQ(even_group(10 * kRowGroupRows), kRowGroupRows);
  EXPECT_EQ(even_group(9 * kRowGroupRows), 9 * kRowGroupRows / 10);
}

}  // namespace
}  // namespace coterie::parquet
