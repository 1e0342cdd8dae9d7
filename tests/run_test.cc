// The whole way: a synthetic shop from nothing to segments and recommendations, again, interrupted,
// killed, in parts.

#include <chrono>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "shop.h"

namespace coterie::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// The outputs of a run, without what differs between equal runs: when, and by which.
std::string outputs_of(const std::string& shop) {
  std::string text;
  for (const char* sql :
       {"select customer_id, segment_id, segment_name from customer_segments order by all",
        "select customer_id, article_id, rank, score, source from recommendations_cf order by all",
        "select article_id, similar_article_id, rank, similarity_score from recommendations_cb "
        "order "
        "by all",
        "select * from dataset_a_interactions order by all"}) {
    const Outcome rows = coterie({"sql", sql, "--format", "csv"}, shop);
    EXPECT_EQ(rows.status, 0) << rows.err;
    text += rows.out;
  }
  return text;
}

std::set<std::string> steps_that_ran(const nlohmann::json& report) {
  std::set<std::string> names;
  for (const auto& step : report["steps"]) {
    if (step["state"] == "ok") names.insert(step["step"]);
  }
  return names;
}

TEST(Run, TheFirstRunMakesEverythingAndShowsIt) {
  const Outcome& run = Shop::first_run();
  ASSERT_EQ(run.status, 0) << run.all();
  EXPECT_THAT(run.out, AllOf(HasSubstr("models.cf"), HasSubstr("models.segments"),
                             HasSubstr("done in "), HasSubstr("peak memory"),
                             HasSubstr("Customer segments"), HasSubstr("Recommendations of some"),
                             HasSubstr("coterie show segments"), HasSubstr("report/index.html")));
  EXPECT_THAT(run.out, AllOf(HasSubstr("ndcg"), HasSubstr("als @10"), HasSubstr("popularity @10")));
  const std::string report = read_text(Shop::finished() + "/report/index.html");
  EXPECT_THAT(report, AllOf(HasSubstr("<h2>Customer segments</h2>"),
                            HasSubstr("<h2>Recommendations</h2>"), Not(HasSubstr("<script"))));
}

TEST(Run, ASecondRunDoesNothingAndSaysSo) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  const std::string before = coterie({"tables", "--json"}, shop).out;
  const Outcome again = coterie({"run"}, shop);
  EXPECT_EQ(again.status, 0) << again.all();
  EXPECT_THAT(again.out, HasSubstr("nothing to do"));
  EXPECT_EQ(coterie({"tables", "--json"}, shop).out, before);
  const auto report = coterie_json({"run"}, shop);
  EXPECT_EQ(report["did_anything"], false);
  EXPECT_THAT(steps_that_ran(report), testing::IsEmpty());
}

TEST(Run, OutputsAreKeyedNamedAndComplete) {
  const std::string& shop = Shop::finished();
  const auto rows = coterie_json(
      {"sql",
       "select (select count(*) from customers) as customers, "
       "(select count(*) from customer_segments) as segmented, "
       "(select count(distinct customer_id) from customer_segments) as segmented_once, "
       "(select count(distinct customer_id) from recommendations_cf) as recommended, "
       "(select count(*) from (select customer_id, article_id from recommendations_cf group by all "
       "having count(*) > 1)) as twice, "
       "(select count(*) from recommendations_cf where product_name is null) as unnamed, "
       "(select count(*) from recommendations_cf r join dataset_a_interactions a using "
       "(customer_id, article_id)) as known_already, "
       "(select count(*) from customer_segments where (coalesce(frequency, 0) = 0) <> "
       "(segment_name = 'No purchases yet')) as misplaced, "
       "(select count(distinct segment_name) = count(distinct segment_id) from customer_segments) "
       "as names_differ"},
      shop);
  const auto& row = rows.at(0);
  EXPECT_EQ(row["customers"], kShopCustomers);
  EXPECT_EQ(row["segmented"], row["customers"]);
  EXPECT_EQ(row["segmented_once"], row["customers"]);
  EXPECT_EQ(row["recommended"], row["customers"]);
  EXPECT_EQ(row["twice"], 0);
  EXPECT_EQ(row["unnamed"], 0);
  EXPECT_EQ(row["known_already"], 0);
  EXPECT_EQ(row["misplaced"], 0);
  EXPECT_EQ(row["names_differ"], true);
}

TEST(Run, TheModelBeatsWhatIsPopularOnAWorldWithTastes) {
  const auto run = coterie_json({"runs", "show", "last"}, Shop::finished());
  for (const auto& step : run["steps"]) {
    if (step["step"] != "models.cf") continue;
    const auto& metrics = step["metrics"];
    ASSERT_TRUE(metrics.contains("als.ndcg@10")) << step.dump(2);
    EXPECT_GT(metrics["als.ndcg@10"], metrics["popularity.ndcg@10"]);
    EXPECT_GT(metrics["als.coverage@10"], metrics["popularity.coverage@10"]);
    return;
  }
  FAIL() << "no step models.cf in " << run.dump(2);
}

TEST(Run, KilledAtAnyMomentItGoesOnWhereItWas) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_fresh(folder / "shop");
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  int kills = 0;
  Outcome last;
  // Each life is longer than the one before, so that the run ends at last.
  for (int attempt = 0; attempt < 40; ++attempt) {
    RunningProgram run({"run"}, shop);
    const auto life = std::chrono::milliseconds(30 + random() % (200 + 300 * attempt));
    const auto end = std::chrono::steady_clock::now() + life;
    while (run.alive() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    run.signal(SIGKILL);
    last = run.wait();
    if (last.status == 0) break;
    ASSERT_EQ(last.status, -SIGKILL) << last.all();
    ++kills;
    // Whatever moment it was: what was committed is readable.
    const Outcome readable = coterie({"tables", "--json"}, shop);
    ASSERT_EQ(readable.status, 0) << readable.all();
  }
  ASSERT_EQ(last.status, 0) << last.all();
  EXPECT_GT(kills, 0);
  EXPECT_EQ(outputs_of(shop), outputs_of(Shop::finished()));
  const auto runs = coterie_json({"runs", "--limit", "100"}, shop);
  std::set<std::string> states;
  for (const auto& run : runs) states.insert(run["state"]);
  EXPECT_TRUE(states.contains("interrupted"));
  EXPECT_TRUE(states.contains("ok"));
}

TEST(Run, CtrlCStopsItKeepsWhatIsFinishedAndTheNextRunGoesOn) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_fresh(folder / "shop");
  RunningProgram run({"run"}, shop);
  ASSERT_TRUE(run.wait_for_error_text("models.cf: never ran"));
  run.signal(SIGINT);
  const Outcome stopped = run.wait();
  EXPECT_EQ(stopped.status, 130) << stopped.all();
  EXPECT_THAT(stopped.out, AllOf(HasSubstr("stopped in step models.cf"), HasSubstr("is kept"),
                                 HasSubstr("coterie run")));
  EXPECT_EQ(coterie({"sql", "select count(*) from recommendations_cf"}, shop).status, 2);
  const auto resumed = coterie_json({"run"}, shop);
  const auto ran = steps_that_ran(resumed);
  EXPECT_TRUE(ran.contains("models.cf"));
  EXPECT_FALSE(ran.contains("ingest"));
  EXPECT_EQ(outputs_of(shop), outputs_of(Shop::finished()));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shop + "/models")) {
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("staging")));
  }
}

TEST(Run, OnlyWhatDependsOnAChangedSettingRunsAgain) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  write_text(shop + "/coterie.yaml", read_text(shop + "/coterie.yaml") + "  segments: {k: 4}\n");
  const auto plan = coterie_json({"run", "--dry-run"}, shop);
  for (const auto& step : plan) {
    const bool changed = step["step"] == "models.segments";
    EXPECT_EQ(step["plan"], changed ? "run" : "fresh") << step.dump();
    if (changed) {
      EXPECT_EQ(step["reason"], "its settings changed");
    }
  }
  EXPECT_EQ(steps_that_ran(coterie_json({"run"}, shop)),
            (std::set<std::string>{"models.segments"}));
  const auto rows =
      coterie_json({"sql",
                    "select count(distinct segment_id) as n from customer_segments where "
                    "segment_name <> 'No purchases yet'"},
                   shop);
  EXPECT_EQ(rows[0]["n"], 4);
}

TEST(Run, SelectRunsOnlyTheNamedSteps) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  EXPECT_EQ(steps_that_ran(coterie_json({"run", "--select", "models.segments", "--force"}, shop)),
            (std::set<std::string>{"models.segments"}));
  const Outcome unknown = coterie({"run", "--select", "model.cf"}, shop);
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("no step is called 'model.cf'\n  mend: did you mean "
                                     "'models.cf'?"));
  const std::string fresh = Shop::copy_fresh(folder / "fresh");
  const Outcome early = coterie({"run", "--select", "models.cf"}, fresh);
  EXPECT_EQ(early.status, 2);
  EXPECT_THAT(early.err, HasSubstr("which does not exist yet\n  mend: run it with what it needs: "
                                   "coterie run --select +models.cf"));
}

TEST(Run, ForceIsForWhatIsNamed) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  EXPECT_EQ(steps_that_ran(coterie_json({"datasets", "C", "--force"}, shop)),
            (std::set<std::string>{"datasets.c"}));
  EXPECT_EQ(steps_that_ran(coterie_json({"datasets", "--force"}, shop)),
            (std::set<std::string>{"datasets.a", "datasets.b", "datasets.c", "datasets.d",
                                   "datasets.e", "datasets.f"}));
  // What a selection names with a plus is selected too.
  EXPECT_THAT(steps_that_ran(coterie_json({"run", "--select", "+datasets.e", "--force"}, shop)),
              testing::IsSupersetOf({"ingest", "datasets.e"}));
}

TEST(Run, TwoRunsOfOneProjectDoNotMix) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_fresh(folder / "shop");
  RunningProgram first({"run"}, shop);
  ASSERT_TRUE(first.wait_for_error_text("steps"));
  const Outcome second = coterie({"run"}, shop);
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err,
              AllOf(HasSubstr("this project is being changed by 'coterie run' (process"),
                    HasSubstr("reading commands work meanwhile")));
  EXPECT_EQ(coterie({"tables"}, shop).status, 0);
  const Outcome done = first.wait();
  EXPECT_EQ(done.status, 0) << done.all();
}

TEST(Run, AReaderSeesOneVersionWhileARunWrites) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  RunningProgram run({"run", "--force", "--select", "models"}, shop);
  const auto sql = std::vector<std::string>{
      "sql",
      "select (select count(*) from customer_segments) = (select sum(customers) from "
      "customer_segment_profiles) as agree"};
  while (run.alive()) {
    const auto rows = coterie_json(sql, shop);
    ASSERT_EQ(rows[0]["agree"], true);
  }
  EXPECT_EQ(run.wait().status, 0);
}

TEST(Run, TrainingCannotReachTheTruth) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  ASSERT_TRUE(std::filesystem::is_directory(shop + "/truth"));
  // With the truth gone nothing is missed, so nothing read it.
  std::filesystem::remove_all(shop + "/truth");
  const auto again = coterie_json({"run", "--force", "--select", "models"}, shop);
  EXPECT_EQ(again["state"], "ok");
  EXPECT_EQ(outputs_of(shop), outputs_of(Shop::finished()));
  // A source that points there is refused.
  write_text(folder / "cheat/coterie.yaml",
             "config_version: 1\nproject: cheat\nsources:\n  customers: {from: truth/*.parquet}\n");
  write_text(folder / "cheat/truth/customers.parquet", "x");
  const Outcome refused = coterie({"run"}, folder / "cheat");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("truth/ holds the planted answers"));
}

}  // namespace
}  // namespace coterie::tests
