// `coterie serve --only features` as a process of its own, over sockets.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "http_client.h"
#include "run_program.h"
#include "shop.h"

namespace coterie::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kRegistry = R"yaml(
registry_version: 1
entities:
  - {name: customer, join_keys: [customer_id]}
sources:
  - {name: sales, table: transactions, columns: {amount: "price * coalesce(quantity, 1)"}}
features:
  - {name: buys, entity: customer, source: sales, transformation: lifetime_count}
  - {name: spend, entity: customer, source: sales, transformation: lifetime_sum, column: amount}
feature_services:
  - {name: profile, features: [buys, spend]}
)yaml";

// A finished shop with a registry; a server over it that may be killed and started again.
class FeatureServer : public testing::Test {
 protected:
  FeatureServer() : shop_(Shop::copy_finished(folder_ / "shop")), port_(free_port()) {
    std::filesystem::create_directory(shop_ + "/feature_store");
    write_text(shop_ + "/feature_store/feature_registry.yaml", kRegistry);
  }
  void start() {
    server_ = std::make_unique<RunningProgram>(
        std::vector<std::string>{"serve", "--only", "features", "--port", std::to_string(port_),
                                 "--skew-sample", "1"},
        shop_);
    ASSERT_TRUE(server_->wait_for_error_text("features are served at")) << server_->wait().all();
  }
  Outcome stop(int signal) {
    server_->signal(signal);
    return server_->wait();
  }
  HttpAnswer push(const std::string& customer, int64_t order) const {
    return http_post(port_, "/push",
                     fmt::format(R"({{"push_source_name": "sales", "event_ids": ["{0}-{1}"],)"
                                 R"("df": {{"customer_id": ["{0}"], "article_id": ["a{1}"],)"
                                 R"("price": [1.25], "quantity": [2],)"
                                 R"("t_dat": ["2026-01-02T03:04:05Z"]}}}})",
                                 customer, order));
  }
  std::string profile_of(const std::string& customer) const {
    return http_get(port_, "/v1/features/customer/" + customer + "?service=profile").body;
  }

  TemporaryFolder folder_;
  std::string shop_;
  int port_;
  std::unique_ptr<RunningProgram> server_;
};

TEST_F(FeatureServer, WhatIsPushedIsReadAndTermEndsItCleanly) {
  start();
  EXPECT_THAT(push("new-one", 1).body, HasSubstr(R"("stored":1)"));
  EXPECT_THAT(profile_of("new-one"), HasSubstr(R"("features":{"buys":1,"spend":2.50})"));
  const HttpAnswer got = http_post(
      port_, "/get-online-features",
      R"({"feature_service": "profile", "entities": {"customer_id": ["new-one", "nobody"]}})");
  EXPECT_EQ(got.status, 200);
  EXPECT_THAT(got.body, HasSubstr(R"({"values":[1,0],"statuses":["PRESENT","NOT_FOUND"])"));
  const Outcome second = coterie({"serve", "--only", "features", "--port", "0"}, shop_);
  EXPECT_NE(second.status, 0);
  const Outcome ended = stop(SIGTERM);
  EXPECT_EQ(ended.status, 0) << ended.all();
  EXPECT_THAT(ended.err, AllOf(HasSubstr("the online state is empty: run `coterie features "
                                         "materialize`"),
                               HasSubstr("stopped")));
  start();
  EXPECT_THAT(profile_of("new-one"), HasSubstr(R"("features":{"buys":1,"spend":2.50})"));
}

TEST_F(FeatureServer, VectorsOfATrainedModelAreServedAsTheSnapshotHasThem) {
  write_text(shop_ + "/feature_store/feature_registry.yaml",
             "registry_version: 1\nentities:\n  - {name: customer, join_keys: [customer_id]}\n"
             "features:\n  - {name: taste, entity: customer, model: cf}\n"
             "feature_services:\n  - {name: tastes, features: [taste]}\n");
  const Outcome built = coterie({"features", "build"}, shop_);
  ASSERT_EQ(built.status, 0) << built.all();
  const Outcome filled = coterie({"features", "materialize"}, shop_);
  ASSERT_EQ(filled.status, 0) << filled.all();
  const Outcome asked =
      coterie({"sql", "--json",
               "SELECT customer_id, len(taste) AS width, printf('%.4g', taste[1]) AS first FROM "
               "customer_user_features WHERE taste IS NOT NULL ORDER BY 1 LIMIT 1"},
              shop_);
  const auto row = nlohmann::json::parse(asked.out).at(0);
  start();
  const auto answer = nlohmann::json::parse(
      http_get(port_, "/v1/features/customer/" + row.at("customer_id").get<std::string>() +
                          "?service=tastes")
          .body);
  const auto& taste = answer.at("features").at("taste");
  EXPECT_EQ(taste.size(), row.at("width").get<size_t>());
  EXPECT_EQ(fmt::format("{:.4g}", taste.at(0).get<double>()), row.at("first").get<std::string>());
}

// Pushes from several clients until the process is killed; everything that was answered is there
// after the restart, and nothing twice.
TEST_F(FeatureServer, NothingAcknowledgedIsLostToAKill) {
  start();
  constexpr int kClients = 4;
  std::array<std::atomic<int64_t>, kClients> acknowledged{};
  std::array<std::atomic<int64_t>, kClients> sent{};
  std::vector<std::jthread> clients;
  for (size_t c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      while (true) {
        const int64_t order = ++sent[c];
        if (push(fmt::format("client{}", c), order).status != 200) return;
        ++acknowledged[c];
      }
    });
  }
  while (acknowledged[0] < 50) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(stop(SIGKILL).status, -SIGKILL);
  clients.clear();
  start();
  for (size_t c = 0; c < kClients; ++c) {
    const std::string customer = fmt::format("client{}", c);
    const auto document = nlohmann::json::parse(profile_of(customer));
    const int64_t stored = document["features"]["buys"];
    EXPECT_GE(stored, acknowledged[c].load());
    EXPECT_LE(stored, sent[c].load());
    // The one that was under way may be sent again without harm.
    EXPECT_EQ(push(customer, sent[c]).status, 200);
    EXPECT_THAT(profile_of(customer), HasSubstr(fmt::format(R"("buys":{})", sent[c].load())));
  }
}

TEST_F(FeatureServer, RefusesBodiesThatAreTooLongAndGoesOn) {
  start();
  std::string too_long = "{\"features\": [\"buys\"]}";
  too_long.resize(size_t{10} << 20, ' ');
  const HttpAnswer long_one = http_post(port_, "/get-online-features", too_long);
  EXPECT_EQ(long_one.status, 413);
  EXPECT_THAT(long_one.body, HasSubstr("error"));
  const HttpAnswer no_json = http_post(port_, "/get-online-features", "{\"features\": [NaN]}");
  EXPECT_EQ(no_json.status, 400);
  EXPECT_EQ(http_get(port_, "/nothing").status, 404);
  EXPECT_EQ(http_get(port_, "/health").status, 200);
  EXPECT_THAT(http_get(port_, "/metrics").body,
              AllOf(HasSubstr("coterie_http_request_duration_seconds_bucket{method=\"GET\","
                              "route=\"/health\",status=\"200\",le=\"0.00005\"}"),
                    HasSubstr("coterie_features_entities 0\n")));
}

TEST_F(FeatureServer, OnlyFeaturesAndOnlyThisMachine) {
  const Outcome whole = coterie({"serve"}, shop_);
  EXPECT_EQ(whole.status, 2);
  EXPECT_THAT(whole.err, HasSubstr("only features are served yet\n  mend: write coterie serve "
                                   "--only features"));
  const Outcome wide =
      coterie({"serve", "--only", "features", "--host", "0.0.0.0", "--port", "0"}, shop_);
  EXPECT_EQ(wide.status, 2);
  EXPECT_THAT(wide.err,
              HasSubstr("host: 0.0.0.0 can be reached from other machines, and there are no keys "
                        "yet by which clients could be told apart\n  mend: listen on 127.0.0.1"));
}

TEST_F(FeatureServer, ServedVectorsEqualTheOfflineOnes) {
  const Outcome filled = coterie({"features", "materialize"}, shop_);
  ASSERT_EQ(filled.status, 0) << filled.all();
  start();
  const auto ids = coterie_json({"sql", "select customer_id from customers limit 5"}, shop_);
  ASSERT_EQ(push(ids[0]["customer_id"], 1).status, 200);
  for (const auto& row : ids) EXPECT_THAT(profile_of(row["customer_id"]), HasSubstr("PRESENT"));
  for (const auto& row : ids) {
    const nlohmann::json body = {{"feature_service", "profile"},
                                 {"entities", {{"customer_id", {row["customer_id"]}}}}};
    EXPECT_EQ(http_post(port_, "/get-online-features", body.dump()).status, 200);
  }
  const Outcome early = coterie({"features", "skew"}, shop_);
  EXPECT_EQ(early.status, 1) << early.all();
  EXPECT_THAT(early.err, HasSubstr("no value could be compared\n  mend: load the event log: "
                                   "coterie run --select pushed_rows"));
  const Outcome loaded = coterie({"run", "--select", "pushed_rows", "--quiet"}, shop_);
  ASSERT_EQ(loaded.status, 0) << loaded.all();
  const Outcome equal = coterie({"features", "skew", "--least-equal", "1"}, shop_);
  EXPECT_EQ(equal.status, 0) << equal.all();
  EXPECT_THAT(equal.out, HasSubstr("10 of 10 values of 5 served vectors equal the offline ones "
                                   "(100.0000 %)"));
  // A value that was served and is not what the tables say.
  const std::string kept = shop_ + "/.coterie/skew/served.jsonl";
  std::string lines = read_text(kept);
  const size_t buys = lines.rfind(R"("buys@1":)") + std::string(R"("buys@1":)").size();
  lines.replace(buys, lines.find(',', buys) - buys, "77777");
  write_text(kept, lines);
  const Outcome skewed = coterie({"features", "skew"}, shop_);
  EXPECT_EQ(skewed.status, 1) << skewed.all();
  EXPECT_THAT(skewed.out,
              AllOf(HasSubstr("9 of 10 values"), HasSubstr("buys@1: 4 of 5 equal"),
                    HasSubstr("buys@1 of customer_id="), HasSubstr("online 77777, offline ")));
  EXPECT_THAT(skewed.err, HasSubstr("only 90.0000 % of the values agree, 99.9000 % are asked for"));
}

// Feast's own client sends the requests and reads the answers, where it is installed.
TEST_F(FeatureServer, FeastsClientWorksUnchanged) {
  const std::string python = COTERIE_SOURCE_DIR "/.deps/feast/bin/python";
  if (!std::filesystem::exists(python)) GTEST_SKIP() << "Feast is not installed in .deps/feast";
  start();
  ASSERT_EQ(push("new-one", 1).status, 200);
  const std::string out = folder_ / "out";
  const std::string script = COTERIE_SOURCE_DIR "/tests/feast_client.py";
  const std::string command =
      fmt::format("'{}' '{}' http://127.0.0.1:{} > '{}' 2>&1", python, script, port_, out);
  const int status = std::system(command.c_str());
  EXPECT_EQ(status, 0) << read_text(out);
  EXPECT_THAT(read_text(out), HasSubstr("{'customer_id': ['new-one', 'nobody'], 'buys': [1, 0], "
                                        "'spend': [2.5, None]}"));
}

}  // namespace
}  // namespace coterie::tests
