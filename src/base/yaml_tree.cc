#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "base/yaml_tree_internal.h"

namespace coterie::internal {
namespace {

using Kind = YamlNode::Kind;

constexpr int64_t kMaxDepth = 64;
constexpr int64_t kMaxNodes = 1'000'000;

// Where the scalar itself begins: after its anchor and tag, and the comments between them.
size_t skip_properties(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = std::min(text.find_first_of(" \t\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t\n", at), text.size());
    while (at < text.size() && text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
      at = std::min(text.find_first_not_of(" \t\n", at), text.size());
    }
  }
  return at;
}

// The quote that closes the one at `open`, or npos.
size_t closing_quote(std::string_view text, size_t open) {
  const char quote = text[open];
  for (size_t at = open + 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      const bool doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
      if (!doubled) return at;
      ++at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

TreeBuilder::TreeBuilder(const YamlText& text, std::string file)
    : text_(text), document_(std::make_shared<YamlDocument>()) {
  document_->file = std::move(file);
}

std::shared_ptr<YamlDocument> TreeBuilder::take() {
  if (document_->root == nullptr) {
    RawNode& empty = document_->nodes.emplace_back();
    empty.complete = true;
    empty.line = empty.column = 1;
    document_->root = &empty;
  }
  return std::move(document_);
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (wants_key()) fail(mark, "a key is missing before ':'", "write 'key: value'");
  RawNode& node = make(mark, Kind::kNull, anchor);
  node.complete = true;
  if (!stack_.empty() && stack_.back().has_key && !is_written_null(mark)) {
    // yaml-cpp points at whatever follows the empty value; the reader looks for its key.
    node.line = stack_.back().node->keys.back().line;
    node.column = stack_.back().node->keys.back().column;
  }
  attach(node);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (wants_key()) fail(mark, "an alias cannot be a key", "write the key out");
  const auto target = anchors_.find(anchor);
  if (target == anchors_.end()) fail(mark, "the anchor of this alias does not name a value");
  if (!target->second->complete) fail(mark, "this alias refers to itself");
  count_nodes(mark, target->second->expanded);
  check_depth(mark, std::ssize(stack_) + target->second->depth);
  attach(*target->second);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  const bool as_text = check_tag(mark, tag);
  check_source(mark, value, as_text);
  if (wants_key()) {
    if (anchor != YAML::NullAnchor) fail(mark, "a key cannot have an anchor", "remove the '&'");
    begin_key(mark, value, as_text);
    return;
  }
  RawNode& node = make(mark, Kind::kScalar, anchor);
  node.text = value;
  node.quoted = as_text;
  node.complete = true;
  attach(node);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
  begin_collection(mark, tag, Kind::kList, anchor, style);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value style) {
  begin_collection(mark, tag, Kind::kMap, anchor, style);
}

void TreeBuilder::fail(const YAML::Mark& mark, std::string message, std::string mend) const {
  throw YamlFault{
      invalid_input(std::move(message))
          .at(document_->file, mark.line + 1, text_.character_column(mark.line, mark.column))
          .for_key(current_path())
          .with_mend(std::move(mend))};
}

std::string TreeBuilder::current_path() const {
  std::string path;
  for (const Frame& frame : stack_) {
    if (frame.node->kind == Kind::kList) {
      path = child_path(path, frame.node->items.size());
    } else if (frame.has_key) {
      path = child_path(path, frame.node->keys.back().name);
    }
  }
  return path;
}

bool TreeBuilder::wants_key() const {
  return !stack_.empty() && stack_.back().node->kind == Kind::kMap && !stack_.back().has_key;
}

bool TreeBuilder::is_written_null(const YAML::Mark& mark) const {
  const std::string_view text = text_.text();
  const size_t at = skip_properties(text, text_.offset(mark.line, mark.column));
  return at < text.size() && std::string_view("~nN").find(text[at]) != std::string_view::npos;
}

bool TreeBuilder::check_tag(const YAML::Mark& mark, const std::string& tag) const {
  // yaml-cpp gives "?" to plain scalars and to collections and "!" to quoted ones.
  if (tag.empty() || tag == "?") return false;
  constexpr std::string_view kStandard = "tag:yaml.org,2002:";
  if (tag == "!" || tag == std::string(kStandard) + "str") return true;
  const std::string shown = tag.starts_with(kStandard) ? "!!" + tag.substr(kStandard.size()) : tag;
  fail(mark, fmt::format("the tag '{}' is not supported", shown),
       "remove it; the type follows from the key");
}

void TreeBuilder::check_source(const YAML::Mark& mark, const std::string& value, bool quoted) {
  // yaml-cpp writes the escapes \_ and \N as single bytes.
  if (find_invalid_utf8(value) != std::string_view::npos) {
    fail(mark, "an escape in these quotes is not supported", "write \\u00A0 or \\u0085");
  }
  const std::string_view text = text_.text();
  const size_t at = skip_properties(text, text_.offset(mark.line, mark.column));
  if (at >= text.size()) return;
  const bool in_quotes = text[at] == '"' || text[at] == '\'';
  if (!quoted && text.substr(at, value.size()) != value) {
    const bool in_brackets = !stack_.empty() && stack_.back().in_brackets;
    fail(mark, "unquoted text goes on over several lines",
         in_brackets ? "close the bracket before the line ends, or quote the text"
                     : "indent the next line like this one if it is a key or an item; else quote "
                       "the text, or write '|' here and the text below");
  }
  if (!quoted || !in_quotes) return;
  const size_t close = closing_quote(text, at);
  if (close == std::string_view::npos) fail(mark, "these quotes are never closed");
  const int64_t lines = std::ranges::count(text.substr(at, close - at), '\n');
  if (lines > 0) last_long_quote_ = {mark.line + 1, mark.line + 1 + lines};
}

void TreeBuilder::begin_key(const YAML::Mark& mark, const std::string& name, bool quoted) {
  Frame& frame = stack_.back();
  if (name == "<<" && !quoted) {
    fail(mark, "merge keys ('<<') are not supported", "write the keys out");
  }
  if (!frame.names.insert(name).second) {
    const auto first = std::ranges::find(frame.node->keys, name, &RawKey::name);
    fail(mark, fmt::format("duplicate key '{}', first at line {}", name, first->line),
         "keep one of them");
  }
  frame.node->keys.push_back(
      {name, mark.line + 1, text_.character_column(mark.line, mark.column), nullptr});
  frame.has_key = true;
}

void TreeBuilder::begin_collection(const YAML::Mark& mark, const std::string& tag, Kind kind,
                                   YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
  if (check_tag(mark, tag)) fail(mark, "the tag '!!str' is not for lists and maps");
  if (wants_key()) fail(mark, "a key must be text, not a list or a map");
  check_depth(mark, std::ssize(stack_) + 1);
  RawNode& node = make(mark, kind, anchor);
  stack_.push_back({&node, style == YAML::EmitterStyle::Flow, false, {}});
}

void TreeBuilder::end_collection() {
  RawNode& node = *stack_.back().node;
  stack_.pop_back();
  node.complete = true;
  attach(node);
}

RawNode& TreeBuilder::make(const YAML::Mark& mark, Kind kind, YAML::anchor_t anchor) {
  count_nodes(mark, 1);
  RawNode& node = document_->nodes.emplace_back();
  node.kind = kind;
  node.line = mark.line + 1;
  node.column = text_.character_column(mark.line, mark.column);
  if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
  return node;
}

void TreeBuilder::attach(const RawNode& node) {
  if (stack_.empty()) {
    document_->root = &node;
    return;
  }
  Frame& frame = stack_.back();
  frame.node->expanded += node.expanded;
  frame.node->depth = std::max(frame.node->depth, node.depth + 1);
  if (frame.node->kind == Kind::kList) {
    frame.node->items.push_back(&node);
  } else {
    frame.node->keys.back().value = &node;
    frame.has_key = false;
  }
}

void TreeBuilder::count_nodes(const YAML::Mark& mark, int64_t more) {
  nodes_ += more;
  if (nodes_ > kMaxNodes) {
    fail(mark,
         fmt::format("more than {} values once aliases are written out", format_count(kMaxNodes)));
  }
}

void TreeBuilder::check_depth(const YAML::Mark& mark, int64_t depth) const {
  if (depth > kMaxDepth) fail(mark, fmt::format("nested deeper than {} levels", kMaxDepth));
}

}  // namespace coterie::internal
