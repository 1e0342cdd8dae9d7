#include "cli/metric_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::cli {
namespace {

using testing::ElementsAre;

TEST(MetricTable, ModelsAndLengthsAreColumnsInTheirOrder) {
  const MetricTable table = arrange_metrics({{"als.ndcg@10", 0.2},
                                             {"als.ndcg@5", 0.1},
                                             {"als.auc", 0.9},
                                             {"popularity.ndcg@5", 0.05},
                                             {"plain", 7}});
  EXPECT_THAT(table.columns, ElementsAre("als", "als @5", "als @10", "popularity @5", "value"));
  EXPECT_EQ(table.rows.at("ndcg").at("als @10"), 0.2);
  EXPECT_EQ(table.rows.at("ndcg").at("popularity @5"), 0.05);
  EXPECT_EQ(table.rows.at("auc").at("als"), 0.9);
  EXPECT_EQ(table.rows.at("plain").at("value"), 7);
}

}  // namespace
}  // namespace coterie::cli
