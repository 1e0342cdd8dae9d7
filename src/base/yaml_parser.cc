#include <array>
#include <sstream>
#include <utility>

#include <fmt/core.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/atomic_file.h"
#include "base/yaml_tree_internal.h"

namespace coterie {
namespace {

using internal::TreeBuilder;
using internal::YamlDocument;
using internal::YamlText;

// Ends parsing at the first sign of a second document.
class SecondDocument : public YAML::EventHandler {
 public:
  struct Found {
    YAML::Mark mark;
  };
  void OnDocumentStart(const YAML::Mark& mark) override { throw Found{mark}; }
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

struct Complaint {
  std::string_view part;  // of yaml-cpp's message
  std::string_view message;
  std::string_view mend;
};

// The parser's commonest complaints in words that say what to do.
constexpr std::array kComplaints = {
    Complaint{"illegal map value", "':' is not allowed here",
              "align this line with its neighbours, or put text that contains ': ' into quotes"},
    Complaint{"end of map not found", "this does not belong to the map above",
              "align keys of one map with each other; put a value with quotes inside into quotes "
              "as a whole"},
    Complaint{"end of sequence not found", "this does not belong to the list above",
              "align the '-' of one list with each other"},
    Complaint{"end of map flow", "a '{' above is not closed",
              "close it with '}'; text with '{', '}' or ',' inside braces needs quotes"},
    Complaint{"end of sequence flow", "a '[' above is not closed",
              "close it with ']'; text with '[', ']' or ',' inside brackets needs quotes"},
    Complaint{"illegal flow end", "a closing bracket without an opening one",
              "remove it, or put the text into quotes"},
    Complaint{"illegal block entry", "'- ' is not allowed here",
              "begin a list on a line of its own, or put the text into quotes"},
    Complaint{"unknown token", "a value cannot begin with this character",
              "put the text into quotes"},
    Complaint{"EOF in scalar", "the file ends inside quotes", "close them"},
    Complaint{"anchor is not defined", "this alias has no anchor",
              "define '&name' before '*name', or put the text into quotes"},
    Complaint{"unknown escape character", "unknown escape in double quotes",
              "write '\\\\' for a backslash, or use single quotes"},
};

constexpr Complaint kTab{"", "a tab in the indentation", "indent with spaces"};

bool is_indented_with_tab(std::string_view line) {
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

Complaint find_complaint(std::string_view raw, std::string_view line) {
  if (is_indented_with_tab(line)) return kTab;
  for (const Complaint& complaint : kComplaints) {
    if (raw.find(complaint.part) != std::string_view::npos) return complaint;
  }
  return {"", raw, ""};
}

Error place_error(Error error, const YAML::Mark& mark, const YamlText& text,
                  const std::string& file) {
  if (mark.is_null()) return std::move(error).at(file);
  return std::move(error).at(file, mark.line + 1, text.character_column(mark.line, mark.column));
}

Error parser_error(const YAML::Exception& exception, const TreeBuilder& builder,
                   const YamlText& text, const std::string& file) {
  const Complaint complaint = find_complaint(exception.msg, text.line(exception.mark.line));
  Error error = invalid_input(fmt::format("not valid YAML: {}", complaint.message))
                    .with_mend(std::string(complaint.mend));
  const TreeBuilder::LineSpan quote = builder.last_long_quote();
  if (quote.first > 0 && exception.mark.line + 1 == quote.last) {
    error.mend = fmt::format("close the quotes that were opened at line {}", quote.first);
  }
  return place_error(std::move(error), exception.mark, text, file);
}

Error second_document_error(const YAML::Mark& mark, const YamlText& text, const std::string& file) {
  Error error = invalid_input("not valid YAML: the document has ended before this")
                    .with_mend("align this line with those above");
  if (text.line(mark.line).starts_with("---")) {
    error = invalid_input("a second document begins here")
                .with_mend("keep one document in a file: remove the '---'");
  }
  return place_error(std::move(error), mark, text, file);
}

}  // namespace

class YamlParser {
 public:
  static YamlNode node_of(std::shared_ptr<const YamlDocument> document) {
    YamlNode node;
    const internal::RawNode* root = document->root;
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
  } catch (internal::YamlFault& fault) {
    return std::move(fault.error);
  } catch (const SecondDocument::Found& found) {
    return second_document_error(found.mark, prepared, file);
  } catch (const YAML::Exception& exception) {
    return parser_error(exception, builder, prepared, file);
  }
  return YamlParser::node_of(builder.take());
}

Result<YamlNode> load_yaml(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, read_file(path));
  return parse_yaml(text, path);
}

}  // namespace coterie
