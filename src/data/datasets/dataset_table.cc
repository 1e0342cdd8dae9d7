#include "data/datasets/dataset_table.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "data/datasets/dataset_a.h"
#include "data/datasets/dataset_b.h"
#include "data/datasets/dataset_c.h"
#include "data/datasets/dataset_d.h"
#include "data/datasets/dataset_e.h"
#include "data/datasets/dataset_f.h"

namespace coterie::data {
namespace {

std::string joined(const std::vector<std::string_view>& names, std::string_view separator) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += separator;
    text += fmt::format("`{}`", name);
  }
  return text;
}

std::string type_text(std::string_view type) {
  if (type == "customer" || type == "article") return fmt::format("{} id", type);
  if (type == "name") return "VARCHAR";
  if (type == "money") return "DECIMAL(18, decimals)";
  return std::string(type);
}

std::string table_reference(const DatasetTable& table) {
  std::string text = fmt::format("### `{}`\n\n{}", table.name, table.grain);
  if (!table.key.empty()) text += fmt::format("; key {}", joined(table.key, ", "));
  if (!table.day_column.empty()) text += fmt::format("; kept by day of `{}`", table.day_column);
  text += ".\n\n| column | type | meaning |\n|---|---|---|\n";
  for (const DatasetColumn& column : table.columns)
    text +=
        fmt::format("| `{}` | {} | {} |\n", column.name, type_text(column.type), column.meaning);
  return text + "\n";
}

constexpr std::string_view kFactRoles[] = {"transactions", "orders", "cart",    "wishlist",
                                           "reviews",      "events", "sessions"};

}  // namespace

std::span<const std::string_view> fact_roles() { return kFactRoles; }

const std::vector<DatasetInfo>& dataset_catalogue() {
  static const std::vector<DatasetInfo> catalogue = {dataset_a_info(), dataset_b_info(),
                                                     dataset_c_info(), dataset_d_info(),
                                                     dataset_e_info(), dataset_f_info()};
  return catalogue;
}

const DatasetInfo* find_dataset(char letter) {
  const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  const auto found = std::ranges::find(dataset_catalogue(), upper, &DatasetInfo::letter);
  return found == dataset_catalogue().end() ? nullptr : &*found;
}

std::string datasets_reference() {
  std::string text =
      "# Datasets\n\n"
      "Tables that `coterie datasets` derives from the roles of a project. Today is `as_of` of the "
      "project: a date, or the day of its newest fact. Facts after today, and facts that arrived "
      "after it, are not seen. Days are days of the project's time zone. A column whose role or "
      "source column is absent stays, with nulls, and the report says so. Names behind an id are "
      "added at the end of each table. This page is printed by the program.\n\n";
  for (const DatasetInfo& dataset : dataset_catalogue()) {
    text += fmt::format("## {}: {}\n\nNeeds one of the roles {}", dataset.letter, dataset.title,
                        joined(dataset.needs_one_of, ", "));
    if (!dataset.also_reads.empty())
      text += fmt::format("; also reads {}", joined(dataset.also_reads, ", "));
    text += ".\n\n";
    for (const DatasetTable& table : dataset.tables) text += table_reference(table);
    for (const std::string_view rule : dataset.rules) text += fmt::format("- {}\n", rule);
    text += "\n";
  }
  text.pop_back();
  return text;
}

}  // namespace coterie::data
