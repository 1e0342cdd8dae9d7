// Projects whose customers buy nothing and meet no articles, such as a telephone company's.

#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.h"

namespace coterie::tests {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class EventsOnly : public testing::Test {
 protected:
  EventsOnly() {
    write_text(folder_ / "coterie.yaml",
               "config_version: 1\nproject: phones\ntimezone: UTC\nsources:\n"
               "  customers: {from: customers.csv}\n"
               "  events: {from: events.csv, optional: true}\n"
               "checks: {minimum_sizes: off, date_coverage: off}\n"
               "models: {segments: {k: 4}}\n");
    std::string customers = "customer_id,age\n";
    for (int c = 0; c < 90; ++c) customers += fmt::format("c{:02},{}\n", c, 20 + c % 50);
    write_text(folder_ / "customers.csv", customers);
  }

  // Four kinds of 20 customers each: daily calls, silent since spring, new this week, one busy day.
  // Ten more did nothing.
  void write_events() const {
    std::string events = "customer_id,event_type,created_at\n";
    const auto add = [&](int customer, int day, int times) {
      for (int i = 0; i < times; ++i)
        events += fmt::format("c{:02},call,2024-{:02}-{:02}T{:02}:00:00Z\n", customer, 1 + day / 28,
                              1 + day % 28, i % 24);
    };
    for (int c = 0; c < 20; ++c) {
      for (int day = 0; day <= 167; ++day) add(c, day, 3 + c % 2);
      for (int day = 0; day <= 20; ++day) add(20 + c, day + c % 3, 2);
      for (int day = 164; day <= 167; ++day) add(40 + c, day, 2);
      add(60 + c, 90 + c % 5, 40);
      add(60 + c, 91 + c % 5, 40);
      add(60 + c, 120, 40);
    }
    write_text(folder_ / "events.csv", events);
  }
  Outcome run() const { return coterie({"run"}, folder_.path()); }
  // Of each kind of twenty customers, the segment they are in: all of a kind in one.
  std::map<std::string, std::string> segments() const {
    std::map<std::string, std::string> kinds;
    for (const auto& row : coterie_json(
             {"sql",
              "select (substr(customer_id, 2)::int // 20)::varchar as kind, string_agg(distinct "
              "segment_name, ' and ') as name from customer_segments group by 1"},
             folder_.path()))
      kinds[row["kind"]] = row["name"];
    return kinds;
  }

  TemporaryFolder folder_;
};

TEST_F(EventsOnly, SegmentsTellOfUse) {
  write_events();
  const Outcome run = this->run();
  ASSERT_EQ(run.status, 0) << run.all();
  EXPECT_THAT(segments(),
              ElementsAre(Pair("0", "Heavy users"), Pair("1", "Dormant"), Pair("2", "New users"),
                          Pair("3", "Intense users"), Pair("4", "No activity yet")));
  EXPECT_THAT(run.out, AllOf(HasSubstr("80 customers clustered by recency, frequency, intensity, "
                                       "tenure"),
                             Not(HasSubstr("purchase"))));
  // Today is 28 June, the day of the newest event; the others' last ones are of 21 January (159
  // days before), today and 9 May (50 days).
  const auto rows = coterie_json({"sql",
                                  "select recency, frequency from customer_segments where "
                                  "customer_id in ('c00', 'c20', 'c40', "
                                  "'c60', 'c80') order by customer_id"},
                                 folder_.path());
  EXPECT_EQ(rows, nlohmann::json::parse(R"([{"recency": 0, "frequency": 168},
      {"recency": 159, "frequency": 21}, {"recency": 0, "frequency": 4},
      {"recency": 50, "frequency": 3}, {"recency": null, "frequency": null}])"));
  EXPECT_THAT(this->run().out, HasSubstr("nothing to do"));
}

TEST_F(EventsOnly, WithoutAnyTheStepSaysWhatSegmentsNeed) {
  const Outcome run = this->run();
  ASSERT_EQ(run.status, 0) << run.all();
  EXPECT_THAT(run.out, HasSubstr("segments need purchases, interactions, events or sessions of "
                                 "customers, and this project has none: all customers are in one"));
  EXPECT_THAT(segments(), testing::Each(Pair(testing::_, std::string("All customers"))));
  EXPECT_THAT(run.out, AllOf(HasSubstr("coterie show segments"),
                             Not(HasSubstr("coterie show recommendations"))));
}

}  // namespace
}  // namespace coterie::tests
