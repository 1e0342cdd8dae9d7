// Vectors of the user's own through the program: into dataset B, again when they change, refused
// when they are wrong.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shop.h"

namespace coterie::tests {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// "article_id: vector" of the articles that have one, by id.
std::vector<std::string> stored(const std::string& shop) {
  std::vector<std::string> rows;
  for (const auto& row : coterie_json(
           {"sql",
            "select article_id || ': ' || text_embedding::varchar as line from dataset_b_articles "
            "where text_embedding is not null order by article_id"},
           shop))
    rows.push_back(row["line"]);
  return rows;
}

// Names of the steps that would run, with the reason.
std::vector<std::string> plan(const std::string& shop) {
  std::vector<std::string> steps;
  for (const auto& step : coterie_json({"run", "--dry-run"}, shop)) {
    if (step["plan"] == "run")
      steps.push_back(fmt::format("{}: {}", step["step"].get<std::string>(),
                                  step["reason"].get<std::string>()));
  }
  return steps;
}

TEST(Embeddings, BecomeColumnsOfDatasetBAndFollowTheirFile) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  const auto ids = coterie_json(
      {"sql", "select article_id from dataset_b_articles order by article_id limit 2"}, shop);
  const std::string a = ids[0]["article_id"], b = ids[1]["article_id"];
  const std::string head = "article_id,embedding\n";
  write_text(shop + "/raw/vectors.csv", head + a + ",\"[0.5, 2]\"\nnobody,\"[1, 1]\"\n");
  write_text(shop + "/coterie.yaml", read_text(shop + "/coterie.yaml") +
                                         "\ndatasets: {embeddings: {text: raw/vectors.csv}}\n");
  EXPECT_THAT(plan(shop), ElementsAre("datasets.b: its settings changed"));
  const Outcome first = coterie({"run"}, shop);
  ASSERT_EQ(first.status, 0) << first.all();
  EXPECT_THAT(first.all(), HasSubstr("text_embedding: 1 of "));
  EXPECT_THAT(first.all(), HasSubstr("left out 1 whose id no article has: 'nobody'"));
  EXPECT_THAT(stored(shop), ElementsAre(a + ": [0.5, 2.0]"));
  EXPECT_THAT(plan(shop), ElementsAre());

  write_text(shop + "/raw/vectors.csv", head + b + ",\"[3, 4, 5]\"\n");
  EXPECT_THAT(plan(shop), ElementsAre("datasets.b: the files of datasets.embeddings changed"));
  ASSERT_EQ(coterie({"datasets", "B"}, shop).status, 0);
  EXPECT_THAT(stored(shop), ElementsAre(b + ": [3.0, 4.0, 5.0]"));
  const Outcome sql = coterie({"datasets", "B", "--sql"}, shop);
  EXPECT_EQ(sql.status, 0) << sql.err;
  EXPECT_THAT(sql.out, AllOf(HasSubstr("CREATE TEMP TABLE text_embeddings AS"),
                             HasSubstr("raw/vectors.csv"), HasSubstr("LEFT JOIN text_embeddings")));

  write_text(shop + "/raw/vectors.csv", head + a + ",\"[3, 4]\"\n" + b + ",\"[3, nan]\"\n");
  const Outcome wrong = coterie({"run"}, shop);
  EXPECT_EQ(wrong.status, 2) << wrong.all();
  EXPECT_THAT(wrong.err, HasSubstr(fmt::format("raw/vectors.csv: datasets.embeddings.text: the "
                                               "vector of article '{}' cannot be used: number 2 "
                                               "is nan",
                                               b)));
  EXPECT_THAT(stored(shop), ElementsAre(b + ": [3.0, 4.0, 5.0]"));
}

}  // namespace
}  // namespace coterie::tests
