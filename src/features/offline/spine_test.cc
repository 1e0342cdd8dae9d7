#include "features/offline/spine.h"

#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"

namespace coterie::features {
namespace {

constexpr int kRows = 60'000;

// Customers by text, some null and some unknown; stores by number. Small row groups, so that
// several threads have something to read.
class SpineTest : public testing::Test {
 protected:
  SpineTest() {
    customer_.name = "customer";
    customer_.join_keys = {"customer_id"};
    store_.name = "store";
    store_.join_keys = {"store_id"};
    must(connection_.execute(fmt::format(
        "CREATE TABLE customers AS SELECT i::INTEGER AS code, 'c' || (i * 7) AS k0 FROM "
        "range(5000) "
        "t(i); CREATE TABLE stores AS SELECT i::INTEGER AS code, (100 + i)::VARCHAR AS k0 FROM "
        "range(40) t(i); CREATE TABLE rows AS SELECT i AS label, CASE WHEN i % 97 = 0 THEN NULL "
        "ELSE "
        "'c' || (hash(i) % 36000) END AS customer_id, (100 + hash(i + 1) % 50)::INTEGER AS "
        "store_id, "
        "TIMESTAMP '2024-01-01' + to_seconds((hash(i + 2) % 9000000)::BIGINT) AS event_timestamp, "
        "CASE WHEN i % 5 = 0 THEN NULL ELSE i / 8 END AS value, i % 3 = 0 AS flag, 'note ' || "
        "(hash(i + 3) % 300) AS note FROM range({}) t(i)",
        kRows)));
    keys_.push_back({.entity = &customer_, .relation = "customers", .size = 5000});
    keys_.push_back({.entity = &store_, .relation = "stores", .size = 40});
  }

  std::string write(const std::string& name, const std::string& select = "FROM rows ORDER BY label",
                    const std::string& format = "FORMAT parquet, ROW_GROUP_SIZE 2048") {
    const std::string file = folder_ / name;
    must(connection_.execute(fmt::format("COPY ({}) TO '{}' ({})", select, file, format)));
    return file;
  }
  Spine read(const std::string& file) {
    return take(read_spine({.file = file, .time = ""}, keys_, TimeZone(), connection_));
  }

  TemporaryFolder folder_;
  data::Engine engine_ = take(data::Engine::open({.threads = 4}));
  data::Connection connection_ = take(engine_.connect());
  Entity customer_, store_;
  std::vector<EntityKeys> keys_;
};

std::string text_at(const Spine& spine, std::string_view column, size_t row) {
  const parquet::Column& texts = *spine.find(column);
  if (texts.codes[row] == parquet::kNullText) return "null";
  return std::string(texts.texts->at(texts.codes[row]));
}

TEST_F(SpineTest, RowsStandWhereTheFileHasThem) {
  const Spine spine = read(write("spine.parquet"));
  ASSERT_EQ(spine.rows, kRows);
  size_t row = 0;
  must(connection_.for_each_chunk(
      "SELECT coalesce(customer_id, 'null'), coalesce(c.code, -1), coalesce(s.code, -1), "
      "event_timestamp, value, flag, note FROM rows LEFT JOIN customers c ON c.k0 = customer_id "
      "LEFT "
      "JOIN stores s ON s.k0 = store_id::VARCHAR ORDER BY label",
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t i = 0; i < chunk.rows(); ++i, ++row) {
          EXPECT_EQ(spine.find("label")->integers[row], static_cast<int64_t>(row));
          EXPECT_EQ(text_at(spine, "customer_id", row), chunk.column(0).as_text(i));
          EXPECT_EQ(spine.entities[0][row], chunk.column(1).as_int(i));
          EXPECT_EQ(spine.entities[1][row], chunk.column(2).as_int(i));
          EXPECT_EQ(spine.at[row], chunk.column(3).as_micros(i));
          const double value = spine.find("value")->reals[row];
          EXPECT_EQ(std::isnan(value), chunk.column(4).is_null(i));
          if (!std::isnan(value)) {
            EXPECT_EQ(value, chunk.column(4).as_real(i));
          }
          EXPECT_EQ(spine.find("flag")->integers[row], chunk.column(5).as_int(i));
          EXPECT_EQ(text_at(spine, "note", row), chunk.column(6).as_text(i));
          if (testing::Test::HasFailure()) return cancelled_error();
        }
        return {};
      }));
  EXPECT_EQ(row, size_t{kRows});
}

// CSV has no row numbers, nor does a file whose own column has their name.
TEST_F(SpineTest, IsTheSameWhereRowsComeInOrder) {
  const Spine numbered = read(write("spine.parquet"));
  for (const std::string& file :
       {write("spine.csv", "FROM rows ORDER BY label", "FORMAT csv"),
        write("own.parquet", "SELECT *, 'mine' AS File_Row_Number FROM rows ORDER BY label")}) {
    SCOPED_TRACE(file);
    const Spine ordered = read(file);
    ASSERT_EQ(ordered.rows, kRows);
    EXPECT_EQ(ordered.at, numbered.at);
    EXPECT_EQ(ordered.entities, numbered.entities);
    EXPECT_EQ(ordered.find("label")->integers, numbered.find("label")->integers);
    for (size_t row = 0; row < size_t{kRows}; row += 7)
      ASSERT_EQ(text_at(ordered, "note", row), text_at(numbered, "note", row));
  }
}

TEST_F(SpineTest, ARowWithoutTimeIsNamed) {
  const std::string file =
      write("spine.parquet",
            "SELECT * REPLACE (CASE WHEN label = 41234 THEN NULL ELSE "
            "event_timestamp END AS event_timestamp) FROM rows ORDER BY label");
  const auto spine = read_spine({.file = file, .time = ""}, keys_, TimeZone(), connection_);
  ASSERT_FALSE(spine.ok());
  EXPECT_EQ(spine.error().message, "row 41235 has no 'event_timestamp'");
}

// What looks like a number or a date is a key as it stands.
TEST_F(SpineTest, KeysOfACsvFileAreTexts) {
  const std::string file = folder_ / "keys.csv";
  ASSERT_TRUE(
      write_file_atomic(file,
                        "customer_id,store_id,event_timestamp\n007,1,2026-01-01 00:00:00\n1e5,2,"
                        "2026-01-01 00:00:00\n0.10,103,2026-01-01 00:00:00\n")
          .ok());
  const Spine spine = read(file);
  EXPECT_EQ(text_at(spine, "customer_id", 0), "007");
  EXPECT_EQ(text_at(spine, "customer_id", 1), "1e5");
  EXPECT_EQ(text_at(spine, "customer_id", 2), "0.10");
  EXPECT_EQ(text_at(spine, "store_id", 2), "103");
  EXPECT_EQ(spine.entities[1], (std::vector<int32_t>{-1, -1, 3}));
}

TEST_F(SpineTest, MayBeEmpty) {
  const Spine spine = read(write("spine.parquet", "FROM rows LIMIT 0"));
  EXPECT_EQ(spine.rows, 0);
  EXPECT_TRUE(spine.entities[0].empty());
}

}  // namespace
}  // namespace coterie::features
