#include "trees/model_folder.h"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/json.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "trees/evaluator.h"
#include "trees/shap.h"
#include "trees/test_support_internal.h"

namespace coterie::trees {
namespace {

using nlohmann::json;

Sample sample_of(uint64_t seed) {
  return draw_binary(seed, {.rows = 400, .numeric = 4, .categorical = 1});
}

ForestModel trained() {
  const Sample sample = sample_of(1);
  ThreadPool pool(1);
  auto model = take(ForestModel::from_training(
      take(train_trees(sample.data(), nullptr, sample.columns, {.rounds = 10}, pool))));
  model.notes["f4"] = {"red", "blue"};
  return model;
}

std::string load_error(const std::string& folder) {
  const auto loaded = ForestModel::load(folder);
  std::string text = loaded.ok() ? "" : loaded.error().to_text();
  for (size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
    text.replace(at, folder.size(), "DIR");
  }
  return text;
}

TEST(ForestModel, LoadsWhatWasSaved) {
  const TemporaryFolder folder;
  const ForestModel model = trained();
  must(model.save(folder / "a"));
  const ForestModel again = take(ForestModel::load(folder / "a"));
  EXPECT_EQ(again.bytes, model.bytes);
  EXPECT_EQ(again.notes, model.notes);
  EXPECT_EQ(again.forest.columns, model.forest.columns);
  must(again.save(folder / "b"));
  EXPECT_EQ(take(read_file(folder / "a/model.json")), take(read_file(folder / "b/model.json")));
  const json description = take(load_json(folder / "a/model.json"));
  EXPECT_EQ(description["rounds"], 10);
  EXPECT_EQ(description["objective"], "binary:logistic");
  EXPECT_EQ(description["features"][4], json({{"name", "f4"}, {"categorical", true}}));
}

TEST(ForestModel, NamesWhatIsDamaged) {
  const TemporaryFolder folder;
  EXPECT_EQ(load_error(folder / "none").substr(0, 19), "DIR/model.json: can");
  must(trained().save(folder.path()));
  const std::string bytes = take(read_file(folder / "model.ubj"));
  const json description = take(load_json(folder / "model.json"));
  std::string flipped = bytes;
  flipped[flipped.size() / 2] ^= 1;
  must(write_file_atomic(folder / "model.ubj", flipped));
  EXPECT_EQ(load_error(folder.path()),
            "DIR/model.ubj: is not the file that model.json was written with: its SHA-256 differs\n"
            "  mend: restore both files from one backup, or train the model again");
  must(write_file_atomic(folder / "model.ubj", bytes));
  json other = description;
  other["features"][0]["name"] = "g";
  must(write_file_atomic(folder / "model.json", dump_json(other)));
  EXPECT_EQ(load_error(folder.path()), "DIR/model.json: names other features than model.ubj");
  other["format"] = 2;
  must(write_file_atomic(folder / "model.json", dump_json(other)));
  EXPECT_EQ(load_error(folder.path()),
            "DIR/model.json: format 2 is not 1\n"
            "  mend: train the model again with this version of the program");
  must(write_file_atomic(folder / "model.json", "[]"));
  EXPECT_EQ(load_error(folder.path()), "DIR/model.json: does not describe a model of trees");
}

std::vector<double> flat(const json& values) {
  std::vector<double> out;
  for (const json& value : values) {
    if (value.is_array()) {
      for (const double inner : flat(value)) out.push_back(inner);
    } else {
      out.push_back(value.get<double>());
    }
  }
  return out;
}

// A Python that has xgboost, the system's before another; empty if none has.
std::string python_with_xgboost() {
  for (const std::string python : {"/usr/bin/python3", "python3"}) {
    const std::string command = python + " -c 'import xgboost, numpy' >/dev/null 2>&1";
    if (std::system(command.c_str()) == 0) return python;
  }
  return "";
}

// The xgboost package opens the folder's model and predicts the same.
TEST(ForestModel, PythonOpensIt) {
  const std::string python = python_with_xgboost();
  if (python.empty()) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "python3-xgboost is missing (scripts/bootstrap)";
    GTEST_SKIP() << "python3 has no xgboost: apt-get install python3-xgboost";
  }
  const TemporaryFolder folder;
  const ForestModel model = trained();
  must(model.save(folder.path()));
  const Sample fresh = sample_of(2);
  json rows = json::array();
  for (int64_t row = 0; row < fresh.rows; ++row) {
    const auto values = fresh.matrix().row(row);
    rows.push_back(std::vector<float>(values.begin(), values.end()));
  }
  must(write_file_atomic(folder / "rows.json", dump_json(rows)));
  const std::string command = python + " '" + COTERIE_SOURCE_DIR + "/tests/xgboost_client.py' '" +
                              (folder / "model.ubj") + "' '" + (folder / "rows.json") + "' > '" +
                              (folder / "out.json") + "' 2> '" + (folder / "errors") + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << take(read_file(folder / "errors"));
  const json answer = take(load_json(folder / "out.json"));
  EXPECT_EQ(answer["features"], json({"f0", "f1", "f2", "f3", "f4"}));
  EXPECT_EQ(answer["types"][4], "c");
  ThreadPool pool(1);
  std::vector<float> predictions(static_cast<size_t>(fresh.rows));
  Evaluator(model.forest).predictions(fresh.matrix(), predictions, pool);
  EXPECT_EQ(flat(answer["predictions"]),
            std::vector<double>(predictions.begin(), predictions.end()));
  const Shap shap = take(Shap::create(model.forest));
  std::vector<float> contributions(static_cast<size_t>(fresh.rows) * shap.width());
  shap.contributions(fresh.matrix(), contributions, pool);
  const auto theirs = flat(answer["contributions"]);
  ASSERT_EQ(theirs.size(), contributions.size());
  for (size_t i = 0; i < theirs.size(); ++i) EXPECT_NEAR(contributions[i], theirs[i], 3e-5);
}

}  // namespace
}  // namespace coterie::trees
