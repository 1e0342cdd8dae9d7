// Projects that nobody described: inferred from files, run to the end.

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.h"

namespace coterie::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class InferredProject : public testing::Test {
 protected:
  InferredProject() { std::filesystem::create_directories(folder_ / "data"); }

  void write(const std::string& name, const std::string& text) const {
    write_text(folder_ / "data/" + name, text);
  }
  Outcome init() const {
    return coterie({"init", folder_ / "shop", "--data", folder_ / "data"}, folder_.path());
  }
  Outcome run() const { return coterie({"run"}, folder_ / "shop"); }
  nlohmann::json cell(const std::string& sql) const {
    const auto rows = coterie_json({"sql", sql}, folder_ / "shop");
    return rows.at(0).begin().value();
  }

  TemporaryFolder folder_;
};

// 60 people of two tastes among 80 things.
std::string pairs(const std::string& behind) {
  std::string text;
  for (int person = 0; person < 60; ++person) {
    for (int i = 0; i < 12; ++i) {
      const int thing = person % 2 * 40 + (person * 7 + i * 11) % 40;
      text += fmt::format("{}\t{}{}\n", person, thing, behind);
    }
  }
  return text;
}

TEST_F(InferredProject, PairsAloneAreAWholeProject) {
  write("train.tsv", pairs(""));
  const Outcome made = init();
  ASSERT_EQ(made.status, 0) << made.all();
  const Outcome run = this->run();
  ASSERT_EQ(run.status, 0) << run.all();
  EXPECT_THAT(run.out, AllOf(HasSubstr("time parts no customer's interactions into before and "
                                       "after, so a random part is predicted"),
                             HasSubstr("evaluated on a random 10 % of all pairs: ")));
  // Nothing is said of a time that the data does not have.
  EXPECT_THAT(run.out, AllOf(Not(HasSubstr("2000-01-01")), Not(HasSubstr("days ago")),
                             Not(HasSubstr("last seen")), Not(HasSubstr("stayed away"))));
  EXPECT_EQ(cell("select count(*) from customer_segments"), 60);
  EXPECT_EQ(cell("select count(*) from customer_segments where segment_name like 'No %'"), 0);
  EXPECT_EQ(cell("select count(distinct customer_id) from recommendations_cf"), 60);
}

TEST_F(InferredProject, EventsOfOneDayWithoutCustomersAreOneToo) {
  write("events.tsv", "user_id\titem_id\tevent_type\ttimestamp\n" + pairs("\tlike\t2024-05-05"));
  ASSERT_EQ(init().status, 0);
  const Outcome run = this->run();
  ASSERT_EQ(run.status, 0) << run.all();
  EXPECT_THAT(run.out, HasSubstr("evaluated on a random 10 % of all pairs: "));
  EXPECT_EQ(cell("select count(*) from dataset_c_customers"), 60);
  EXPECT_THAT(coterie({"tables", "events"}, folder_ / "shop").out,
              HasSubstr("written by step ingest of run "));
  EXPECT_THAT(coterie({"tables", "dataset_c_customers"}, folder_ / "shop").out,
              HasSubstr("written by step datasets.c of run "));
  EXPECT_EQ(cell("select round(max(time_weighted_score), 3) from dataset_a_interactions"), 0.6);
}

}  // namespace
}  // namespace coterie::tests
