#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "expr/sql_internal.h"

namespace coterie::expr {
namespace {

// Whether the engine may find at binding time that an operation is null.
bool may_fold_to_null(const Node& node) {
  if (node.is(NodeKind::kColumn)) return false;
  if (node.is(NodeKind::kLiteral)) return node.value.null;
  const auto folds = [](const NodePtr& child) { return may_fold_to_null(*child); };
  if (std::ranges::any_of(node.children, folds)) return true;
  // What has no column in it may turn out null, an overflow for one.
  const auto constant = [](const auto& self, const Node& part) -> bool {
    if (part.is(NodeKind::kColumn)) return false;
    return std::ranges::all_of(part.children, [&](const NodePtr& c) { return self(self, *c); });
  };
  return constant(constant, node);
}

}  // namespace

std::string at_level(const Sql& sql, SqlLevel least) {
  return sql.level < least ? "(" + sql.text + ")" : sql.text;
}

std::string sql_text_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

Sql cast_to(const Sql& sql, Type type) {
  return {fmt::format("CAST({} AS {})", sql.text, type.to_sql())};
}

Sql try_cast_to(const Sql& sql, Type type) {
  return {fmt::format("TRY_CAST({} AS {})", sql.text, type.to_sql())};
}

Sql guarded(std::string text) { return {"TRY(" + std::move(text) + ")"}; }
Sql guarded_cast(const Sql& sql, Type type) { return guarded(cast_to(sql, type).text); }

Sql pin_type(Sql sql, const Node& node) {
  if (!node.type.is(TypeKind::kDecimal) || !may_fold_to_null(node)) return sql;
  return cast_to(sql, node.type);
}

std::string SqlWriter::bind(const Sql& value,
                            const std::function<std::string(const std::string&)>& body) {
  if (value.text.size() <= kRepeatedText) return body(at_level(value, SqlLevel::kAtom));
  const std::string name = fmt::format("bound_value_{}", ++bound_);
  return fmt::format("list_transform([{}], lambda {}: {})[1]", value.text, name, body(name));
}

Sql SqlWriter::finite_or_null(const Sql& value) {
  const auto body = [](const std::string& x) {
    return fmt::format("CASE WHEN isfinite({0}) THEN {0} END", x);
  };
  return {bind(value, body)};
}

}  // namespace coterie::expr
