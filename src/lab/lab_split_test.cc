// Files that the program splits, and what their columns and lines may look like.
#include "lab/lab_split.h"

#include "lab/interaction_files.h"
#include "lab/lab_test_internal.h"

namespace coterie::lab {
namespace {

std::string text_of(const Status& status) { return status.ok() ? "" : status.error().to_text(); }

TEST_F(LabTest, SplitsAreReadFromText) {
  EXPECT_EQ(parse_split("time")->share, 0.2);
  EXPECT_EQ(parse_split("user-time:0.3")->share, 0.3);
  EXPECT_EQ(parse_split("leave-last-out:2")->count, 2);
  EXPECT_EQ(parse_split("strong:0.25")->user_share, 0.25);
  EXPECT_EQ(parse_split("strong:0.25/0.5")->share, 0.5);
  EXPECT_EQ(text_of(parse_split("tme:0.3").error()),
            "--split: unknown split 'tme'\n  mend: did you mean 'time'?");
  EXPECT_EQ(text_of(parse_split("random:1").error()),
            "--split: '1' is not a share between 0 and 1\n  mend: for example --split random:0.2");
  EXPECT_EQ(text_of(parse_split("leave-last-out:0.5").error()),
            "--split: '0.5' is not a whole number from 1\n"
            "  mend: for example --split leave-last-out:1");
}

TEST_F(LabTest, OneFileIsSplitByTime) {
  // By user in the order of time: u1 a b c; u2 b a; u3 c. The last of u1 and u2 are the test.
  const auto log = file("log.csv",
                        "time,item,user,rating\n3,c,u1,1\n1,a,u1,2\n2,b,u1,3\n5,a,u2,1\n"
                        "4,b,u2,1\n1,c,u3,9\n");
  const Json report = *split(log, "leave-last-out", "popularity", true);
  EXPECT_EQ(report["users"], 2);
  EXPECT_EQ(report["users_without_test"], 1);
  EXPECT_EQ(report["split"]["train_pairs"], 4);
  EXPECT_EQ(report["split"]["test_pairs"], 2);
  // c 9, b 4, a 2: u1 knows a, b and is shown c (right); u2 knows b and is shown c, a.
  EXPECT_EQ(report["metrics"]["mrr@2"], 0.75);
  EXPECT_EQ(report["metrics"]["auc"], 0.25) << "u1 has no pair (1/2), u2's is in the wrong order";
  EXPECT_TRUE(report["intervals"].contains("auc"));
  const Json dates = *split(file("dates.tsv",
                                 "u1\ta\t1\t2024-01-31\nu1\tb\t1\t2024-01-30 10:00:00\n"
                                 "u2\ta\t1\t2024-02-01\nu2\tb\t1\t2024-01-01\n"),
                            "time:0.5");
  EXPECT_EQ(dates["split"]["test_pairs"], 2);
  EXPECT_EQ(dates["metrics"]["recall@2"], 0.0) << "nobody knew a before";
}

TEST_F(LabTest, WhatAUserKnowsIsNoTestItem) {
  const auto log = file("log.csv", "u1,a,1,1\nu1,b,1,2\nu1,a,1,3\nu2,a,1,1\nu2,c,1,2\nu2,b,1,3\n");
  const Json report = *split(log, "leave-last-out");
  EXPECT_EQ(report["split"]["repeated_pairs_left_out"], 1);
  EXPECT_EQ(report["users"], 1);
  EXPECT_EQ(report["users_without_test"], 1);
}

// Two tastes; hidden users show half of what they like and are told the rest.
TEST_F(LabTest, StrongGeneralisationFoldsHiddenUsersIn) {
  std::string text;
  for (int user = 0; user < 120; ++user) {
    for (int item = 0; item < 6; ++item) {
      text += fmt::format("u{},{}{}\n", user, user % 2 == 0 ? "tea" : "coffee", item);
    }
  }
  const auto log = file("log.csv", text);
  const Json als = *split(log, "strong:0.3/0.4", "als", true);
  const Json popular = *split(log, "strong:0.3/0.4", "popularity");
  EXPECT_EQ(als["users"], 120 - als["split"]["train_users"].get<int>());
  EXPECT_EQ(als["users_without_test"], 0);
  EXPECT_EQ(als["new_users"], 0);
  EXPECT_GT(als["split"]["history_pairs"], als["split"]["test_pairs"]);
  EXPECT_GT(als["metrics"]["recall@2"], 0.95) << als.dump();
  EXPECT_GT(als["metrics"]["auc"], 0.95);
  EXPECT_LT(popular["metrics"]["recall@2"], 0.8) << popular.dump();
}

TEST_F(LabTest, WrongSplitsAreNamed) {
  const auto pairs = file("pairs.csv", "u1,a\nu1,b\nu2,a\nu2,c\n");
  EXPECT_EQ(error_of(split(pairs, "time")),
            pairs +
                ": --split: time needs times, the file has no time column\n  mend: add a column "
                "'time' (the fourth without a header), or use random, user-random or strong");
  const auto same = file("same.csv", "u1,a,1,5\nu1,b,1,5\n");
  EXPECT_EQ(error_of(split(same, "time")),
            same +
                ": --split: time leaves nothing to learn from\n"
                "  mend: ask for a smaller part, or another kind of split");
  LabRecommendOptions options;
  EXPECT_EQ(error_of(run(options)), "nothing to learn from\n  mend: name a file with --train FILE");
  options.train = pairs;
  const std::string mend =
      "\n  mend: either --test FILE, or --split KIND to take the test from the training file";
  EXPECT_EQ(error_of(run(options)), "nothing to predict" + mend);
  options.test = pairs;
  options.split = "random";
  EXPECT_EQ(error_of(run(options)), "--test and --split exclude each other" + mend);
  options.test = "";
  options.out = pairs;
  EXPECT_EQ(error_of(run(options)),
            pairs + ": --out: would overwrite an input\n  mend: name another file");
  options.settings = {"factors=0"};
  options.train = folder_ / "none.csv";
  options.out = "";
  EXPECT_EQ(error_of(run(options)).substr(0, 8), "factors:") << "before any file is read";
  options.settings = {};
  options.train = pairs;
  options.out = folder_ / "none/lists.csv";
  EXPECT_EQ(error_of(run(options)), "--out: there is no folder '" + (folder_ / "none") +
                                        "'\n  mend: create it first, or name another file");
}

TEST_F(LabTest, WrongLinesAreNamed) {
  const auto error = [&](const std::string& name, const std::string& text) {
    return error_of(split(file(name, text), "random")).substr((folder_ / "").size());
  };
  EXPECT_EQ(error("a.csv", "u1,a,1,5\nu1,b,1\n"),
            "a.csv:2: has 3 columns, the first line 4\n  mend: mend or remove the line");
  EXPECT_EQ(error("b.csv", "u1,a\nu1,\n"),
            "b.csv:2: column '2 (item)': an id is missing\n"
            "  mend: fill it in or remove the line");
  EXPECT_EQ(error("c.csv", "u1,a\n\n\"u1,b\n"),
            "c.csv:3: a quote is never closed\n  mend: mend or remove the line");
  EXPECT_EQ(error("d.csv", "user,item,ts\nu1,a,5\nu1,b,2024-01-31\n"),
            "d.csv:3: column 'ts': '2024-01-31' is a date, the times before it are numbers\n"
            "  mend: write all times the same way");
  EXPECT_EQ(error("e.csv", "u1,a,1,5\nu1,b,1,soon\n"),
            "e.csv:2: column '4 (time)': 'soon' is no time\n"
            "  mend: write a number, or a date as in 2024-01-31 or 2024-01-31 09:05:00");
  EXPECT_EQ(error("i.csv", "u1,a,1\nu1,b,1e200\n"),
            "i.csv:2: column '3 (value)': '1e200' is not a finite number greater than 0\n"
            "  mend: leave the line out, or the whole column: then every line counts 1");
  EXPECT_EQ(error("f.tsv", "u1\n"),
            "f.tsv:1: has 1 column, at least user and item are needed\n"
            "  mend: columns are user, item[, value[, time]], divided by commas, tabs, ; | or ::");
  EXPECT_EQ(error("g.csv", ""), "g.csv: holds no rows");
  EXPECT_EQ(error("h.csv", "user,item\n"), "h.csv: holds no rows");
}

TEST_F(LabTest, FilesOfEveryShapeHoldTheSame) {
  data::Engine engine = *data::Engine::open({});
  data::Connection connection = *engine.connect();
  const std::string parquet = folder_ / "p.parquet";
  ASSERT_TRUE(
      connection
          .execute("COPY (SELECT * FROM (VALUES ('a', 2.5, TIMESTAMP '1970-01-01 00:00:07', "
                   "'u1'), ('b', 1, TIMESTAMP '1970-01-01 00:00:08', 'u2')) AS t(item, "
                   "rating, created_at, \"user\")) TO '" +
                   parquet + "' (FORMAT parquet)")
          .ok());
  const std::vector<std::string> files{
      file("a.csv", "user,item,value,time\nu1,a,2.5,7\nu2,b,1,8\n"),
      file("b.csv", "u1;a;2.5;7\r\nu2;b;1;8.9\r\n"),
      file("c.tsv", "u1\ta\t2.5\t7\nu2\tb\t1\t8\n"),
      file("d.dat", "u1::a::2.5::7\nu2::b::1::8\n"),
      file("e.txt", "u1 a 2.5 7\nu2 b 1 8\n"),
      file("f.csv", "who,what,much,when\nu1,a,2.5,7\nu2,b,1,8\n"),
      file("g.csv", "Time,Rating,ITEM_ID,UserId\n7,2.5,a,u1\n8,1,b,u2\n"),
      parquet};
  for (const std::string& path : files) {
    Codes users, items;
    const auto read = read_interactions(connection, path, users, items);
    ASSERT_TRUE(read.ok()) << read.error().to_text();
    EXPECT_EQ(users.ids, (std::vector<std::string>{"u1", "u2"})) << path;
    EXPECT_EQ(items.ids, (std::vector<std::string>{"a", "b"})) << path;
    EXPECT_EQ(read->values, (std::vector<float>{2.5F, 1})) << path;
    const int64_t unit = path == parquet ? 1'000'000 : 1;
    EXPECT_EQ(read->times, (std::vector<int64_t>{7 * unit, 8 * unit})) << path;
  }
  const std::string gap = folder_ / "gap.parquet";
  ASSERT_TRUE(
      connection
          .execute("COPY (SELECT 1 AS \"user\", 2 AS item, 1.0 AS value UNION ALL SELECT 3, "
                   "4, -1) TO '" +
                   gap + "' (FORMAT parquet)")
          .ok());
  EXPECT_EQ(error_of(split(gap, "random")),
            gap +
                ": column 'value': row 2: '-1' is not a finite number greater than 0\n"
                "  mend: leave the line out, or the whole column: then every line counts 1");
}

// Splits of the real ratings, which have times: popularity is beaten on users seen and unseen.
TEST_F(LabTest, RealRatingsSplitByTheProgram) {
  const std::string ratings = public_data() + "/movielens-100k/u.data";
  if (!std::filesystem::exists(ratings)) {
    GTEST_SKIP() << "no public data at " << ratings << " (set COTERIE_DATA)";
  }
  for (const char* kind :
       {"user-time:0.2", "leave-last-out", "user-random:0.2", "strong:0.2/0.5"}) {
    const Json als = *split(ratings, kind, "als", true);
    const Json popular = *split(ratings, kind, "popularity", true);
    EXPECT_GT(als["intervals"]["auc"][0], popular["intervals"]["auc"][1]) << kind;
    const auto& pairs = als["split"];
    const int64_t history = pairs.value("history_pairs", int64_t{0});
    const int64_t sum = pairs["train_pairs"].get<int64_t>() + history;
    EXPECT_LE(sum + pairs["test_pairs"].get<int64_t>(), 100'000);
    EXPECT_GE(sum + pairs["test_pairs"].get<int64_t>(), 99'900) << "but for items nobody trained";
  }
}

}  // namespace
}  // namespace coterie::lab
