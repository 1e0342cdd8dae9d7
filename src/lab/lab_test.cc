// The laboratory on files as a user would hand them in.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/sanitized.h"
#include "base/temporary_folder.h"
#include "lab/lab_recommend.h"
#include "lab/lab_segment.h"

namespace coterie::lab {
namespace {

using Json = nlohmann::ordered_json;

class LabTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<Progress> progress_ = make_progress(ProgressMode::kSilent);

  std::string file(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomic(folder_ / name, text).ok());
    return folder_ / name;
  }
  // A file with the lines of every twentieth user.
  std::string some_users(const std::string& path, const std::string& name) {
    std::istringstream lines(*read_file(path));
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
      if (std::stoi(line) % 20 == 0) kept += line + "\n";
    }
    return file(name, kept);
  }
  Resources resources() const { return {.threads = 2, .memory_bytes = int64_t{1} << 30}; }
  Result<Json> recommend(const std::string& train, const std::string& test,
                         const std::string& model, const std::vector<std::string>& settings = {},
                         const std::vector<int>& at = {2}) {
    LabRecommendOptions options;
    options.train = train;
    options.test = test;
    options.model = model;
    options.settings = settings;
    options.at = at;
    options.resources = resources();
    return run_lab_recommend(options, *progress_);
  }
  Result<Json> segment(const std::string& data, const std::vector<std::string>& settings,
                       const std::string& out = "") {
    LabSegmentOptions options;
    options.data = data;
    options.settings = settings;
    options.out = out;
    options.resources = resources();
    return run_lab_segment(options, *progress_);
  }
};

std::string error_of(const Result<Json>& result) {
  return result.ok() ? "" : result.error().to_text();
}

// Where the public data is; the tests that need it say so when it is absent.
std::string public_data() {
  if (const char* folder = std::getenv("COTERIE_DATA"); folder != nullptr) return folder;
  return std::string(COTERIE_SOURCE_DIR) + "/../shared/data";
}

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
            negative + ": row 2: the value must be a finite number greater than 0");
  EXPECT_EQ(error_of(recommend(folder_ / "none.csv", good, "als")),
            (folder_ / "none.csv") + ": no such file");
  EXPECT_EQ(error_of(recommend(good, file("x.docx", "a"), "als")),
            (folder_ / "x.docx") + ": not a .csv, .tsv, .txt (also .gz, .zst) or .parquet file");
  EXPECT_EQ(error_of(recommend(good, good, "magic")),
            "unknown model 'magic'\n  mend: use als or popularity");
  EXPECT_EQ(error_of(recommend(good, good, "als", {"factor=3"})),
            "factor: unknown setting 'factor'\n  mend: did you mean 'factors'?");
  EXPECT_EQ(error_of(recommend(good, good, "als", {"factors=many"})),
            "factors: 'many' is not a whole number");
  EXPECT_EQ(error_of(recommend(good, good, "als", {"factors"})),
            "--set factors: not of the form key=value");
  EXPECT_EQ(error_of(recommend(good, good, "popularity", {}, {0})),
            "--at 0 is not from 1 to 10000");
}

TEST_F(LabTest, SegmentsRecoverPlantedLabels) {
  std::string text = "name,x,y,group\n";
  for (int i = 0; i < 300; ++i) {
    const int group = i % 3;
    text += fmt::format("row{},{:.3f},{:.3f},{}\n", i, 10 * group + std::sin(i * 1.7),
                        -5 * group + std::cos(i * 2.3), group);
  }
  const Json report =
      *segment(file("points.csv", text), {"k=3", "truth=group"}, folder_ / "labels.csv");
  EXPECT_EQ(report["metrics"]["adjusted_rand"], 1.0);
  EXPECT_GT(report["metrics"]["silhouette"], 0.8);
  EXPECT_EQ(report["columns"], (Json{"x", "y"}));
  EXPECT_EQ(report["segments"].size(), 3U);
  const std::string labels = *read_file(folder_ / "labels.csv");
  EXPECT_EQ(std::count(labels.begin(), labels.end(), '\n'), 301);
}

TEST_F(LabTest, SegmentsRefuseWhatTheyCannotUse) {
  const auto data = file("d.csv", "x,y\n1,2\n3,\n5,6\n");
  EXPECT_EQ(error_of(segment(data, {"k=2"})), data + ": column 'y': row 2 has no value");
  const auto words = file("w.csv", "x\nhello\nworld\n");
  EXPECT_EQ(error_of(segment(words, {"k=2"})), words + ": has no numeric column");
  const auto few = file("f.csv", "x,y\n1,2\n3,4\n");
  EXPECT_EQ(error_of(segment(few, {"k=5"})),
            few + ": k = 5 clusters need at least as many rows, there are 2");
  EXPECT_EQ(error_of(segment(few, {"k=1", "truth=z"})),
            few + ": truth: has no column 'z'; it has x, y");
}

TEST_F(LabTest, SegmentLeavesIdsOut) {
  const auto result = segment(
      file("ids.csv", "customerID,paid,size_id\n1,20,5\n2,30,5\n3,21,7\n4,60,7\n"), {"k=2"});
  ASSERT_TRUE(result.ok()) << result.error().to_text();
  EXPECT_EQ((*result)["columns"], Json({"paid", "size_id"})) << "an id that repeats is a feature";
  EXPECT_EQ((*result)["left_out_ids"], Json({"customerID"}));
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

}  // namespace
}  // namespace coterie::lab
