#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "data/engine/engine_internal.h"

namespace coterie::data {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct Kind {
  std::string_view prefix;
  ErrorCode code;
};

// Kinds whose meaning does not depend on who wrote the SQL.
constexpr std::array kKinds = {
    Kind{"INTERRUPT", ErrorCode::kCancelled},
    Kind{"Out of Memory", ErrorCode::kResourceExhausted},
    Kind{"Permission", ErrorCode::kPermission},
    Kind{"IO", ErrorCode::kIo},
    Kind{"Serialization", ErrorCode::kCorrupt},
    Kind{"Conversion", ErrorCode::kInvalidInput},
    Kind{"Out of Range", ErrorCode::kInvalidInput},
    Kind{"Invalid Input", ErrorCode::kInvalidInput},
    Kind{"Constraint", ErrorCode::kInvalidInput},
    Kind{"Decimal", ErrorCode::kInvalidInput},
    Kind{"Divide by Zero", ErrorCode::kInvalidInput},
};

// Beginnings of the kinds that blame the SQL.
constexpr std::array<std::string_view, 8> kSqlKinds = {
    "Parser",      "Syntax", "Binder", "Catalog", "Not impl", "Mismatch Type", "Missing Extension",
    "Invalid Type"};

ErrorCode code_of(std::string_view message, bool user_sql) {
  for (const Kind& kind : kKinds) {
    if (message.starts_with(kind.prefix)) return kind.code;
  }
  const bool sql = std::ranges::any_of(
      kSqlKinds, [&](std::string_view prefix) { return message.starts_with(prefix); });
  return sql && user_sql ? ErrorCode::kInvalidInput : ErrorCode::kInternal;
}

Error disk_full(std::string message) {
  return Error{ErrorCode::kResourceExhausted, std::move(message)}.with_mend(
      "free disk space, or raise `resources: disk` in coterie.yaml");
}

// The engine advises on settings that our users cannot reach.
std::string without_advice(std::string_view message) {
  const size_t cut =
      std::min(message.find("\n\nPossible solutions:"), message.find("\nThis limit was set by"));
  return std::string(message.substr(0, cut));
}

}  // namespace

Error convert_error(std::string_view message, bool user_sql) {
  std::string text = without_advice(message);
  const ErrorCode code = code_of(message, user_sql);
  if (code == ErrorCode::kCancelled) return cancelled_error();
  if (contains(message, "No space left") || contains(message, "File too large") ||
      contains(message, "max_temp_directory_size")) {
    return disk_full(std::move(text));
  }
  if (code == ErrorCode::kResourceExhausted) {
    return Error{code, std::move(text)}.with_mend("raise `resources: memory` in coterie.yaml");
  }
  return Error{code, std::move(text)};
}

}  // namespace coterie::data
