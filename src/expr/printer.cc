#include "expr/printer.h"

#include "expr/calendar.h"
#include "expr/lexer.h"
#include "expr/number_text.h"

namespace coterie::expr {
namespace {

enum Level : int {
  kOrLevel = 1,
  kAndLevel,
  kNotLevel,
  kCompareLevel,
  kAddLevel,
  kMultiplyLevel,
  kUnaryLevel,
  kAtom
};

int level_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::kOr:
      return kOrLevel;
    case NodeKind::kAnd:
      return kAndLevel;
    case NodeKind::kNot:
      return kNotLevel;
    case NodeKind::kCompare:
    case NodeKind::kIn:
    case NodeKind::kBetween:
    case NodeKind::kLike:
    case NodeKind::kIsNull:
      return kCompareLevel;
    case NodeKind::kArithmetic:
      return node.op == Operator::kAdd || node.op == Operator::kSubtract ? kAddLevel
                                                                         : kMultiplyLevel;
    case NodeKind::kNegate:
      return kUnaryLevel;
    case NodeKind::kConvert:
      return level_of(*node.children[0]);
    default:
      return kAtom;
  }
}

std::string in_quotes(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

class Printer {
 public:
  std::string take() { return std::move(out_); }

  // Writes `node`, in parentheses if it holds its operands more loosely than `least`.
  void write(const Node& node, int least) {
    const bool wrap = level_of(node) < least;
    if (wrap) out_ += '(';
    write_bare(node);
    if (wrap) out_ += ')';
  }

 private:
  void write_bare(const Node& node) {
    switch (node.kind) {
      case NodeKind::kLiteral:
        return literal(node);
      case NodeKind::kColumn:
        out_ += print_name(node.text);
        return;
      case NodeKind::kConvert:
        return write_bare(*node.children[0]);
      case NodeKind::kNegate:
        return negation(node);
      case NodeKind::kNot:
        return prefix("not ", node, kNotLevel);
      case NodeKind::kArithmetic:
        return binary(node, level_of(node), level_of(node) + 1);
      case NodeKind::kCompare:
        return binary(node, kAddLevel, kAddLevel);
      case NodeKind::kAnd:
        return list(node, 0, " and ", kNotLevel);
      case NodeKind::kOr:
        return list(node, 0, " or ", kAndLevel);
      case NodeKind::kCase:
        return case_when(node);
      case NodeKind::kCall:
        out_ += node.text + "(";
        list(node, 0, ", ", kOrLevel);
        out_ += ')';
        return;
      default:
        return comparison_word(node);
    }
  }

  // A number right behind the sign would be read as a negative literal.
  void negation(const Node& node) {
    prefix("-", node, node.children[0]->is(NodeKind::kLiteral) ? kAtom + 1 : kUnaryLevel);
  }

  void prefix(std::string_view word, const Node& node, int least) {
    out_ += word;
    write(*node.children[0], least);
  }

  void binary(const Node& node, int left, int right) {
    write(*node.children[0], left);
    out_.append(" ").append(operator_text(node.op)).append(" ");
    write(*node.children[1], right);
  }

  void list(const Node& node, size_t first, std::string_view separator, int least) {
    for (size_t i = first; i < node.children.size(); ++i) {
      if (i > first) out_ += separator;
      write(*node.children[i], least);
    }
  }

  void comparison_word(const Node& node) {
    write(*node.children[0], kAddLevel);
    if (node.is(NodeKind::kIsNull)) {
      out_ += node.negated ? " is not null" : " is null";
      return;
    }
    out_ += node.negated ? " not " : " ";
    if (node.is(NodeKind::kIn)) {
      out_ += "in (";
      list(node, 1, ", ", kOrLevel);
      out_ += ')';
      return;
    }
    out_ += node.is(NodeKind::kLike) ? "like " : "between ";
    list(node, 1, " and ", kAddLevel);
  }

  void case_when(const Node& node) {
    out_ += "case";
    const size_t pairs = node.children.size() / 2;
    for (size_t i = 0; i < pairs; ++i) {
      out_ += " when ";
      write(*node.children[2 * i], kOrLevel);
      out_ += " then ";
      write(*node.children[2 * i + 1], kOrLevel);
    }
    const Node& other = *node.children.back();
    const bool null_else = other.is(NodeKind::kLiteral) && other.value.null;
    if (node.children.size() % 2 == 1 && !null_else) {
      out_ += " else ";
      write(other, kOrLevel);
    }
    out_ += " end";
  }

  void literal(const Node& node) {
    if (node.value.null) {
      out_ += "null";
      return;
    }
    switch (node.type.kind) {
      case TypeKind::kNull:
        break;
      case TypeKind::kBool:
        out_ += node.value.integer != 0 ? "true" : "false";
        break;
      case TypeKind::kInt:
        out_ += std::to_string(node.value.integer);
        break;
      case TypeKind::kDecimal:
        append_decimal(out_, node.value.integer, node.type.scale);
        break;
      case TypeKind::kReal:
        out_ += real_literal(node.value.real);
        break;
      case TypeKind::kText:
        out_ += in_quotes(node.text, '\'');
        break;
      case TypeKind::kDate:
        out_ += "date '";
        append_date(out_, node.value.integer);
        out_ += '\'';
        break;
      case TypeKind::kTimestamp:
        out_ += "timestamp '";
        append_timestamp(out_, node.value.integer);
        out_ += '\'';
        break;
    }
  }

  std::string out_;
};

}  // namespace

std::string print_tree(const Node& tree) {
  Printer printer;
  printer.write(tree, kOrLevel);
  return printer.take();
}

std::string print_name(std::string_view name) {
  return is_plain_name(name) ? std::string(name) : in_quotes(name, '`');
}

}  // namespace coterie::expr
