#pragma once
// Strict YAML. yaml-cpp parses; this layer adds what a configuration needs: unknown keys, wrong
// types, duplicate keys and missing keys are errors with file, line, column and the nearest valid
// name, and every value remembers its place so that later checks can point at it. Every error is
// kInvalidInput. Text is UTF-8 (a byte order mark and CRLF are fine). Left out on purpose: tags
// other than !!str, merge keys (<<) and keys that are not text, because each of them makes a file
// mean something else than it seems to.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace coterie {

// A node of a parsed document. Cheap to copy; keeps its document alive; immutable and thread-safe.
// A default-constructed one is null and has no place.
class YamlNode {
 public:
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind() const;
  bool is_map() const { return kind() == Kind::kMap; }
  bool is_list() const { return kind() == Kind::kList; }
  bool is_scalar() const { return kind() == Kind::kScalar; }
  bool is_null() const { return kind() == Kind::kNull; }
  // Whether the scalar was written in quotes ("yes" is then text, never a boolean).
  bool is_quoted() const;

  // Scalars; wrong type -> kInvalidInput with the place. Numbers and booleans must not be quoted.
  // as_int takes decimal digits, also grouped as 1_370_000, and rejects "1.5", "010" and overflow;
  // as_double rejects nan and infinity; as_bool takes true/false/yes/no/on/off in any case.
  Result<std::string> as_string() const;
  Result<int64_t> as_int() const;
  Result<double> as_double() const;
  Result<bool> as_bool() const;
  // A list of scalars, or one scalar as a list of one.
  Result<std::vector<std::string>> as_string_list() const;

  std::vector<YamlNode> items() const;                            // of a list
  std::vector<std::pair<std::string, YamlNode>> entries() const;  // of a map, in file order
  std::optional<YamlNode> find(std::string_view key) const;       // of a map

  // An error that points at this node: file, line, column, key path.
  Error error(std::string message, std::string mend = {}) const;
  // The same, pointing at the key `key` of this map instead of at its value; the key path stays
  // this map's.
  Error key_error(std::string_view key, std::string message, std::string mend = {}) const;
  std::string path() const;  // "sources.items.key", "models.cf[2]"; "" for the root
  std::string file() const;
  int64_t line() const;
  int64_t column() const;
  // The node written out again canonically in one line of YAML (keys in file order, comments and
  // needless quotes gone): for fingerprints.
  std::string to_text() const;

 private:
  friend class YamlParser;
  struct Impl;
  YamlNode child(const void* raw, std::string path) const;
  std::shared_ptr<const Impl> impl_;
};

// Parses one document. `file` is only for messages. Duplicate keys at any depth are errors, as are
// aliases that expand beyond 1 M nodes ("billion laughs"), nesting deeper than 64, more than one
// document and more than 4 MiB of text. An empty document is a null node.
Result<YamlNode> parse_yaml(std::string_view text, const std::string& file);
Result<YamlNode> load_yaml(const std::string& path);

struct IntRange {
  int64_t min = INT64_MIN;
  int64_t max = INT64_MAX;
};
struct RealRange {
  double min = -1e308;
  double max = 1e308;
};

// Reads a map strictly: ask for every key that is valid, then call finish(), which refuses what was
// never asked for and names the nearest valid key. The first error sticks and is returned by
// finish(), so reading code needs no check per key:
//
//   YamlMap map(node);
//   config.factors = map.integer("factors", 64, {.min = 1, .max = 4096});
//   config.name = map.required_string("name");
//   RETURN_IF_ERROR(map.finish());
//
// A null node (a section without content) reads as an empty map. A key without a value is an error,
// not a default. An unknown key is reported before a missing one: it is usually that one misspelt.
class YamlMap {
 public:
  explicit YamlMap(const YamlNode& node);

  bool has(std::string_view key);  // also marks the key as valid
  std::string string(std::string_view key, std::string_view fallback);
  std::string required_string(std::string_view key);
  int64_t integer(std::string_view key, int64_t fallback, IntRange range = {});
  double real(std::string_view key, double fallback, RealRange range = {});
  bool boolean(std::string_view key, bool fallback);
  std::vector<std::string> string_list(std::string_view key);
  // One of `choices`; the error lists them and the nearest.
  std::string choice(std::string_view key, std::string_view fallback,
                     const std::vector<std::string>& choices);
  std::optional<YamlNode> node(std::string_view key);  // any type; caller reads it

  void fail(Error error);  // keeps the first
  Status finish();

 private:
  std::optional<YamlNode> take(std::string_view key);
  template <typename T>
  std::optional<T> read(std::string_view key, Result<T> (YamlNode::*as)() const);
  YamlNode node_;
  std::vector<std::string> asked_;
  std::optional<Error> error_;
  std::optional<Error> missing_;
};

}  // namespace coterie
