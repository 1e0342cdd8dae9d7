#pragma once
// Metrics of a step as a table: "als.ndcg@5", "als.ndcg@10", "popularity.ndcg@5" become the row
// "ndcg" with the columns "als @5", "als @10", "popularity @5".

#include <map>
#include <string>
#include <vector>

namespace coterie::cli {

struct MetricTable {
  std::vector<std::string> columns;                           // by model, then list length
  std::map<std::string, std::map<std::string, double>> rows;  // metric -> column -> value
};
MetricTable arrange_metrics(const std::map<std::string, double>& metrics);

}  // namespace coterie::cli
