#include "cli/lab_text.h"

#include <gtest/gtest.h>

namespace coterie::cli {
namespace {

using Json = nlohmann::ordered_json;

TEST(LabTextTest, MetricsStandByListLengthWithTheirIntervals) {
  Json answer;
  answer["metrics"] = {{"auc", 0.9}, {"ndcg@5", 0.25}, {"ndcg@10", 0.5}};
  answer["intervals"] = {{"ndcg@5", {0.125, 0.375}}};
  answer["users"] = 3;
  answer["chosen"] = Json::object();
  answer["split"] = {{"kind", "time"}, {"share", 0.25}};
  EXPECT_EQ(lab_text(answer),
            "metric     all                          @5     @10\n"
            "──────  ──────  ──────────────────────────  ──────\n"
            "auc     0.9000\n"
            "ndcg            0.2500  (0.1250 to 0.3750)  0.5000\n"
            "In brackets: 95 % intervals.\n"
            "\n"
            "users                  3\n"
            "split                  kind time, share 0.25\n");
}

TEST(LabTextTest, SegmentsShowTheirFirstColumns) {
  Json answer;
  answer["metrics"] = {{"inertia", 2.5}, {"silhouette", nullptr}};
  Json centre;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) centre[name] = 1.5;
  answer["columns"] = {"a", "b"};
  answer["segments"] = Json::array();
  answer["segments"].push_back({{"segment", 0}, {"rows", 12}, {"centre", centre}});
  EXPECT_EQ(lab_text(answer),
            "segment  rows    a    b    c    d    e    f\n"
            "───────  ────  ───  ───  ───  ───  ───  ───\n"
            "      0    12  1.5  1.5  1.5  1.5  1.5  1.5\n"
            "… columns not shown: 1 (--json shows all)\n"
            "\n"
            "inertia 2.5, silhouette none\n"
            "columns                a, b\n");
}

}  // namespace
}  // namespace coterie::cli
