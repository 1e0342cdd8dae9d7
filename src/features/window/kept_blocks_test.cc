#include <algorithm>
#include <bit>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "features/window/entity_history.h"
#include "features/window/kept_blocks_internal.h"
#include "features/window/random_log_internal.h"

namespace coterie::features {
namespace {

// What blocks serve, out of full_plan().
WindowPlan block_plan(const EventLayout& layout) {
  WindowPlan plan;
  for (Aggregate aggregate : full_plan(layout)) {
    switch (aggregate.function) {
      case Function::kCount:
      case Function::kSum:
      case Function::kMean:
      case Function::kMin:
      case Function::kMax:
      case Function::kStd:
      case Function::kDistinct:
        aggregate.slot = static_cast<int>(plan.size());
        plan.push_back(aggregate);
        break;
      default:
        break;
    }
  }
  return plan;
}

// Reads of one entity, with its blocks and by a scan.
class Reads {
 public:
  explicit Reads(const RandomLog& log)
      : log_(log), plan_(block_plan(log.layout)), evaluator_(log.layout, plan_, log.pools()) {}

  // The first slot whose bits differ, or "".
  std::string difference_from_scan(const EntityHistory& history, Micros at) {
    EventsView view = history.view(view_scratch_);
    kept_ = run(view, at);
    view.kept = nullptr;
    const std::vector<SlotColumn> scanned = run(view, at);
    for (size_t s = 0; s < plan_.size(); ++s) {
      if (kept_[s].nulls[0] != scanned[s].nulls[0] ||
          (kept_[s].nulls[0] == 0 && bits(kept_[s]) != bits(scanned[s]))) {
        return fmt::format("function {} column {} mask {} window {}: {} and {}",
                           static_cast<int>(plan_[s].function), plan_[s].column, plan_[s].mask,
                           plan_[s].window, bits(kept_[s]), bits(scanned[s]));
      }
    }
    return {};
  }
  // Of the latest read; every `step`-th aggregate.
  std::string difference_from_oracle(const std::vector<OracleEvent>& events, Micros at,
                                     size_t first, size_t step) {
    const auto pools = log_.pools();
    for (size_t s = first; s < plan_.size(); s += step) {
      const auto expected = oracle_value(log_.layout, events, pools, plan_[s], at);
      const int column = plan_[s].column;
      const std::string difference =
          oracle_difference(expected, kept_[s], 0, column < 0 ? nullptr : pools[column]);
      if (!difference.empty())
        return fmt::format("{}: function {} column {} window {}", difference,
                           static_cast<int>(plan_[s].function), column, plan_[s].window);
    }
    return {};
  }

 private:
  std::vector<SlotColumn> run(const EventsView& view, Micros at) {
    auto slots = make_slots(plan_, log_.layout, 1);
    evaluator_.evaluate(view, {&at, 1}, 0, slots, scratch_);
    return slots;
  }
  static uint64_t bits(const SlotColumn& slot) {
    switch (slot.cell) {
      case Cell::kInteger:
        return static_cast<uint64_t>(slot.integers[0]);
      case Cell::kReal:
        return std::bit_cast<uint64_t>(slot.reals[0]);
      case Cell::kCode:
        return static_cast<uint64_t>(slot.codes[0]);
    }
    return 0;
  }

  const RandomLog& log_;
  WindowPlan plan_;
  WindowEvaluator evaluator_;
  WindowEvaluator::Scratch scratch_;
  EntityHistory::ViewScratch view_scratch_;
  std::vector<SlotColumn> kept_;
};

struct Growth {
  LogShape shape;
  double back = 0.02;         // share of events that come out of order, anywhere
  int64_t max_events = 0;     // 0 = no bound
  double read = 0.03;         // share of insertions after which is read
  double read_past = 0.3;     // share of reads that are not of the end of time
  double check_oracle = 0.1;  // share of reads
};

// Events come mostly by time; some stay back and come later, some come twice.
std::vector<OracleEvent> order_of(std::vector<OracleEvent> events, double back,
                                  math::RandomStream& random) {
  std::sort(events.begin(), events.end(),
            [](const OracleEvent& a, const OracleEvent& b) { return a.time < b.time; });
  for (size_t i = 0; i + 1 < events.size(); ++i) {
    if (!random.chance(back)) continue;
    std::swap(events[i], events[i + random.below(static_cast<uint32_t>(events.size() - i))]);
  }
  return events;
}

void expect_equal_while_growing(const Growth& growth, uint64_t seed) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  const RandomLog log = make_random_log(growth.shape, seed);
  math::RandomStream random(seed, 30, 0);
  Reads reads(log);
  EntityHistory history(log.layout);
  std::vector<OracleEvent> seen;  // by time
  const auto earlier = [](const OracleEvent& a, const OracleEvent& b) { return a.time < b.time; };
  int64_t long_reads = 0;
  for (const OracleEvent& event : order_of(log.log[0], growth.back, random)) {
    history.insert(event.row());
    seen.insert(std::upper_bound(seen.begin(), seen.end(), event, earlier), event);
    if (growth.max_events > 0 && history.size() > growth.max_events) {
      const int64_t gone = history.keep_newest(growth.max_events - growth.max_events / 8);
      seen.erase(seen.begin(), seen.begin() + gone);
    }
    if (!random.chance(growth.read)) continue;
    const bool past = random.chance(growth.read_past);
    const Micros at =
        past ? random_times(seen, 1, random.next())[1] : seen.back().time + 60 * kMicrosPerDay;
    ASSERT_EQ(reads.difference_from_scan(history, at), "") << "after " << seen.size() << " events";
    long_reads += history.size() >= kLongEvents ? 1 : 0;
    if (!random.chance(growth.check_oracle)) continue;
    ASSERT_EQ(reads.difference_from_oracle(seen, at, random.below(40), 40), "")
        << "after " << seen.size() << " events";
  }
  // The seed decides how many events there are; most are long.
  EXPECT_TRUE(long_reads > 0 || log.log[0].size() < 1'000);
}

TEST(KeptBlocks, SameBitsAsAScanWhileAHistoryGrows) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const Growth growth{.shape = {.events = 6'000, .grain = kMicrosPerDay / 20}};
    expect_equal_while_growing(growth, seed);
  }
}

TEST(KeptBlocks, WithLateRows) {
  for (uint64_t seed = 11; seed <= 14; ++seed)
    expect_equal_while_growing(
        {.shape = {.events = 4'000, .grain = kMicrosPerDay / 50, .late = 0.01}}, seed);
}

TEST(KeptBlocks, OutOfOrderBetweenAnyTwoReads) {
  for (uint64_t seed = 21; seed <= 24; ++seed)
    expect_equal_while_growing({.shape = {.events = 2'500, .grain = kMicrosPerDay, .null = 0.02},
                                .back = 0.3,
                                .read = 0.2,
                                .check_oracle = 0.02},
                               seed);
}

TEST(KeptBlocks, WhileTheOldestAreDropped) {
  for (uint64_t seed = 31; seed <= 34; ++seed)
    expect_equal_while_growing({.shape = {.events = 6'000, .grain = kMicrosPerDay / 10},
                                .max_events = 900,
                                .read = 0.05,
                                .check_oracle = 0.02},
                               seed);
}

TEST(KeptBlocks, OverSuperblocks) {
  const Growth growth{.shape = {.events = 16'000, .grain = kMicrosPerSecond},
                      .back = 0.0005,
                      .read = 0.003,
                      .check_oracle = 0.05};
  for (uint64_t seed = 41; seed <= 42; ++seed) expect_equal_while_growing(growth, seed);
}

// Memory is asked for by long histories alone, and stays below half a byte an event and aggregate.
TEST(KeptBlocks, CostLittle) {
  EventLayout layout;
  layout.columns = {Cell::kInteger};
  layout.add_distinct({.column = 0, .mask = -1});
  const WindowPlan plan = {{.function = Function::kSum, .column = 0, .slot = 0},
                           {.function = Function::kDistinct, .distinct = 0, .slot = 1}};
  const WindowEvaluator evaluator(layout, plan, {nullptr});
  WindowEvaluator::Scratch scratch;
  EntityHistory::ViewScratch view_scratch;
  const auto read_lifetime = [&](const EntityHistory& history) {
    auto slots = make_slots(plan, layout, 1);
    const Micros at = kMicrosPerDay;
    evaluator.evaluate(history.view(view_scratch), {&at, 1}, 0, slots, scratch);
    return slots[0].integers[0];
  };
  EntityHistory history(layout);
  int64_t sum = 0;
  for (int32_t i = 0; i < 20'000; ++i) {
    const EventValue value{.integer = i, .null = false};
    history.insert({i, i, {&value, 1}, {}});
    sum += i;
    if (i != 99) continue;
    EXPECT_EQ(history.view(view_scratch).kept, nullptr) << "short";
  }
  const int64_t before = history.bytes();
  EXPECT_EQ(read_lifetime(history), sum);
  EXPECT_GT(history.bytes(), before) << "blocks are counted";
  EXPECT_LT(history.bytes() - before, 2 * history.size()) << "of two aggregates, room to grow";
}

}  // namespace
}  // namespace coterie::features
