#include "cli/lab_text.h"

#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/text_table.h"

namespace coterie::cli {
namespace {

using Json = nlohmann::ordered_json;
using Align = TextTable::Align;

constexpr size_t kShownColumns = 6;  // of a segment's centre

// Numbers to four digits, everything else as JSON writes it.
std::string value_text(const Json& value) {
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "none";
  return dump_json(value);
}

// "ndcg@10" as "ndcg" and 10; "auc" has the length 0.
std::pair<std::string, int> parted(const std::string& metric) {
  const size_t at = metric.rfind('@');
  if (at == std::string::npos) return {metric, 0};
  int length = 0;
  std::from_chars(metric.data() + at + 1, metric.data() + metric.size(), length);
  return {metric.substr(0, at), length};
}

std::string metric_cell(const Json& answer, const std::string& name) {
  const Json& value = answer["metrics"][name];
  if (!value.is_number()) return value_text(value);
  std::string cell = fmt::format("{:.4f}", value.get<double>());
  if (answer.contains("intervals") && answer["intervals"].contains(name)) {
    const Json& interval = answer["intervals"][name];
    cell +=
        fmt::format("  ({:.4f} to {:.4f})", interval[0].get<double>(), interval[1].get<double>());
  }
  return cell;
}

// A row a metric, a column a list length; metrics without one stand in a column of their own.
std::string ranking_table(const Json& answer) {
  std::map<std::string, std::map<int, std::string>> rows;
  std::set<int> lengths;
  for (const auto& [name, value] : answer["metrics"].items()) {
    const auto [metric, length] = parted(name);
    rows[metric][length] = metric_cell(answer, name);
    lengths.insert(length);
  }
  std::vector<TextTable::Column> columns{{"metric"}};
  for (const int length : lengths) {
    columns.push_back({length > 0 ? fmt::format("@{}", length) : "all", Align::kRight});
  }
  TextTable table(columns);
  for (const auto& [metric, cells] : rows) {
    std::vector<std::string> row{metric};
    for (const int length : lengths) {
      const auto cell = cells.find(length);
      row.push_back(cell == cells.end() ? "" : cell->second);
    }
    table.add(row);
  }
  return table.render() + (answer.contains("intervals") ? "In brackets: 95 % intervals.\n" : "");
}

std::string segments_table(const Json& segments) {
  std::vector<TextTable::Column> columns{{"segment", Align::kRight}, {"rows", Align::kRight}};
  const Json& first = segments.front()["centre"];
  for (const auto& [name, value] : first.items()) {
    if (columns.size() < kShownColumns + 2) columns.push_back({name, Align::kRight});
  }
  TextTable table(columns);
  for (const Json& segment : segments) {
    std::vector<std::string> row{value_text(segment["segment"]), value_text(segment["rows"])};
    for (const auto& [name, value] : segment["centre"].items()) {
      if (row.size() < columns.size()) row.push_back(value_text(value));
    }
    table.add(row);
  }
  std::string text = table.render();
  if (first.size() > kShownColumns) {
    text +=
        fmt::format("… columns not shown: {} (--json shows all)\n", first.size() - kShownColumns);
  }
  return text;
}

std::string pairs_text(const Json& object) {
  std::string text;
  for (const auto& [name, value] : object.items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value_text(value));
  }
  return text;
}

std::string names_text(const Json& names) {
  std::string text;
  for (const Json& name : names) text += (text.empty() ? "" : ", ") + value_text(name);
  return text;
}

}  // namespace

std::string lab_text(const Json& answer) {
  std::string text;
  if (answer.contains("segments")) {
    text += segments_table(answer["segments"]) + "\n" + pairs_text(answer["metrics"]) + "\n";
  } else {
    text += ranking_table(answer) + "\n";
  }
  for (const auto& [key, value] : answer.items()) {
    if (key == "metrics" || key == "intervals" || key == "segments") continue;
    if (value.is_structured() && value.empty()) continue;
    text += fmt::format("{:<22} {}\n", key,
                        value.is_object()  ? pairs_text(value)
                        : value.is_array() ? names_text(value)
                                           : value_text(value));
  }
  return text;
}

}  // namespace coterie::cli
