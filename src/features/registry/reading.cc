#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/letter_case.h"
#include "base/nearest_name.h"
#include "expr/lexer.h"
#include "features/registry/reading_internal.h"

namespace coterie::features {
namespace {

constexpr size_t kNameBytes = 63;  // longer names are cut by PostgreSQL
constexpr size_t kShownNames = 12;

}  // namespace

expr::Origin expression_origin(const YamlNode& node) {
  return {node.file(), node.line(), node.column() + (node.is_quoted() ? 1 : 0)};
}

Result<std::string> read_expression(const YamlNode& node) {
  ASSIGN_OR_RETURN(std::string text, node.as_string());
  auto outline = expr::outline_expression(text, expression_origin(node));
  if (outline) return text;
  Error error = std::move(outline).error().for_key(node.path());
  if (error.mend.empty()) error.mend = "write an expression such as price * quantity";
  return error;
}

expr::Outline outline_of(const std::string& expression) {
  auto outline = expr::outline_expression(expression);
  return *std::move(outline);
}

Result<Micros> read_duration(const YamlNode& node, bool or_lifetime) {
  ASSIGN_OR_RETURN(const std::string text, node.as_string());
  if (or_lifetime && text == "lifetime") return kLifetime;
  auto duration = parse_duration(text);
  if (!duration) return node.error(duration.error().message, duration.error().mend);
  return duration;
}

Status check_name(const YamlNode& node, const std::string& name, std::string_view what) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  const bool ascii = std::ranges::all_of(name, [](unsigned char c) { return c < 0x80; });
  if (name.empty() || !ascii || !std::ranges::all_of(name, plain) ||
      std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
    return node.error(fmt::format("'{}' cannot be the name of {}", name, what),
                      "write letters, digits and '_', a letter first");
  }
  if (name.size() > kNameBytes) {
    return node.error(
        fmt::format("the name of {} has at most {} letters, not {}", what, kNameBytes, name.size()),
        "shorten it");
  }
  if (expr::is_keyword(lower_case(name))) {
    return node.error(fmt::format("'{}' is a word of the expression language", name),
                      "choose another name");
  }
  return {};
}

Result<std::string> read_name(const YamlNode& node, std::string_view what) {
  ASSIGN_OR_RETURN(std::string name, node.as_string());
  RETURN_IF_ERROR(check_name(node, name, what));
  return name;
}

Result<std::string> read_own_name(const YamlNode& definition, std::string_view what) {
  const auto name = definition.find("name");
  if (name) return read_name(*name, what);
  return definition.error(fmt::format("{} without a name", what), "begin it with 'name: ...'");
}

std::string names_mend(std::string_view name, const std::vector<std::string>& names,
                       std::string_view otherwise) {
  const bool shown = !names.empty() && names.size() <= kShownNames;
  return nearest_mend(
      name, names,
      shown ? fmt::format("{}: {}", otherwise, fmt::join(names, ", ")) : std::string(otherwise));
}

}  // namespace coterie::features
