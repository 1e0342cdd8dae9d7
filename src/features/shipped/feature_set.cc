#include "features/shipped/feature_set.h"

#include <array>

#include <fmt/format.h>

#include "features/shipped/feature_set_files_internal.h"
#include "features/shipped/set_writer_internal.h"

namespace coterie::features {
namespace {

constexpr std::string_view kSet = "retail";
constexpr std::string_view kCaseBreak = "\n                               ";
// The first that items have is what "category" means, as in dataset C.
constexpr std::array kCategoryColumns = {"category_id",        "product_type_name",
                                         "garment_group_name", "product_group_name",
                                         "section_name",       "index_group_name"};

std::string category_column(const ProjectTables& tables) {
  for (const char* column : kCategoryColumns) {
    if (has_column(tables, std::string("items.") + column)) return column;
  }
  return "";
}

// "WHEN 'view' THEN 0.05", one a line, as the file indents them.
std::string weight_cases(const ProjectTables& tables) {
  std::string cases;
  for (const auto& [kind, weight] : tables.event_weights) {
    if (weight <= 0) continue;
    std::string quoted;
    for (const char c : kind) quoted.append(c == '\'' ? 2 : 1, c);
    cases += fmt::format("{}WHEN '{}' THEN {}", cases.empty() ? "" : kCaseBreak, quoted, weight);
  }
  return cases;
}

}  // namespace

Result<std::string> shipped_registry(const ProjectTables& tables,
                                     const std::vector<std::string>& entities) {
  const TemplateValues values = {{"category", category_column(tables)},
                                 {"weights", weight_cases(tables)},
                                 {"decimals", std::to_string(tables.money_decimals)}};
  const auto write = [&](const SetWriter* before) {
    SetWriter writer(tables, entities, values, before);
    for (const EmbeddedFile& file : feature_set_files()) {
      if (file.group == kSet) writer.add(file.text);
    }
    return writer;
  };
  const SetWriter first = write(nullptr);
  if (first.features() > 0) return write(&first).take();
  return not_found("the project has no table that the shipped features are made of")
      .with_mend(
          "fill one of the roles transactions, events, customers, reviews, cart, wishlist, "
          "stock or items; or write feature_store/feature_registry.yaml yourself");
}

}  // namespace coterie::features
