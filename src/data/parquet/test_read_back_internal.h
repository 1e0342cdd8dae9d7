#pragma once
// For tests: random values, and files read back.

#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "data/engine/engine.h"
#include "data/engine/sql_text.h"
#include "data/parquet/parquet_file.h"

namespace coterie::parquet {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  uint64_t next() { return random_(); }
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  int64_t between(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random_() % static_cast<uint64_t>(most - least + 1));
  }
  bool chance(double share) { return static_cast<double>(random_() >> 11) * 0x1p-53 < share; }
  double normal() { return std::normal_distribution<double>()(random_); }

 private:
  std::mt19937_64 random_;
};

// DuckDB's reader is the independent implementation that these files are compared with.
class ReadBack {
 public:
  explicit ReadBack(std::span<const Column> columns)
      : connection_(*data::Engine::open({})->connect()), path_(folder_ / "file.parquet") {
    const Result<int64_t> bytes = write_parquet(path_, columns);
    EXPECT_TRUE(bytes.ok()) << bytes.error().to_text();
    EXPECT_EQ(*bytes, static_cast<int64_t>(std::filesystem::file_size(path_)));
  }
  explicit ReadBack(std::string path)
      : connection_(*data::Engine::open({})->connect()), path_(std::move(path)) {}
  std::string type_of(const std::string& column) {
    return *connection_.scalar_text(fmt::format(
        "select column_type from (describe from '{}') where column_name = '{}'", path_, column));
  }
  std::string text(const std::string& expression, const std::string& where = "") {
    return *connection_.scalar_text(
        fmt::format("select {} from '{}' {}", expression, path_, where));
  }
  // Calls check(row, column view, row in chunk) for every row of the column, in order.
  template <typename Check>
  int64_t each(const std::string& column, const Check& check) {
    return each_of(data::quote_name(column), check);
  }
  template <typename Check>
  int64_t each_of(const std::string& expression, const Check& check) {
    int64_t row = 0;
    const Status status = connection_.for_each_chunk(
        fmt::format("select {} from '{}'", expression, path_), [&](const data::Chunk& chunk) {
          const data::ColumnView view = chunk.column(0);
          for (int64_t i = 0; i < chunk.rows(); ++i) check(static_cast<size_t>(row++), view, i);
          return Status();
        });
    EXPECT_TRUE(status.ok()) << status.error().to_text();
    return row;
  }

 private:
  TemporaryFolder folder_;
  data::Connection connection_;
  std::string path_;
};

}  // namespace coterie::parquet
