#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/yaml_internal.h"

namespace coterie::internal {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A plain scalar that no YAML reader takes for anything else, in a flow collection too.
bool is_simple(std::string_view text) {
  constexpr std::string_view kMarks = "_./+-";
  const auto allowed = [&](char c) {
    return is_letter_or_digit(c) || kMarks.find(c) != std::string_view::npos;
  };
  if (text.empty() || !std::ranges::all_of(text, allowed)) return false;
  if (!is_letter_or_digit(text[0]) && text.size() == 1) return false;
  return !text.starts_with("--") && !text.starts_with("..");
}

std::string canonical_scalar(std::string_view text, bool quoted) {
  const bool ambiguous = quoted && scalar_type(text) != ScalarType::kText;
  if (is_simple(text) && !ambiguous) return std::string(text);
  return nlohmann::json(text).dump();
}

}  // namespace

void write_canonical(const RawNode& node, std::string& out) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      out += "null";
      return;
    case YamlNode::Kind::kScalar:
      out += canonical_scalar(node.text, node.quoted);
      return;
    case YamlNode::Kind::kList: {
      out += '[';
      for (const RawNode* item : node.items) {
        if (out.back() != '[') out += ", ";
        write_canonical(*item, out);
      }
      out += ']';
      return;
    }
    case YamlNode::Kind::kMap: {
      out += '{';
      for (const RawKey& key : node.keys) {
        if (out.back() != '{') out += ", ";
        const std::string name = canonical_scalar(key.name, true);
        // YAML allows 1,024 characters before the ':' unless '?' announces a key.
        out += (name.size() > 1000 ? "? " : "") + name + ": ";
        write_canonical(*key.value, out);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace coterie::internal
