// The oracle itself, on a log small enough to work out by hand.
#include "features/window/oracle.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace coterie::features {
namespace {

constexpr Micros kDay = kMicrosPerDay;

EventValue integer(int64_t value) { return {.integer = value, .null = false}; }
EventValue code(int32_t value) { return {.code = value, .null = false}; }

// Column 0: amount, column 1: category; mask 0: amount known, mask 1: filter 0 passes.
class Oracle : public testing::Test {
 protected:
  Oracle() {
    layout_.columns = {Cell::kInteger, Cell::kCode};
    layout_.filters = 1;
    layout_.add_mask({.filter = -1, .column = 0});
    layout_.add_mask({.filter = 0, .column = -1});
    const int32_t tea = pool_.add("tea");
    const int32_t cup = pool_.add("cup");
    add(1 * kDay, integer(500), code(tea), 1);
    add(3 * kDay, integer(-500), code(tea), 0);
    add(3 * kDay, integer(200), code(cup), 1);
    add(9 * kDay, EventValue{}, code(cup), 1);
    add(2 * kDay, integer(9'000), code(cup), 1, 20 * kDay);
  }
  void add(Micros time, EventValue amount, EventValue category, uint8_t passes,
           Micros arrived = 0) {
    events_.push_back({time, std::max(time, arrived), {amount, category}, {passes}});
  }
  OracleValue at(Micros q, Aggregate aggregate) {
    const TextPool* pools[] = {nullptr, &pool_};
    return oracle_value(layout_, events_, pools, aggregate, q);
  }

  EventLayout layout_;
  TextPool pool_;
  std::vector<OracleEvent> events_;
};

TEST_F(Oracle, WindowsAreOpenBelowAndClosedAbove) {
  EXPECT_EQ(at(10 * kDay, {.window = 9 * kDay}).integer, 3);
  EXPECT_EQ(at(10 * kDay, {.window = 9 * kDay + 1}).integer, 4);
  EXPECT_EQ(at(3 * kDay, {.window = 1}).integer, 2);
  EXPECT_EQ(at(3 * kDay - 1, {}).integer, 1);
  EXPECT_EQ(at(std::numeric_limits<Micros>::min(), {.window = kDay}).integer, 0);
}

TEST_F(Oracle, ArrivalsHideEvents) {
  EXPECT_EQ(at(20 * kDay - 1, {}).integer, 4);
  EXPECT_EQ(at(20 * kDay, {}).integer, 5);
}

TEST_F(Oracle, NumbersWithoutNulls) {
  const auto sum = [&](Function function) {
    return at(10 * kDay, {.function = function, .column = 0, .mask = 0});
  };
  EXPECT_EQ(sum(Function::kCount).integer, 3);
  EXPECT_EQ(sum(Function::kSum).integer, 200);
  EXPECT_DOUBLE_EQ(sum(Function::kMean).real, 200.0 / 3);
  EXPECT_EQ(sum(Function::kMin).integer, -500);
  EXPECT_EQ(sum(Function::kMax).integer, 500);
  EXPECT_EQ(sum(Function::kLast).integer, 200);
  EXPECT_EQ(sum(Function::kFirst).integer, 500);
  EXPECT_TRUE(sum(Function::kLatest).integer == 200);
  EXPECT_EQ(sum(Function::kTimeSince).integer, 7 * kDay);
  EXPECT_NEAR(sum(Function::kStd).real, 513.16014394468839, 1e-9);
  EXPECT_DOUBLE_EQ(sum(Function::kPercentile).real, 200);
  EXPECT_EQ(at(0, {.function = Function::kSum, .column = 0, .mask = 0}).null, true);
  EXPECT_TRUE(at(10 * kDay, {.function = Function::kLatest, .column = 0}).null);
}

TEST_F(Oracle, Categories) {
  const auto of = [&](Function function, int mask = -1) {
    return at(10 * kDay, {.function = function, .column = 1, .mask = mask});
  };
  EXPECT_EQ(of(Function::kDistinct).integer, 2);
  EXPECT_EQ(of(Function::kDistinctHll).integer, 2);
  EXPECT_DOUBLE_EQ(of(Function::kEntropy).real, 1);
  EXPECT_EQ(of(Function::kMin).text, "cup");
  EXPECT_EQ(of(Function::kFirst).text, "tea");
  const auto top = at(10 * kDay, {.function = Function::kTopK, .mask = 1, .group = 1, .k = 1});
  const std::vector<std::pair<std::string, double>> cup{{"cup", 2}};
  EXPECT_EQ(top.entries, cup);
  const auto sums =
      at(10 * kDay, {.function = Function::kGroups, .column = 0, .mask = 0, .group = 1});
  const std::vector<std::pair<std::string, double>> both{{"cup", 200}, {"tea", 0}};
  EXPECT_EQ(sums.entries, both);
}

TEST_F(Oracle, Streaks) {
  const Aggregate daily{.function = Function::kStreak, .period = 2 * kDay};
  EXPECT_EQ(at(3 * kDay, daily).integer, 2);
  EXPECT_EQ(at(9 * kDay, daily).integer, 1);
  EXPECT_EQ(at(7 * kDay, daily).integer, 0);
  EXPECT_EQ(
      at(3 * kDay, {.function = Function::kStreak, .window = 3 * kDay, .period = 2 * kDay}).integer,
      1);
}

TEST_F(Oracle, DifferencesAreTold) {
  SlotColumn slot;
  slot.resize(1);
  slot.integers[0] = 7;
  EXPECT_EQ(oracle_difference(at(10 * kDay, {}), slot, 0, nullptr), "expected 4, got 7");
  slot.integers[0] = 4;
  EXPECT_EQ(oracle_difference(at(10 * kDay, {}), slot, 0, nullptr), "");
  slot.nulls[0] = 1;
  EXPECT_EQ(oracle_difference(at(10 * kDay, {}), slot, 0, nullptr), "expected 4, got null");
}

}  // namespace
}  // namespace coterie::features
