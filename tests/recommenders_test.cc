// Recommenders besides the default one, in a project from its tables to its outputs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "run_program.h"
#include "shop.h"

namespace coterie::tests {
namespace {

// Runs models.cf of a finished shop with other settings, and returns the step.
nlohmann::json run_cf(const std::string& shop, const std::string& settings) {
  const std::string config = read_text(shop + "/coterie.yaml");
  write_text(shop + "/coterie.yaml",
             config.substr(0, config.rfind("models:")) + "models:\n  cf: {" + settings + "}\n");
  const auto report = coterie_json({"run", "--select", "models.cf"}, shop);
  for (const auto& step : report["steps"]) {
    if (step["step"] == "models.cf") return step;
  }
  ADD_FAILURE() << "no step models.cf in " << report.dump(2);
  return {};
}

TEST(Recommenders, SimilarArticlesAreKeyedNamedAndAlike) {
  const auto rows = coterie_json(
      {"sql",
       "select (select count(*) from recommendations_cb) as listed, "
       "(select count(*) from dataset_b_articles) * 20 as wanted, "
       "(select count(*) from (from recommendations_cb select article_id, similar_article_id group "
       "by all having count(*) > 1)) as twice, "
       "(select count(*) from recommendations_cb where article_id = similar_article_id) as own, "
       "(select count(*) from recommendations_cb where product_name is null or "
       "similar_product_name "
       "is null) as unnamed, "
       "(select count(*) from (from recommendations_cb select similarity_score > lag("
       "similarity_score) over (partition by article_id order by rank) as rises) where rises) as "
       "rising, "
       "(select avg((a.product_type_name = b.product_type_name)::int) from recommendations_cb r "
       "join dataset_b_articles a using (article_id) join dataset_b_articles b on b.article_id = "
       "r.similar_article_id) as of_one_type, "
       "(select avg((a.product_type_name = b.product_type_name)::int) from dataset_b_articles a, "
       "dataset_b_articles b) as of_one_type_anyway"},
      Shop::finished());
  const auto& row = rows.at(0);
  EXPECT_EQ(row["listed"], row["wanted"]);
  EXPECT_EQ(row["twice"], 0);
  EXPECT_EQ(row["own"], 0);
  EXPECT_EQ(row["unnamed"], 0);
  EXPECT_EQ(row["rising"], 0);
  EXPECT_GT(row["of_one_type"].get<double>(), 5 * row["of_one_type_anyway"].get<double>());
}

TEST(Recommenders, ContentReadsDatasetB) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  const auto step = run_cf(shop, "kind: content, price: 1");
  ASSERT_EQ(step["state"], "ok") << step.dump(2);
  EXPECT_TRUE(step["metrics"].contains("content.ndcg@10")) << step.dump(2);
  const auto rows = coterie_json(
      {"sql",
       "select count(*) filter (source = 'content') as content, count(distinct article_id) filter "
       "(source = 'content') as articles, (select count(*) from recommendations_cf join "
       "dataset_a_interactions using (customer_id, article_id)) as known from recommendations_cf"},
      shop);
  EXPECT_GT(rows.at(0)["content"], 0);
  EXPECT_GT(rows.at(0)["articles"], 100);
  EXPECT_EQ(rows.at(0)["known"], 0);
}

TEST(Recommenders, HybridsBlendTheirMembers) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  const auto step = run_cf(shop, "kind: hybrid, members: [itemknn, puresvd, content]");
  ASSERT_EQ(step["state"], "ok") << step.dump(2);
  EXPECT_GT(step["metrics"]["hybrid.ndcg@10"], step["metrics"]["popularity.ndcg@10"]);
  EXPECT_NE(step.dump().find("chosen on a validation part: weights "), std::string::npos)
      << step.dump(2);
  const auto rows = coterie_json(
      {"sql",
       "select count(*) filter (source = 'hybrid') as listed, (select count(*) from "
       "recommendations_cf join dataset_a_interactions using (customer_id, article_id)) as known "
       "from recommendations_cf"},
      shop);
  EXPECT_GT(rows.at(0)["listed"], 0);
  EXPECT_EQ(rows.at(0)["known"], 0);
}

TEST(Recommenders, ModelsOfSequencesReadWhenThingsWereMet) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  for (const std::string kind : {"markov", "sessionknn"}) {
    const auto step = run_cf(shop, "kind: " + kind + ", memory: 0.9");
    ASSERT_EQ(step["state"], "ok") << step.dump(2);
    EXPECT_GT(step["metrics"][kind + ".ndcg@10"], 0) << step.dump(2);
    const auto rows = coterie_json(
        {"sql",
         "select count(*) filter (source = '" + kind +
             "') as listed, (select count(*) from recommendations_cf join dataset_a_interactions "
             "using (customer_id, article_id)) as known from recommendations_cf"},
        shop);
    EXPECT_GT(rows.at(0)["listed"], 0);
    EXPECT_EQ(rows.at(0)["known"], 0);
  }
}

}  // namespace
}  // namespace coterie::tests
