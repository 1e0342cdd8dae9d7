// The recommenders of the laboratory on files as a user would hand them in.
#include "base/sanitized.h"
#include "lab/lab_test_internal.h"

namespace coterie::lab {
namespace {

TEST_F(LabTest, PopularityByHand) {
  // a is known to three, b to two, c to one; both test users know a already.
  const auto train = file("train.csv", "user,item\nu1,a\nu2,a\nu3,a\nu2,b\nu3,b\nu1,c\n");
  const auto test = file("test.tsv", "u1\tb\nu9\ta\n");
  const Json report = *recommend(train, test, "popularity", {}, {1, 2});
  // u1 is shown b (right); the unknown u9 is shown a, b (a is right).
  EXPECT_EQ(report["metrics"]["recall@1"], 1.0);
  EXPECT_EQ(report["metrics"]["precision@2"], 0.5);
  EXPECT_EQ(report["users"], 2);
  EXPECT_EQ(report["users_without_test"], 2);
  EXPECT_GT(report["peak_rss_mb"], 1.0);
}

TEST_F(LabTest, ListsAndModelAreWritten) {
  const auto train = file("train.csv", "u1,a\nu2,a\nu2,b\nu3,b\nu3,c\nu1,c\n");
  const auto test = file("test.csv", "u1,b\nu2,c\n");
  LabRecommendOptions options;
  options.train = train;
  options.test = test;
  options.settings = {"factors=2", "w0=0.1", "regularisation=0.01"};
  options.at = {1};
  options.out = folder_ / "lists.csv";
  options.save = folder_ / "model";
  options.resources = resources();
  const auto report = run_lab_recommend(options, *progress_);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_EQ((*report)["chosen"]["factors"], 2);
  EXPECT_EQ((*report)["chosen"]["cg_steps"], 2) << "what repeats the fit";
  EXPECT_EQ((*report)["metrics"]["recall@1"], 1.0);
  const std::string lists = *read_file(folder_ / "lists.csv");
  EXPECT_EQ(lists.substr(0, lists.find('\n')), "user,item,rank,score");
  EXPECT_NE(lists.find("u1,b,1,"), std::string::npos) << lists;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "model/model.json"));
}

TEST_F(LabTest, WrongInputIsNamed) {
  const auto good = file("good.csv", "u1,a\nu1,b\nu2,a\n");
  const auto negative = file("negative.csv", "user,item,value\nu1,a,1\nu2,b,-3\n");
  EXPECT_EQ(error_of(recommend(negative, good, "als")),
            negative +
                ":3: column 'value': '-3' is not a finite number greater than 0\n"
                "  mend: leave the line out, or the whole column: then every line counts 1");
  EXPECT_EQ(error_of(recommend(folder_ / "none.csv", good, "als")),
            (folder_ / "none.csv") + ": no such file");
  EXPECT_EQ(error_of(recommend(good, file("x.docx", "a"), "als")),
            (folder_ / "x.docx") +
                ": not a .csv, .tsv, .txt, .dat, .data (also .gz, .zst) or .parquet file");
  EXPECT_EQ(error_of(recommend(good, good, "magic")),
            "unknown model 'magic'\n  mend: use one of als, popularity, itemknn, userknn, "
            "ease, puresvd, gfcf, bpr, warp, content, markov, sessionknn, trending, hybrid");
  EXPECT_EQ(error_of(recommend(good, good, "als", {"factor=3"})),
            "factor: unknown setting 'factor'\n  mend: did you mean 'factors'?");
  EXPECT_EQ(error_of(recommend(good, good, "als", {"factors=many"})),
            "factors: 'many' is not a whole number");
  EXPECT_EQ(error_of(recommend(good, good, "als", {"factors"})),
            "--set factors: not of the form key=value");
  EXPECT_EQ(error_of(recommend(good, good, "popularity", {}, {0})),
            "--at 0 is not from 1 to 10000");
}

// Figures that any right evaluator shows on these splits.
TEST_F(LabTest, PopularityOnPublicSplits) {
  const std::string data = public_data();
  if (!std::filesystem::exists(data + "/movielens-1m/train.tsv")) {
    GTEST_SKIP() << "no public data at " << data << " (set COTERIE_DATA)";
  }
  const Json films = *recommend(data + "/movielens-1m/train.tsv", data + "/movielens-1m/test.tsv",
                                "popularity", {}, {10});
  EXPECT_NEAR(films["metrics"]["recall@10"], 0.0687, 0.0005);
  EXPECT_NEAR(films["metrics"]["ndcg@10"], 0.1631, 0.0005);
  const Json places =
      *recommend(data + "/gowalla/train.tsv", data + "/gowalla/test.tsv", "popularity", {}, {20});
  EXPECT_NEAR(places["metrics"]["recall@20"], 0.0416, 0.0005);
  EXPECT_NEAR(places["metrics"]["ndcg@20"], 0.0317, 0.0005);
}

TEST_F(LabTest, AlsChoosesItsSettingsOnAPublicSplit) {
  const std::string data = public_data();
  if (!std::filesystem::exists(data + "/movielens-1m/train.tsv")) {
    GTEST_SKIP() << "no public data at " << data << " (set COTERIE_DATA)";
  }
  const std::string train = data + "/movielens-1m/train.tsv";
  const std::string test = data + "/movielens-1m/test.tsv";
  if (kSanitized) {
    const std::string few = some_users(train, "train.tsv");
    const std::string their_test = some_users(test, "test.tsv");
    const Json films = *recommend(few, their_test, "als", {"factors=16"}, {10});
    const Json popular = *recommend(few, their_test, "popularity", {}, {10});
    EXPECT_GT(films["metrics"]["ndcg@10"], popular["metrics"]["ndcg@10"]) << films.dump();
    return;
  }
  const Json films = *recommend(train, test, "als", {"factors=64"}, {10});
  EXPECT_GE(films["metrics"]["ndcg@10"], 0.326) << films.dump();
}

// Nothing is set. The wanted figures with 0.001 of tolerance for the last bits of other machines.
TEST_F(LabTest, LinearModelsReachTheirFiguresWithDefaults) {
  const std::string data = public_data();
  if (!std::filesystem::exists(data + "/movielens-1m/train.tsv")) {
    GTEST_SKIP() << "no public data at " << data << " (set COTERIE_DATA)";
  }
  const std::string train = data + "/movielens-1m/train.tsv";
  const std::string test = data + "/movielens-1m/test.tsv";
  if (kSanitized) {
    const std::string few = some_users(train, "train.tsv");
    const std::string their_test = some_users(test, "test.tsv");
    const Json films = *recommend(few, their_test, "puresvd", {"factors=16"}, {10});
    const Json popular = *recommend(few, their_test, "popularity", {}, {10});
    EXPECT_GT(films["metrics"]["ndcg@10"], popular["metrics"]["ndcg@10"]) << films.dump();
    return;
  }
  const Json svd = *recommend(train, test, "puresvd", {}, {10});
  EXPECT_GE(svd["metrics"]["recall@10"], 0.158) << svd.dump();
  EXPECT_GE(svd["metrics"]["ndcg@10"], 0.310) << svd.dump();
  const Json ease = *recommend(train, test, "ease", {}, {10});
  EXPECT_GE(ease["metrics"]["recall@10"], 0.163) << ease.dump();
  EXPECT_GE(ease["metrics"]["ndcg@10"], 0.326) << ease.dump();
}

TEST_F(LabTest, SettingsThatAreDataAreReadAndRefused) {
  const auto good = file("good.csv", "u1,a\nu1,b\nu2,a\nu2,b\nu3,b\nu3,c\n");
  const auto test = file("test.csv", "u1,c\n");
  const Json report = *recommend(good, test, "itemknn", {"similarity=jaccard", "neighbours=5"});
  EXPECT_EQ(report["chosen"]["similarity"], "jaccard");
  EXPECT_EQ(report["chosen"]["neighbours"], 5.0);
  EXPECT_EQ(error_of(recommend(good, test, "itemknn", {"similarity=cosin"})),
            "similarity: 'cosin' is not one of cosine, jaccard, tfidf, bm25");
  EXPECT_EQ(error_of(recommend(good, test, "itemknn", {"neighbours=0"})),
            "neighbours: neighbours = 0 is out of range\n  mend: use a value from 1 to 1000000");
  EXPECT_EQ(error_of(recommend(good, test, "gfcf", {"alfa=1"})),
            "alfa: unknown setting 'alfa'\n  mend: did you mean 'alpha'?");
}

TEST_F(LabTest, AHybridIsWhatItsMembersAre) {
  const auto good = file("good.csv", "u1,a\nu1,b\nu2,a\nu2,b\nu3,b\nu3,c\n");
  const auto test = file("test.csv", "u1,c\n");
  const std::vector<std::string> settings = {"members=itemknn+popularity", "mode=switching",
                                             "depth=3"};
  const Json report = *recommend(good, test, "hybrid", settings, {10});
  EXPECT_EQ(report["chosen"]["members_tried"].size(), 2U);
  EXPECT_EQ(report["chosen"]["mode"], "switching");
  EXPECT_EQ(report["chosen"]["depth"], 3);
  EXPECT_EQ(report["chosen"]["bands"][0]["history_from"], 0) << report.dump();
  EXPECT_EQ(report["metrics"]["recall@10"], 1);
  EXPECT_EQ(
      error_of(recommend(good, test, "hybrid", {"members=als+magic"})),
      "members: 'magic' cannot be a member of a hybrid\n  mend: join some of als, popularity, "
      "itemknn, userknn, ease, puresvd, gfcf, bpr, warp, content by +");
  EXPECT_EQ(error_of(recommend(good, test, "hybrid", {"members=als+als"})),
            "members: member 'als' is named twice");
  EXPECT_EQ(error_of(recommend(good, test, "hybrid", {"mode=both"})),
            "mode: 'both' is not one of weighted, switching");
  EXPECT_EQ(error_of(recommend(good, test, "hybrid", {"depth=0"})),
            "depth: depth = 0 is out of range\n  mend: use a value from 1 to 100000");
  EXPECT_EQ(error_of(recommend(good, test, "hybrid", {"members=content"})),
            "hybrid needs to know what items are like\n  mend: name a file of items with --items "
            "FILE");
}

// The wanted figures with 0.001 of tolerance.
TEST_F(LabTest, AHybridOfDefaultsReachesItsFigures) {
  const std::string data = public_data();
  if (!std::filesystem::exists(data + "/movielens-1m/train.tsv")) {
    GTEST_SKIP() << "no public data at " << data << " (set COTERIE_DATA)";
  }
  if (kSanitized) return;
  const Json films = *recommend(data + "/movielens-1m/train.tsv", data + "/movielens-1m/test.tsv",
                                "hybrid", {}, {10});
  EXPECT_GE(films["metrics"]["recall@10"], 0.167) << films.dump();
  EXPECT_GE(films["metrics"]["ndcg@10"], 0.331) << films.dump();
}

}  // namespace
}  // namespace coterie::lab
