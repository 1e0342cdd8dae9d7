#pragma once
// The table of aggregate functions as the registry writes them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/registry/reading_internal.h"

namespace coterie::features {

enum class ColumnUse : uint8_t { kOptional, kRequired };

struct FunctionRow {
  std::string_view name;
  Function function;
  ColumnUse column;
  ValueShape shape;
  bool small_form;  // needs no key but `column`
};
inline constexpr std::string_view kRatio = "ratio";

// Null if there is none; a ratio has no row, being made of two others.
const FunctionRow* find_function_row(std::string_view name);
// All of them, and ratio.
std::vector<std::string> aggregate_function_names();
// Those with a short form.
std::vector<std::string> small_form_names();
// What to write instead of `name`, which is no function.
std::string function_mend(std::string_view name);

}  // namespace coterie::features
