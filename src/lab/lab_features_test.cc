// Files of features, and recommenders that read them.
#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lab/feature_files.h"
#include "lab/lab_test_internal.h"

namespace coterie::lab {
namespace {

class FeatureFilesTest : public LabTest {
 protected:
  void SetUp() override {
    engine_.emplace(*data::Engine::open({}));
    connection_.emplace(*engine_->connect());
  }
  Result<FeatureRows> read(const std::string& path, FeatureSide side) {
    return read_features(*connection_, path, side, codes_);
  }
  // "code:name=weight" of every entry, by id.
  std::map<std::string, std::vector<std::string>> by_id(const FeatureRows& features) {
    std::map<std::string, std::vector<std::string>> result;
    for (size_t i = 0; i < features.rows.size(); ++i) {
      result[codes_.ids[features.rows[i]]].push_back(
          fmt::format("{} {:.3g}", features.names[features.columns[i]], features.values[i]));
    }
    return result;
  }

  Codes codes_;
  std::optional<data::Engine> engine_;
  std::optional<data::Connection> connection_;
};

TEST_F(FeatureFilesTest, ValuesBecomeFeaturesAndSeveralOfACellShareItsWeight) {
  codes_.code_of("b");
  const auto path = file("items.csv",
                         "genre,article_id,year\n"
                         "War | Drama,a,1999\n"
                         "Drama|Comedy|War,b,1999\n"
                         "\"Comedy\",007,\n"
                         ",d,2001\n");
  const auto features = *read(path, FeatureSide::kItems);
  using Names = std::vector<std::string>;
  EXPECT_EQ(features.names, (Names{"genre=Comedy", "genre=Drama", "genre=War", "year=1999"}))
      << "2001 belongs to one row";
  const auto rows = by_id(features);
  EXPECT_EQ(rows.at("a"), (Names{"genre=Drama 0.5", "genre=War 0.5", "year=1999 1"}));
  EXPECT_EQ(rows.at("b"),
            (Names{"genre=Comedy 0.333", "genre=Drama 0.333", "genre=War 0.333", "year=1999 1"}));
  EXPECT_EQ(rows.at("007"), (Names{"genre=Comedy 1"}));
  EXPECT_FALSE(rows.contains("d"));
  EXPECT_EQ(codes_.ids, (Names{"b", "a", "007", "d"})) << "new items are known from now on";
}

TEST_F(FeatureFilesTest, ManyNumbersAreBinnedAndUsersThatNobodyAsksForLeftOut) {
  std::string text = "user\tincome\n";
  for (int i = 0; i < 160; ++i) {
    text += fmt::format("u{}\t{}\n", i, 1000 - i);
    if (i % 2 == 0) codes_.code_of(fmt::format("u{}", i));
  }
  const auto features = *read(file("users.tsv", text), FeatureSide::kUsers);
  ASSERT_EQ(features.names.size(), 16U);
  EXPECT_EQ(codes_.ids.size(), 80U);
  std::map<std::string, int> counts;
  for (const auto& [id, names] : by_id(features)) {
    ASSERT_EQ(names.size(), 1U);
    ++counts[names.front()];
  }
  for (const auto& [name, count] : counts) EXPECT_EQ(count, 5) << name;
  EXPECT_EQ(by_id(features).at("u158").front(), "income<=850 1");
}

TEST_F(FeatureFilesTest, ParquetHoldsTheSame) {
  codes_ = {};
  const std::string path = folder_ / "items.parquet";
  ASSERT_TRUE(connection_
                  ->execute(fmt::format("COPY (SELECT * FROM (VALUES (7, 'x|y', true), (8, 'x', "
                                        "true), (9, NULL, false)) t(item, tags, fresh)) TO {} "
                                        "(FORMAT parquet)",
                                        data::quote_text(path)))
                  .ok());
  const auto rows = by_id(*read(path, FeatureSide::kItems));
  EXPECT_EQ(rows.at("7"), (std::vector<std::string>{"tags=x 0.5", "fresh=true 1"}));
  EXPECT_EQ(rows.at("8"), (std::vector<std::string>{"tags=x 1", "fresh=true 1"}));
}

TEST_F(FeatureFilesTest, WhatIsWrongIsNamed) {
  const auto error = [&](const std::string& text) {
    const auto features = read(file("f.csv", text), FeatureSide::kItems);
    return features.ok() ? "" : features.error().to_text();
  };
  const std::string path = folder_ / "f.csv";
  EXPECT_EQ(error("item,colour\na,red\n,red\n"),
            path + ":3: column 'item': the id is missing\n  mend: mend or remove the line");
  EXPECT_EQ(error("item,colour\na,red\n\na,red\n"),
            path + ":4: column 'item': 'a' is there twice\n  mend: mend or remove the line");
  EXPECT_EQ(error("item,colour\na,red\nb\n"),
            path + ":3: has 1 columns, the first line 2\n  mend: mend or remove the line");
  const auto problem = [&](const std::string& text) {
    const std::string said = error(text);
    EXPECT_TRUE(said.starts_with(path + ":3: ")) << said;
    EXPECT_EQ(said.find("columns"), std::string::npos) << said;
    return said;
  };
  EXPECT_NE(problem("item,colour\na,red\nb,\xff\n").find("UTF-8"), std::string::npos);
  EXPECT_NE(problem(std::string("item,colour\na,red\nb,\0\n", 22)).find("zero byte"),
            std::string::npos);
  EXPECT_NE(problem("item,colour\na,red\n\"b,red\n").find("quote"), std::string::npos);
  EXPECT_EQ(error("item\na\n"), path + ": has no column beside the id");
  EXPECT_EQ(error("thing,colour\na,red\nb,red\n"),
            path +
                ": has no column of items; columns: thing, colour\n"
                "  mend: call it item, item_id or article_id in the header");
  EXPECT_EQ(read(path, FeatureSide::kUsers).error().to_text(),
            path +
                ": has no column of users; columns: thing, colour\n"
                "  mend: call it user, user_id or customer_id in the header");
  EXPECT_EQ(error(""), path + ": is empty\n  mend: begin it with a line of column names");
  EXPECT_EQ(error("item,colour\n"), path + ": holds no rows below its header");
  EXPECT_EQ(error("item,colour\na,red\nb,blue\n"),
            path + ": says nothing: no value belongs to two rows or more");
}

// Keeps what is printed.
class Notes : public Progress {
 public:
  std::unique_ptr<ProgressTask> start(std::string_view title, int64_t total,
                                      std::string_view unit) override {
    return silent_->start(title, total, unit);
  }
  void print(std::string_view line) override { text += std::string(line) + "\n"; }
  std::string text;

 private:
  std::unique_ptr<Progress> silent_ = make_progress(ProgressMode::kSilent);
};

TEST_F(LabTest, HowManyOfTrainingAreDescribedIsSaid) {
  LabRecommendOptions options;
  options.train = file("train.csv", "user,item\nu1,a\nu1,b\nu2,a\nu2,c\n");
  options.test = file("test.csv", "user,item\nu1,c\nu3,a\n");
  options.model = "bpr";
  options.settings = {"factors=2", "epochs=1", "learning_rate=0.05", "regularisation=0.01"};
  options.at = {1};
  options.resources = resources();
  options.users = file("users.csv", "user,likes\nu1,x\nu3,x\n");
  options.items = file("items.csv", "item,colour\na,x\nb,x\nz,x\n");
  Notes notes;
  const auto report = run_lab_recommend(options, notes);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_NE(notes.text.find("1 of 2 users of training are in " + options.users + "\n"),
            std::string::npos)
      << notes.text;
  EXPECT_NE(notes.text.find("2 of 3 items of training are in " + options.items + "\n"),
            std::string::npos)
      << notes.text;
  options.users = file("strangers.csv", "user,likes\n1,x\nu3,x\n");
  EXPECT_EQ(error_of(run(options)),
            options.users +
                ": has none of the 2 users of training\n"
                "  mend: write ids as the interactions do, and check which column holds them");
}

// Users like items of their own colour; the last item of each colour is nobody's yet, and the last
// user of each has no history.
TEST_F(LabTest, NewUsersAndItemsAreRankedByTheirFeatures) {
  std::string train = "user,item\n", test = "user,item\n";
  std::string users = "user,likes\n", items = "item,colour,size\n";
  for (int user = 0; user < 60; ++user) {
    const std::string colour = user % 2 == 0 ? "red" : "blue";
    users += fmt::format("u{},{}\n", user, colour);
    for (int item = 0; item < 40; ++item) {
      const bool liked = item % 2 == user % 2;
      if (liked && user < 50 && item < 30 && (user * 7 + item * 3) % 5 != 0) {
        train += fmt::format("u{},i{}\n", user, item);
      }
      if (liked && (user >= 50 || item >= 30)) test += fmt::format("u{},i{}\n", user, item);
    }
  }
  for (int item = 0; item < 40; ++item) {
    items += fmt::format("i{},{},{}\n", item, item % 2 == 0 ? "red" : "blue", item % 3);
  }
  LabRecommendOptions options;
  options.train = file("train.csv", train);
  options.test = file("test.csv", test);
  options.model = "warp";
  options.settings = {"factors=8", "epochs=20", "learning_rate=0.05", "regularisation=0.05"};
  options.at = {5};
  options.resources = resources();
  const Json blind = *run(options);
  options.users = file("users.csv", users);
  options.items = file("items.csv", items);
  options.out = folder_ / "lists.csv";
  const Json seeing = *run(options);
  EXPECT_EQ(seeing["user_features"], 2);
  EXPECT_EQ(seeing["item_features"], 5);
  EXPECT_EQ(seeing["new_users"], 10);
  EXPECT_LT(blind["metrics"]["precision@5"], 0.2) << blind.dump();
  EXPECT_GT(seeing["metrics"]["precision@5"], 0.5) << seeing.dump();
  // Of a new user's list nothing is of the other colour.
  std::istringstream lists(*read_file(folder_ / "lists.csv"));
  int newcomers = 0;
  for (std::string line; std::getline(lists, line);) {
    if (!line.starts_with("u5") || line.starts_with("u5,")) continue;
    ++newcomers;
    const size_t item = line.find(",i") + 2;
    EXPECT_EQ(std::stoi(line.substr(item)) % 2, std::stoi(line.substr(1)) % 2) << line;
  }
  EXPECT_EQ(newcomers, 50);
  // What the program chooses, it chooses with features.
  options.settings = {"factors=4", "epochs=5"};
  EXPECT_TRUE(run(options).ok());
  options.model = "puresvd";
  options.settings = {};
  EXPECT_EQ(error_of(run(options)),
            "--users: puresvd does not learn from what users are like\n"
            "  mend: leave it out, or choose --model bpr or warp");
}

}  // namespace
}  // namespace coterie::lab
