#pragma once
// From the parser's events to the tree. Keeps yaml-cpp's types inside the two files that include
// this.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include "base/yaml_internal.h"

namespace coterie::internal {

// Carries an error out through yaml-cpp; parse_yaml catches it.
struct YamlFault {
  Error error;
};

// Builds one document. Collections under construction form a stack; a map takes a key and a value
// in turn. What yaml-cpp lets pass though it means something else than it seems to is refused here:
// duplicate keys, quotes that never close, unquoted text over several lines, tags, merge keys.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlText& text, std::string file);

  // The finished document; root is a null node if there was none.
  std::shared_ptr<YamlDocument> take();
  // Lines of the last quoted text that spans several, {0, 0} if none: a forgotten quote closes at
  // the next one, and the parser complains about what follows.
  struct LineSpan {
    int64_t first = 0;
    int64_t last = 0;
  };
  LineSpan last_long_quote() const { return last_long_quote_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { end_collection(); }
  void OnMapEnd() override { end_collection(); }

 private:
  struct Frame {
    RawNode* node;
    bool in_brackets = false;
    bool has_key = false;  // a key was read, its value was not
    std::unordered_set<std::string> names;
  };

  [[noreturn]] void fail(const YAML::Mark& mark, std::string message, std::string mend = {}) const;
  // Key path of the innermost value under construction.
  std::string current_path() const;
  bool wants_key() const;
  // Whether the null stands there as text, not as nothing.
  bool is_written_null(const YAML::Mark& mark) const;
  // Whether the tag says that the scalar is text.
  bool check_tag(const YAML::Mark& mark, const std::string& tag) const;
  // Compares the value with its source text.
  void check_source(const YAML::Mark& mark, const std::string& value, bool quoted);
  void begin_key(const YAML::Mark& mark, const std::string& name, bool quoted);
  void begin_collection(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind,
                        YAML::anchor_t anchor, YAML::EmitterStyle::value style);
  void end_collection();
  RawNode& make(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor);
  // Puts a finished node into its parent.
  void attach(const RawNode& node);
  void count_nodes(const YAML::Mark& mark, int64_t more);
  void check_depth(const YAML::Mark& mark, int64_t depth) const;

  const YamlText& text_;
  std::shared_ptr<YamlDocument> document_;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, const RawNode*> anchors_;
  LineSpan last_long_quote_;
  int64_t nodes_ = 0;
};

}  // namespace coterie::internal
