#include <charconv>

#include <fmt/core.h>

#include "base/utf8.h"
#include "base/yaml_internal.h"

namespace coterie {
namespace internal {
namespace {

std::string shortened(std::string_view text) {
  constexpr int kShown = 60;
  const std::string_view shown = fit_width(text, kShown);
  return shown.size() == text.size() ? std::string(text) : std::string(shown) + "...";
}

std::string describe(const RawNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return fmt::format("{}'{}'", node.quoted ? "the text " : "", shortened(node.text));
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "nothing";
}

const RawNode& no_node() {
  static const RawNode node;
  return node;
}

}  // namespace

std::string child_path(const std::string& parent, std::string_view key) {
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}
std::string child_path(const std::string& parent, size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

}  // namespace internal

using internal::RawNode;

namespace {

const RawNode& raw_of(const auto& impl) { return impl ? *impl->raw : internal::no_node(); }

}  // namespace

YamlNode YamlNode::child(const void* raw, std::string path) const {
  YamlNode node;
  node.impl_ =
      std::make_shared<Impl>(impl_->document, static_cast<const RawNode*>(raw), std::move(path));
  return node;
}

YamlNode::Kind YamlNode::kind() const { return raw_of(impl_).kind; }
bool YamlNode::is_quoted() const { return raw_of(impl_).quoted; }
std::string YamlNode::path() const { return impl_ ? impl_->path : ""; }
std::string YamlNode::file() const { return impl_ ? impl_->document->file : ""; }
int64_t YamlNode::line() const { return raw_of(impl_).line; }
int64_t YamlNode::column() const { return raw_of(impl_).column; }

std::string YamlNode::to_text() const {
  std::string out;
  internal::write_canonical(raw_of(impl_), out);
  return out;
}

Error YamlNode::error(std::string message, std::string mend) const {
  return invalid_input(std::move(message))
      .at(file(), line(), column())
      .for_key(path())
      .with_mend(std::move(mend));
}

Error YamlNode::key_error(std::string_view key, std::string message, std::string mend) const {
  Error error = this->error(std::move(message), std::move(mend));
  for (const internal::RawKey& raw_key : raw_of(impl_).keys) {
    if (raw_key.name != key) continue;
    error.line = raw_key.line;
    error.column = raw_key.column;
  }
  return error;
}

Result<std::string> YamlNode::as_string() const {
  const RawNode& raw = raw_of(impl_);
  if (raw.kind == Kind::kScalar) return raw.text;
  return error("expected text, found " + internal::describe(raw));
}

Result<int64_t> YamlNode::as_int() const {
  const RawNode& raw = raw_of(impl_);
  const std::string wrong = "expected a whole number, found " + internal::describe(raw);
  if (raw.kind != Kind::kScalar) return error(wrong);
  if (!internal::is_integer(raw.text)) return error(wrong);
  if (raw.quoted) return error(wrong, "remove the quotes");
  const std::string bare = internal::bare_number(raw.text);
  int64_t value = 0;
  const auto end = std::from_chars(bare.data(), bare.data() + bare.size(), value);
  if (end.ec != std::errc()) return error(fmt::format("'{}' is too large", bare));
  return value;
}

Result<double> YamlNode::as_double() const {
  const RawNode& raw = raw_of(impl_);
  const std::string wrong = "expected a number, found " + internal::describe(raw);
  if (raw.kind != Kind::kScalar) return error(wrong);
  const std::optional<double> value = internal::parse_real(raw.text);
  if (!value && !raw.quoted && internal::is_infinite_or_nan(raw.text)) {
    return error(fmt::format("expected a finite number, found '{}'", raw.text));
  }
  if (!value) return error(wrong);
  if (raw.quoted) return error(wrong, "remove the quotes");
  return *value;
}

Result<bool> YamlNode::as_bool() const {
  const RawNode& raw = raw_of(impl_);
  const std::string wrong = "expected true or false, found " + internal::describe(raw);
  if (raw.kind != Kind::kScalar) return error(wrong);
  const bool yes = internal::is_true(raw.text);
  if (!yes && !internal::is_false(raw.text)) return error(wrong);
  if (raw.quoted) return error(wrong, "remove the quotes");
  return yes;
}

Result<std::vector<std::string>> YamlNode::as_string_list() const {
  const RawNode& raw = raw_of(impl_);
  if (raw.kind == Kind::kScalar) return std::vector<std::string>{raw.text};
  if (raw.kind != Kind::kList) {
    return error("expected text or a list of texts, found " + internal::describe(raw));
  }
  std::vector<std::string> texts;
  for (const YamlNode& item : items()) {
    ASSIGN_OR_RETURN(std::string text, item.as_string());
    texts.push_back(std::move(text));
  }
  return texts;
}

std::vector<YamlNode> YamlNode::items() const {
  std::vector<YamlNode> nodes;
  const RawNode& raw = raw_of(impl_);
  for (size_t i = 0; i < raw.items.size(); ++i) {
    nodes.push_back(child(raw.items[i], internal::child_path(impl_->path, i)));
  }
  return nodes;
}

std::vector<std::pair<std::string, YamlNode>> YamlNode::entries() const {
  std::vector<std::pair<std::string, YamlNode>> pairs;
  for (const internal::RawKey& key : raw_of(impl_).keys) {
    pairs.emplace_back(key.name, child(key.value, internal::child_path(impl_->path, key.name)));
  }
  return pairs;
}

std::optional<YamlNode> YamlNode::find(std::string_view key) const {
  for (const internal::RawKey& raw_key : raw_of(impl_).keys) {
    if (raw_key.name == key) {
      return child(raw_key.value, internal::child_path(impl_->path, key));
    }
  }
  return std::nullopt;
}

}  // namespace coterie
