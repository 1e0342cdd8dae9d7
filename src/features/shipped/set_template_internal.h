#pragma once
// The language of feature_sets/: registry YAML with a few marks.
//
// A definition is what stands between blank lines and begins with a line `#? WORD...`:
//
//   orders, orders.status   the project must have the table, the column
//   ~view                   there are events of the kind
//   $category, $weights     items must have a category; some event must have a weight
//   =visits, !=visits       the definition `visits` must (not) have been taken
//   @customer_profile       the feature belongs to this service
//   *7,30                   written once for each number, which [[w]] stands for
//   ^customer               features of the entity are wanted
//   %customer_profile       the service must have members, which [[members]] stands for
//
// A feature also needs the source and the feature that its keys `source` and `of` name. Inside,
// [[CONDITION: text | other text]] stands for one of the texts (CONDITION a table or column), and
// [[name]] for a value. A line of which nothing is left is dropped. Other text is copied.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "features/shipped/feature_set.h"

namespace coterie::features {

struct TemplateBlock {
  std::vector<std::string> needs;  // the words of `#?`
  bool definition = false;         // false: text to be copied
  std::string text;                // lines, without the final blank one
};
std::vector<TemplateBlock> template_blocks(std::string_view text);

// Name of a definition: behind "- name:" or "{name:".
std::string definition_name(std::string_view text);
// The word behind `key: `, or "".
std::string word_behind(std::string_view text, std::string_view key);

using TemplateValues = std::map<std::string, std::string>;
// [[...]] replaced, empty lines dropped. Every [[name]] must be in `values`.
std::string fill_block(std::string_view text, const ProjectTables& tables,
                       const TemplateValues& values);

// Whether the project has the table ("orders") or column ("orders.status").
bool has_column(const ProjectTables& tables, std::string_view name);

}  // namespace coterie::features
