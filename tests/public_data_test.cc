// The whole run on public data sets as downloaded, through their templates.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.h"

namespace coterie::tests {
namespace {

using testing::HasSubstr;

nlohmann::json run_template(const std::string& name, const std::string& data,
                            const std::string& project) {
  const Outcome made = coterie({"init", project, "--template", name, "--data", data});
  EXPECT_EQ(made.status, 0) << made.all();
  return coterie_json({"run"}, project);
}

std::map<std::string, double> metrics_of(const nlohmann::json& report, const std::string& step) {
  for (const auto& one : report["steps"]) {
    if (one["step"] == step) return one["metrics"];
  }
  return {};
}

std::string notes_of(const nlohmann::json& report, const std::string& step) {
  std::string text;
  for (const auto& one : report["steps"]) {
    if (one["step"] != step) continue;
    for (const auto& note : one["notes"]) text += note.get<std::string>() + "\n";
  }
  return text;
}

TEST(PublicData, MovieLensRatingsBecomeSegmentsAndRecommendations) {
  const std::string data = public_data("movielens-100k");
  if (data.empty()) GTEST_SKIP() << "movielens-100k is not there: set COTERIE_DATA";
  TemporaryFolder folder;
  const std::string project = folder / "films";
  const auto report = run_template("movielens", data, project);
  const auto metrics = metrics_of(report, "models.cf");
  ASSERT_TRUE(metrics.contains("als.ndcg@10")) << report.dump(2);
  EXPECT_GT(metrics.at("als.ndcg@10"), metrics.at("popularity.ndcg@10"));
  const auto rows = coterie_json(
      {"sql",
       "select (select count(*) from events) as ratings, (select count(*) from items) as films, "
       "(select count(distinct customer_id) from recommendations_cf) as people, (select count(*) "
       "from customer_segments) as segmented, (select product_name from items where article_id = "
       "'50') as film"},
      project);
  EXPECT_EQ(rows[0]["ratings"], 100'000);
  EXPECT_EQ(rows[0]["films"], 1'682);
  EXPECT_EQ(rows[0]["people"], 943);
  EXPECT_EQ(rows[0]["segmented"], 943);
  EXPECT_EQ(rows[0]["film"], "Star Wars (1977)");
  const Outcome again = coterie({"run"}, project);
  EXPECT_THAT(again.out, HasSubstr("nothing to do"));
}

TEST(PublicData, OnlineRetailIsCountedAsItIs) {
  const std::string data = public_data("online-retail");
  if (data.empty()) GTEST_SKIP() << "online-retail is not there: set COTERIE_DATA";
  TemporaryFolder folder;
  const std::string project = folder / "gifts";
  const auto report = run_template("online-retail", data, project);
  const std::string notes = notes_of(report, "ingest");
  // Known of this file: exact duplicates and negative quantities.
  EXPECT_THAT(notes, HasSubstr("5,268"));
  EXPECT_THAT(notes, HasSubstr("10,624"));
  const auto metrics = metrics_of(report, "models.cf");
  ASSERT_TRUE(metrics.contains("als.ndcg@10")) << report.dump(2);
  EXPECT_GT(metrics.at("als.ndcg@10"), metrics.at("popularity.ndcg@10"));
  const Outcome shown = coterie({"show", "recommendations", "--customer", "17850"}, project);
  EXPECT_EQ(shown.status, 0) << shown.all();
  EXPECT_THAT(shown.out, HasSubstr("customer 17850"));
}

}  // namespace
}  // namespace coterie::tests
