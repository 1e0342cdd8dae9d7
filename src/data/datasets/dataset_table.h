#pragma once
// What the datasets' tables are: names, columns in order, types and meanings, declared once. The
// SQL yields these columns, a test compares the two, and the reference is printed from here.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::data {

// Types are DuckDB's, besides: "customer" and "article" are INTEGER codes of that entity's
// dictionary (the views show the ids), "name" is an INTEGER code of the dictionary of readable
// names, "money" is DECIMAL(18, decimals of the project).
struct DatasetColumn {
  std::string_view name;
  std::string_view type;
  std::string_view meaning;
};

struct DatasetTable {
  std::string_view name;
  std::string_view grain;  // what a row is
  std::vector<DatasetColumn> columns;
  std::vector<std::string_view> key;  // empty: rows may repeat
  std::string_view day_column;        // empty: not kept by day
  std::vector<std::string_view> sort_by;
};

// What some columns depend on: null in every row when the project has none of `any_of`. Written
// "role", "role.column" or "events=kind".
struct DatasetGap {
  std::string_view columns;
  std::vector<std::string_view> any_of;
};

struct DatasetInfo {
  char letter;
  std::string_view title;
  std::vector<DatasetTable> tables;
  // Roles (and other datasets' tables) that it reads; without any of the first it is not built.
  std::vector<std::string_view> needs_one_of;
  std::vector<std::string_view> also_reads;
  std::vector<DatasetGap> gaps;
  std::vector<std::string_view> rules;  // sentences of the reference: netting, ties, order, bounds
};

// A to F, in order.
const std::vector<DatasetInfo>& dataset_catalogue();
const DatasetInfo* find_dataset(char letter);  // null if there is none; either case

// Roles whose rows are things that customers did: the newest day of these is today.
std::span<const std::string_view> fact_roles();

// The entity whose dictionary holds the readable names of articles.
inline constexpr std::string_view kNameEntity = "product_name";

// The reference page, in Markdown.
std::string datasets_reference();

}  // namespace coterie::data
