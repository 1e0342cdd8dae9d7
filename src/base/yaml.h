#pragma once
// Strict YAML. yaml-cpp parses; this layer adds what a configuration needs: unknown keys, wrong
// types, duplicate keys and missing keys are errors with file, line, column and the nearest valid
// name, and every value remembers its place so that later checks can point at it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie {

// A node of a parsed document. Cheap to copy; keeps its document alive; immutable and thread-safe.
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

  // Scalars; wrong type -> kInvalidInput with the place. as_int rejects "1.5" and overflow;
  // as_double rejects nan and infinity; as_bool takes true/false/yes/no/on/off.
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
  std::string path() const;  // "sources.items.key"
  std::string file() const;
  int64_t line() const;
  int64_t column() const;
  // The node written out again canonically (keys in file order): for fingerprints.
  std::string to_text() const;

 private:
  friend class YamlParser;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// Parses one document. `file` is only for messages. Duplicate keys at any depth are errors, as are
// aliases that expand beyond 1 M nodes ("billion laughs"), nesting deeper than 64 and more than one
// document.
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
  YamlNode node_;
  std::vector<std::string> asked_;
  std::optional<Error> error_;
};

// The candidate nearest to `name` by edit distance, or "" if none is near (distance > len/2).
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace coterie
