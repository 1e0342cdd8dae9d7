#pragma once
// The parsed tree behind YamlNode, and the two halves of parsing: text and events.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"

namespace coterie {
namespace internal {

struct RawNode;

struct RawKey {
  std::string name;
  int64_t line = 0;
  int64_t column = 0;
  const RawNode* value = nullptr;
};

// Nodes are shared by aliases, so the tree is a graph without cycles.
struct RawNode {
  YamlNode::Kind kind = YamlNode::Kind::kNull;
  bool quoted = false;
  bool complete = false;  // false while its children are being read
  int64_t line = 0;
  int64_t column = 0;
  int64_t expanded = 1;  // nodes when aliases are written out
  int64_t depth = 1;     // levels when aliases are written out
  std::string text;
  std::vector<const RawNode*> items;
  std::vector<RawKey> keys;
};

struct YamlDocument {
  std::string file;
  std::deque<RawNode> nodes;  // owns all; addresses are stable
  const RawNode* root = nullptr;
};

// Text made fit for the parser (no byte order mark, "\n" line ends), which can turn the parser's
// byte positions into the lines and character columns that an editor shows.
class YamlText {
 public:
  // Refuses what is not UTF-8, control characters and more than 4 MiB.
  static Result<YamlText> prepare(std::string_view text, const std::string& file);
  const std::string& text() const { return text_; }
  // `line` and `byte_column` are 0-based, as the parser counts.
  size_t offset(int64_t line, int64_t byte_column) const;
  std::string_view line(int64_t line) const;  // without its end
  // 1-based, in characters.
  int64_t character_column(int64_t line, int64_t byte_column) const;

 private:
  std::string text_;
  std::vector<size_t> line_starts_;
};

enum class ScalarType { kText, kInteger, kReal, kBool, kNull };
// What a plain (unquoted) scalar means. kReal covers infinities and NaN.
ScalarType scalar_type(std::string_view text);

bool is_true(std::string_view text);   // true, yes, on in any case
bool is_false(std::string_view text);  // false, no, off
// Decimal digits with an optional sign, single underscores between digits, no leading zero (which
// YAML 1.1 took for octal and YAML 1.2 does not).
bool is_integer(std::string_view text);
// The text without "+" and underscores, as from_chars wants it.
std::string bare_number(std::string_view text);
bool is_infinite_or_nan(std::string_view text);
// A finite decimal number; nullopt for anything else and on overflow.
std::optional<double> parse_real(std::string_view text);

// Appends the node in one canonical line; see YamlNode::to_text().
void write_canonical(const RawNode& node, std::string& out);

std::string child_path(const std::string& parent, std::string_view key);
std::string child_path(const std::string& parent, size_t index);

}  // namespace internal

struct YamlNode::Impl {
  std::shared_ptr<const internal::YamlDocument> document;
  const internal::RawNode* raw;
  std::string path;
};

}  // namespace coterie
