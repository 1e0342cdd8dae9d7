#include <array>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "base/yaml_internal.h"

namespace coterie {
namespace {

using internal::RawKey;
using internal::RawNode;
using internal::YamlDocument;
using internal::YamlText;
using Kind = YamlNode::Kind;

constexpr int64_t kMaxDepth = 64;
constexpr int64_t kMaxNodes = 1'000'000;

// Carries an error of ours out through yaml-cpp; never leaves this file.
struct Fault {
  Error error;
};

// Builds the tree from the parser's events. Keys are scalars; collections under construction form a
// stack.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlText& text, std::string file)
      : text_(text), document_(std::make_shared<YamlDocument>()) {
    document_->file = std::move(file);
  }

  std::shared_ptr<YamlDocument> take() { return std::move(document_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (wants_key()) fail(mark, "a key is missing before ':'", "write 'key: value'");
    RawNode& node = make(mark, Kind::kNull, anchor);
    complete(node, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (wants_key()) fail(mark, "an alias cannot be a key", "write the key out");
    const RawNode* target = anchors_[anchor];
    if (target == nullptr || !target->complete) fail(mark, "this alias refers to itself");
    count_nodes(mark, target->expanded);
    check_depth(mark, std::ssize(stack_) + target->depth);
    attach(*target, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool as_text = check_tag(mark, tag);
    if (wants_key()) {
      begin_key(mark, value, as_text);
      return;
    }
    RawNode& node = make(mark, Kind::kScalar, anchor);
    node.text = value;
    node.quoted = as_text;
    complete(node, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin_collection(mark, tag, Kind::kList, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin_collection(mark, tag, Kind::kMap, anchor);
  }
  void OnSequenceEnd() override { end_collection(); }
  void OnMapEnd() override { end_collection(); }

 private:
  struct Frame {
    RawNode* node;
    YAML::Mark mark;
    bool has_key = false;  // a key was read, its value was not
    std::unordered_set<std::string> names;
  };

  [[noreturn]] void fail(const YAML::Mark& mark, std::string message, std::string mend = {}) const {
    throw Fault{
        invalid_input(std::move(message))
            .at(document_->file, mark.line + 1, text_.character_column(mark.line, mark.column))
            .for_key(current_path())
            .with_mend(std::move(mend))};
  }

  // Path of the innermost value under construction.
  std::string current_path() const {
    std::string path;
    for (const Frame& frame : stack_) {
      if (frame.node->kind == Kind::kList) {
        path = internal::child_path(path, frame.node->items.size());
      } else if (frame.has_key) {
        path = internal::child_path(path, frame.node->keys.back().name);
      }
    }
    return path;
  }

  bool wants_key() const {
    return !stack_.empty() && stack_.back().node->kind == Kind::kMap && !stack_.back().has_key;
  }

  // Whether the tag says that the scalar is text. yaml-cpp gives "?" to plain scalars and to
  // collections and "!" to quoted ones.
  bool check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?") return false;
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return true;
    fail(mark, fmt::format("the tag '{}' is not supported", tag),
         "remove it; the type follows from the key");
  }

  void begin_key(const YAML::Mark& mark, const std::string& name, bool quoted) {
    Frame& frame = stack_.back();
    if (name == "<<" && !quoted) {
      fail(mark, "merge keys ('<<') are not supported", "write the keys out");
    }
    if (!frame.names.insert(name).second) {
      for (const RawKey& key : frame.node->keys) {
        if (key.name == name) {
          fail(mark, fmt::format("duplicate key '{}', first at line {}", name, key.line),
               "keep one of them");
        }
      }
    }
    frame.node->keys.push_back(
        {name, mark.line + 1, text_.character_column(mark.line, mark.column), nullptr});
    frame.has_key = true;
  }

  void begin_collection(const YAML::Mark& mark, const std::string& tag, Kind kind,
                        YAML::anchor_t anchor) {
    if (check_tag(mark, tag)) fail(mark, "the tag '!!str' is not for lists and maps");
    if (wants_key()) fail(mark, "a key must be text, not a list or a map");
    check_depth(mark, std::ssize(stack_) + 1);
    RawNode& node = make(mark, kind, anchor);
    stack_.push_back({&node, mark, false, {}});
  }

  void end_collection() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    complete(*frame.node, frame.mark);
  }

  RawNode& make(const YAML::Mark& mark, Kind kind, YAML::anchor_t anchor) {
    count_nodes(mark, 1);
    RawNode& node = document_->nodes.emplace_back();
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = text_.character_column(mark.line, mark.column);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    return node;
  }

  void complete(RawNode& node, const YAML::Mark& mark) {
    node.complete = true;
    attach(node, mark);
  }

  void attach(const RawNode& node, const YAML::Mark&) {
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

  void count_nodes(const YAML::Mark& mark, int64_t more) {
    nodes_ += more;
    if (nodes_ > kMaxNodes) {
      fail(mark, fmt::format("more than {} values once aliases are written out",
                             format_count(kMaxNodes)));
    }
  }

  void check_depth(const YAML::Mark& mark, int64_t depth) const {
    if (depth > kMaxDepth) fail(mark, fmt::format("nested deeper than {} levels", kMaxDepth));
  }

  const YamlText& text_;
  std::shared_ptr<YamlDocument> document_;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, const RawNode*> anchors_;
  int64_t nodes_ = 0;
};

// Ends parsing at the first sign of a second document.
class SecondDocument : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { throw mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// What to do about the parser's commonest complaints.
std::string mend_for(std::string_view complaint) {
  struct Row {
    std::string_view part;
    std::string_view mend;
  };
  constexpr std::array kRows = {
      Row{"tab", "indent with spaces, not tabs"},
      Row{"illegal map value", "put text that contains ': ' into quotes"},
      Row{"end of map flow", "close the '{' with '}'"},
      Row{"end of sequence flow", "close the '[' with ']'"},
      Row{"end of map not found", "align this line with the keys it belongs to"},
      Row{"end of sequence not found", "align this line with the '-' above it"},
      Row{"EOF in scalar", "close the quotes"},
      Row{"anchor is not defined", "define it with '&name' before it is used"},
  };
  for (const Row& row : kRows) {
    if (complaint.find(row.part) != std::string_view::npos) return std::string(row.mend);
  }
  return {};
}

Error parser_error(const YAML::Exception& exception, const YamlText& text,
                   const std::string& file) {
  const YAML::Mark& mark = exception.mark;
  Error error =
      invalid_input("not valid YAML: " + exception.msg).with_mend(mend_for(exception.msg));
  if (mark.is_null()) return std::move(error).at(file);
  return std::move(error).at(file, mark.line + 1, text.character_column(mark.line, mark.column));
}

}  // namespace

class YamlParser {
 public:
  static YamlNode node_of(std::shared_ptr<const YamlDocument> document) {
    YamlNode node;
    const RawNode* root = document->root;
    node.impl_ = std::make_shared<YamlNode::Impl>(std::move(document), root, "");
    return node;
  }
};

Result<YamlNode> parse_yaml(std::string_view text, const std::string& file) {
  ASSIGN_OR_RETURN(const YamlText prepared, YamlText::prepare(text, file));
  TreeBuilder builder(prepared, file);
  try {
    std::istringstream stream(prepared.text());
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    SecondDocument second;
    parser.HandleNextDocument(second);
  } catch (Fault& fault) {
    return std::move(fault.error);
  } catch (const YAML::Mark& mark) {
    return invalid_input("a second document begins here")
        .at(file, mark.line + 1, prepared.character_column(mark.line, mark.column))
        .with_mend("keep one document in a file: remove the '---'");
  } catch (const YAML::Exception& exception) {
    return parser_error(exception, prepared, file);
  }
  const std::shared_ptr<YamlDocument> document = builder.take();
  if (document->root == nullptr) {
    RawNode& empty = document->nodes.emplace_back();
    empty.complete = true;
    empty.line = empty.column = 1;
    document->root = &empty;
  }
  return YamlParser::node_of(document);
}

Result<YamlNode> load_yaml(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, read_file(path));
  return parse_yaml(text, path);
}

}  // namespace coterie
