// Random histories against the simplest thing that could be right: a table is a list of rows in
// memory, a version is a copy of all of them.

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/sanitized.h"
#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

struct Row {
  int day;
  int value;
  bool operator<(const Row& other) const {
    return std::pair(day, value) < std::pair(other.day, other.value);
  }
};
using Table = std::vector<Row>;
using Model = std::map<std::string, Table>;

std::string to_text(Table table) {
  std::ranges::sort(table, {}, [](const Row& row) { return std::pair(row.day, row.value); });
  std::string text;
  for (const Row& row : table) {
    text += std::to_string(row.day) + ":" + std::to_string(row.value) + " ";
  }
  return text;
}

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      const int dice = below(20);
      if (dice < 13) {
        write(1 + below(3));
      } else if (dice < 15) {
        hold();
      } else if (dice < 16 && !held_.empty()) {
        held_.pop_front();
      } else if (dice < 17) {
        take(test_.warehouse.compact(test_.engine, below(3)));
      } else if (dice < 18) {
        take(test_.warehouse.gc(1 + below(3)));
      } else if (dice < 19) {
        test_.warehouse = take(Warehouse::open(test_.warehouse.folder()));
      } else {
        check_held();
      }
      check(take(test_.warehouse.snapshot()), model_);
      if (testing::Test::HasFailure()) return;
    }
    check_held();
    EXPECT_TRUE(take(test_.warehouse.verify(test_.engine)).empty());
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  Table rows(int first, int last, int count) {
    Table table;
    for (int i = 0; i < count; ++i) table.push_back({first + below(last - first + 1), next_++});
    return table;
  }

  static std::string select(const Table& table) {
    std::string values;
    for (const Row& row : table) {
      values += (values.empty() ? "(" : ", (") + std::to_string(row.day) + ", " +
                std::to_string(row.value) + ")";
    }
    return "select date '1970-01-01' + d::integer as day, v::integer as v from (values " +
           (values.empty() ? "(0, 0)) r(d, v) where false" : values + ") r(d, v)");
  }

  // One transaction of some writes; one in five is rolled back.
  void write(int writes) {
    Model next = model_;
    WriteTransaction transaction = take(test_.warehouse.begin("run"));
    Connection connection = test_.connect();
    for (int i = 0; i < writes; ++i) {
      const std::string name = "t" + std::to_string(below(3));
      const int first = below(20);
      const int last = first + below(6);
      const Table added = rows(first, last, below(6));
      const TableOptions options = {.day_column = "day", .sort_by = {"v"}};
      const int dice = below(10);
      Table& table = next[name];
      if (dice < 2) {
        take(transaction.replace(name, connection, select(added), options));
        table = added;
      } else if (dice < 6) {
        take(transaction.append(name, connection, select(added), options));
        table.insert(table.end(), added.begin(), added.end());
      } else if (dice < 9) {
        take(transaction.replace_days(name, connection, select(added), first, last, options));
        std::erase_if(table, [&](const Row& row) { return first <= row.day && row.day <= last; });
        table.insert(table.end(), added.begin(), added.end());
      } else {
        must(transaction.drop(name));
        next.erase(name);
      }
    }
    if (below(5) == 0) return;
    take(transaction.commit());
    model_ = std::move(next);
  }

  void hold() { held_.emplace_back(take(test_.warehouse.snapshot()), model_); }

  void check_held() {
    for (const auto& [snapshot, model] : held_) check(snapshot, model);
  }

  void check(const Snapshot& snapshot, const Model& model) {
    Connection connection = test_.connect();
    must(snapshot.attach(connection));
    EXPECT_EQ(snapshot.tables().size(), model.size());
    for (const auto& [name, table] : model) {
      ASSERT_TRUE(snapshot.has(name)) << name;
      EXPECT_EQ(snapshot.table(name)->rows, static_cast<int64_t>(table.size())) << name;
      EXPECT_EQ(take(connection.scalar_text(
                    "select coalesce(string_agg((day - date '1970-01-01') || ':' || v || ' ', '' "
                    "order by day, v), '') from " +
                    name)),
                to_text(table))
          << name;
    }
  }

  std::mt19937 random_;
  TestWarehouse test_;
  Model model_;
  std::deque<std::pair<Snapshot, Model>> held_;
  int next_ = 0;
};

TEST(RandomHistories, AgreeWithTablesInMemory) {
  for (int i = 0; i < if_sanitized(2, 6); ++i) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).run(60);
  }
}

}  // namespace
}  // namespace coterie::data
