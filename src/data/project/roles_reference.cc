#include "data/project/roles_reference.h"

#include <fmt/format.h>

#include "data/project/roles.h"

namespace coterie::data {
namespace {

std::string type_text(const RoleColumn& column) {
  switch (column.kind) {
    case ColumnKind::kId:
      return fmt::format("{} id", column.entity);
    case ColumnKind::kText:
      return "text";
    case ColumnKind::kInteger:
      return "whole number";
    case ColumnKind::kReal:
      return "number";
    case ColumnKind::kMoney:
      return "money";
    case ColumnKind::kDate:
      return "date";
    case ColumnKind::kTime:
      return "time";
    case ColumnKind::kBool:
      return "true or false";
  }
  return "";
}

std::string role_text(const Role& role) {
  std::string text = fmt::format("## {}\n\n{}", role.name, role.meaning);
  for (size_t i = 0; i < role.key.size(); ++i)
    text += fmt::format("{}`{}`", i == 0 ? "; key " : ", ", role.key[i]);
  if (!role.time.empty()) text += fmt::format("; time `{}`", role.time);
  text += ".\n\n| column | type | | meaning |\n|---|---|---|---|\n";
  for (const RoleColumn& column : role.columns)
    text += fmt::format("| `{}` | {} | {}{} | {} |\n", column.name, type_text(column),
                        column.required ? "required" : "", column.personal ? "personal" : "",
                        column.meaning);
  return text + "\n";
}

}  // namespace

std::string roles_reference() {
  std::string text =
      "# Roles\n\n"
      "What a table of yours can be. A source fills a role from the columns of these names; "
      "`columns` in coterie.yaml names those that differ "
      "([coterie.yaml](configuration.md#columns)). A column that is not required may be absent: "
      "what depends on it is switched off, and the run says so. Personal columns are replaced in "
      "samples. This page is printed by the program.\n\n";
  for (const Role& role : all_roles()) text += role_text(role);
  text.pop_back();
  return text;
}

}  // namespace coterie::data
