#include "features/plan/request_plan.h"

#include <cmath>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_results.h"
#include "features/window/evaluator.h"

namespace coterie::features {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kRegistry = R"yaml(
registry_version: 1
entities: [{name: customer, join_keys: [customer_id]}]
sources:
  - {name: sales, table: transactions, timestamp_field: at}
  - {name: basket, request: {value: numeric, channel: categorical}}
features:
  - {name: spend, entity: customer, source: sales, aggregation: {function: sum, column: price}, ttl: 10d}
  - {name: buys, entity: customer, source: sales, aggregation: {function: count}, default: 7}
  - {name: mean_price, entity: customer, source: sales, aggregation: {function: mean, column: price}, default: -1.5}
  - {name: share, entity: customer, source: sales, aggregation: {function: ratio, numerator: {function: sum, column: price}, denominator: {function: count}}}
  - {name: last_channel, entity: customer, source: sales, type: categorical, aggregation: {function: last, column: channel}}
  - {name: since, entity: customer, source: sales, aggregation: {function: time_since_last}}
  - {name: log_spend, entity: customer, of: spend, transformation: log}
  - {name: spend_bucket, entity: customer, of: spend, transformation: {bucket: [1, 5, 10]}}
  - {name: channel_hot, entity: customer, type: vector, of: last_channel, transformation: {one_hot: [web, shop]}}
  - {name: channel_hash, entity: customer, of: last_channel, transformation: {hash: 16}}
  - {name: scaled, entity: customer, of: buys, transformation: {scale: standard}}
  - {name: ranked, entity: customer, of: mean_price, transformation: {percentile_bucket: 2, descending: true}}
  - {name: basket_share, entity: customer, transformation: "basket.value / spend"}
  - {name: weekday_of_question, entity: customer, transformation: "weekday(as_of_day)"}
)yaml";

SourceSchemas schemas() {
  SourceSchema sales;
  sales.relation = "facts.transactions";
  sales.columns = {{{.name = "customer_id", .type = expr::kTextType}, "customer"},
                   {{.name = "at", .type = expr::kTimestampType}, ""},
                   {{.name = "price", .type = expr::decimal_type(2)}, ""},
                   {{.name = "channel", .type = expr::kTextType}, ""}};
  sales.timestamp_field = "at";
  return {{"sales", sales}};
}

// Values at day 20 of three customers: two events, one of them old; one old event; nothing.
class RequestPlanTest : public testing::Test {
 protected:
  Registry registry_ = take(Registry::parse({{"features.yaml", kRegistry}}));
  std::vector<const FeatureDefinition*> all_ = [this] {
    std::vector<const FeatureDefinition*> all;
    for (const FeatureDefinition& feature : registry_.features()) all.push_back(&feature);
    return all;
  }();
  FeaturePlan plan_ = take(FeaturePlan::compile(registry_, schemas(), all_));
  TextPool channels_;

  FittedSet fitted() const {
    FittedSet fitted;
    FittedStatistics scale;
    scale.centre = 1;
    scale.spread = 0.5;
    fitted.add("scaled@1", scale);
    FittedStatistics early, late;
    early.as_of = 15 * kMicrosPerDay;
    early.bounds = {-3};
    late.as_of = 25 * kMicrosPerDay;
    late.bounds = {-100};
    fitted.add("ranked@1", early);
    fitted.add("ranked@1", late);
    return fitted;
  }

  ValueColumn value(const std::string& name) {
    const FeatureDefinition* one[] = {registry_.feature(name)};
    request_.emplace(take(RequestPlan::make(plan_, one, fitted())));
    workspace_.emplace(*request_);
    std::vector<std::vector<SlotColumn>> slots(1);
    for (const Aggregate& aggregate : request_->windows(0)) slots[0].push_back(slot(aggregate));
    const Micros at = 20 * kMicrosPerDay;
    const std::vector<Micros> times(3, at);
    const std::vector<int32_t> days(3, 20);
    const std::vector<std::vector<Micros>> newest = {
        {19 * kMicrosPerDay, 5 * kMicrosPerDay, kNever}};
    std::vector<SourcePools> pools(1);
    for (const Field& field : plan_.sources()[0].fields)
      pools[0].push_back(field.cell == Cell::kCode ? &channels_ : nullptr);
    const std::vector<double> basket = {6, 6, 6};
    const std::vector<expr::ColumnData> request = {{.reals = basket.data()}, {}};
    std::vector<ValueColumn> values;
    request_->assemble({.rows = 3,
                        .at = times,
                        .as_of_days = days,
                        .slots = slots,
                        .newest = newest,
                        .pools = pools,
                        .request = request},
                       *workspace_, values);
    return values[0];
  }

 private:
  SlotColumn slot(const Aggregate& aggregate) {
    SlotColumn slot;
    slot.cell = WindowEvaluator::result_cell(aggregate, plan_.sources()[0].layout);
    slot.nulls = {0, 0, 1};
    switch (aggregate.function) {
      case Function::kCount:
        slot.integers = {2, 1, 0};
        slot.nulls = {0, 0, 0};
        break;
      case Function::kSum:
        slot.integers = {1200, 300, 0};
        break;
      case Function::kMean:
        slot.reals = {600, 300, 0};
        break;
      case Function::kTimeSince:
        slot.integers = {kMicrosPerDay, 15 * kMicrosPerDay, 0};
        break;
      default:
        slot.codes = {channels_.add("web"), channels_.add("phone"), 0};
    }
    return slot;
  }
  std::optional<RequestPlan> request_;
  std::optional<RequestPlan::Workspace> workspace_;
};

TEST_F(RequestPlanTest, StatusesTellAbsentOldAndUnknown) {
  const ValueColumn spend = value("spend");
  EXPECT_EQ(spend.integers[0], 1200);
  EXPECT_THAT(spend.nulls, ElementsAre(0, 1, 1));
  EXPECT_THAT(spend.statuses, ElementsAre(ValueStatus::kPresent, ValueStatus::kOutsideMaxAge,
                                          ValueStatus::kNotFound));
  EXPECT_THAT(spend.event_times, ElementsAre(19 * kMicrosPerDay, 5 * kMicrosPerDay, kNever));
}

TEST_F(RequestPlanTest, DefaultsStandForNullsAndStatusesStay) {
  const ValueColumn mean = value("mean_price");
  EXPECT_THAT(mean.reals, ElementsAre(6, 3, -1.5));
  EXPECT_THAT(mean.nulls, ElementsAre(0, 0, 0));
  EXPECT_EQ(mean.statuses[2], ValueStatus::kNotFound);
  // A count of nothing is 0 and no null.
  EXPECT_THAT(value("buys").integers, ElementsAre(2, 1, 0));
}

TEST_F(RequestPlanTest, UnitsAndRatios) {
  EXPECT_THAT(value("since").reals[1], 15);
  const ValueColumn share = value("share");
  EXPECT_THAT(share.nulls, ElementsAre(0, 0, 1));
  EXPECT_DOUBLE_EQ(share.reals[0], 6);
}

TEST_F(RequestPlanTest, EncodingsOfValues) {
  EXPECT_DOUBLE_EQ(value("log_spend").reals[0], std::log1p(12));
  EXPECT_EQ(value("spend_bucket").integers[0], 4);
  const ValueColumn hot = value("channel_hot");
  EXPECT_THAT(hot.elements, ElementsAre(1, 0, 0, 0, 0, 0));
  EXPECT_THAT(hot.nulls, ElementsAre(0, 0, 1));
  const ValueColumn hash = value("channel_hash");
  EXPECT_TRUE(hash.integers[0] >= 0 && hash.integers[0] < 16);
  EXPECT_THAT(value("scaled").reals, ElementsAre(2, 0, -2));
}

TEST_F(RequestPlanTest, BucketsAreThoseKnownAtTheMoment) {
  // Of the mean 6 and 3 with the bound -3 of day 15: 6 is the lower half when counted from above.
  EXPECT_THAT(value("ranked").integers, ElementsAre(1, 1, 2));
}

TEST_F(RequestPlanTest, DerivedFeaturesSeeRequestAndMoment) {
  const ValueColumn share = value("basket_share");
  EXPECT_DOUBLE_EQ(share.reals[0], 0.5);
  EXPECT_THAT(share.nulls, ElementsAre(0, 1, 1));
  EXPECT_EQ(value("weekday_of_question").integers[0], 3);  // 1970-01-21
}

TEST_F(RequestPlanTest, FaultsNameTheMend) {
  const FeatureDefinition* twice[] = {registry_.feature("buys"), registry_.feature("buys")};
  EXPECT_THAT(RequestPlan::make(plan_, twice, {}).error().to_text(),
              HasSubstr("feature 'buys' is asked for twice"));
  const FeatureDefinition* unfitted[] = {registry_.feature("scaled")};
  EXPECT_EQ(RequestPlan::make(plan_, unfitted, {}).error().to_text(),
            "the statistics of feature scaled@1 were never fitted\n"
            "  mend: run `coterie features build` once");
  const FeatureDefinition* some[] = {registry_.feature("buys")};
  const FeaturePlan small = take(FeaturePlan::compile(registry_, schemas(), some));
  const FeatureDefinition* other[] = {registry_.feature("spend")};
  EXPECT_THAT(RequestPlan::make(small, other, {}).error().to_text(),
              HasSubstr("feature 'spend' is not part of this plan"));
}

}  // namespace
}  // namespace coterie::features
