#include "cli/metric_table.h"

#include <charconv>
#include <set>

#include <fmt/format.h>

namespace coterie::cli {

MetricTable arrange_metrics(const std::map<std::string, double>& metrics) {
  MetricTable table;
  std::set<std::pair<std::string, int>> columns;
  const auto title = [](const std::string& model, int length) {
    return length > 0 ? fmt::format("{} @{}", model, length) : model;
  };
  for (const auto& [full, value] : metrics) {
    const size_t dot = full.find('.');
    const std::string model = dot == std::string::npos ? "value" : full.substr(0, dot);
    std::string name = dot == std::string::npos ? full : full.substr(dot + 1);
    int length = 0;
    if (const size_t at = name.rfind('@'); at != std::string::npos) {
      const char* end = name.data() + name.size();
      const auto [stop, fault] = std::from_chars(name.data() + at + 1, end, length);
      if (fault == std::errc{} && stop == end) name.resize(at);
    }
    columns.emplace(model, length);
    table.rows[name][title(model, length)] = value;
  }
  for (const auto& [model, length] : columns) table.columns.push_back(title(model, length));
  return table;
}

}  // namespace coterie::cli
