#pragma once
// Roles: what a company's tables mean. A role names a warehouse table, its columns with the default
// source names (the H&M-style schema), types, and which of them are required. Ingest fills a role
// from a source; checks, datasets and models read the role's table and never the source.
//
// Stored form of a role's table (conventions.h): the role's columns under the role's names; ids as
// int32 codes; money DECIMAL(18, decimals); times TIMESTAMP in UTC (a DATE source becomes the last
// microsecond of that day in the project's time zone); and, for a role with a time, one more column
// `day` DATE: the project-time-zone day of that time, which is also the table's day_column.
// Columns that the source does not have are absent from the table.

#include <string>
#include <string_view>
#include <vector>

namespace coterie::data {

enum class ColumnKind {
  kId,  // external id of `entity`, encoded
  kText,
  kInteger,  // BIGINT
  kReal,     // DOUBLE
  kMoney,
  kDate,  // DATE
  kTime,  // TIMESTAMP
  kBool,
};

struct RoleColumn {
  std::string_view name;
  ColumnKind kind;
  bool required = false;
  std::string_view entity = {};   // for kId
  bool personal = false;          // left out of samples and logs
  std::string_view meaning = {};  // one line for the reference
};

struct Role {
  std::string_view name;
  std::string_view entity;  // the entity whose master table this is, or ""
  std::string_view time;    // the column that says when a row happened, or ""
  std::vector<std::string_view> key;
  std::vector<RoleColumn> columns;
  std::string_view meaning;

  const RoleColumn* find(std::string_view column) const;
};

// All roles, in the order in which they are documented.
const std::vector<Role>& all_roles();
const Role* find_role(std::string_view name);  // null if there is none
std::vector<std::string> role_names();

}  // namespace coterie::data
