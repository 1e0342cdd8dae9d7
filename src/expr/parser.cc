#include "expr/parser.h"

#include <charconv>
#include <utility>
#include <vector>

#include "expr/calendar.h"
#include "expr/lexer.h"
#include "expr/literal_internal.h"

namespace coterie::expr {
namespace {

// How tightly an operator holds its operands.
enum Power : int {
  kLowest = 0,
  kOrPower,
  kAndPower,
  kNotPower,
  kComparePower,
  kAddPower,
  kMultiplyPower
};

struct BinaryRow {
  std::string_view symbol;
  Operator op;
  Power power;
};
constexpr BinaryRow kBinary[] = {
    {"=", Operator::kEqual, kComparePower},     {"<>", Operator::kNotEqual, kComparePower},
    {"<", Operator::kLess, kComparePower},      {"<=", Operator::kLessEqual, kComparePower},
    {">", Operator::kGreater, kComparePower},   {">=", Operator::kGreaterEqual, kComparePower},
    {"+", Operator::kAdd, kAddPower},           {"-", Operator::kSubtract, kAddPower},
    {"*", Operator::kMultiply, kMultiplyPower}, {"/", Operator::kDivide, kMultiplyPower},
    {"%", Operator::kModulo, kMultiplyPower},
};

class Parser {
 public:
  Parser(std::vector<Token> tokens, const Origin& origin)
      : tokens_(std::move(tokens)), origin_(origin) {}

  Result<NodePtr> run() {
    if (current().kind == TokenKind::kEnd) {
      return fail("the expression is empty", "write a column name or a comparison");
    }
    ASSIGN_OR_RETURN(NodePtr tree, expression(kLowest));
    if (current().kind != TokenKind::kEnd) return unexpected("an operator or the end");
    return tree;
  }

 private:
  const Token& current() const { return tokens_[position_]; }
  const Token& ahead(size_t n) const {
    return tokens_[std::min(position_ + n, tokens_.size() - 1)];
  }
  Token take() { return tokens_[position_ + 1 < tokens_.size() ? position_++ : position_]; }
  bool skip_word(std::string_view word) {
    if (!current().is_word(word)) return false;
    ++position_;
    return true;
  }
  bool skip_symbol(std::string_view symbol) {
    if (!current().is_symbol(symbol)) return false;
    ++position_;
    return true;
  }
  Error fail(std::string message, std::string mend = {}) const {
    return error_at(origin_, current().place, std::move(message), std::move(mend));
  }
  Error unexpected(std::string_view wanted) const {
    const Token& token = current();
    std::string found = token.kind == TokenKind::kEnd ? "the end" : "'" + token.text + "'";
    std::string mend;
    if (token.is_word("in") || token.is_word("like") || token.is_word("is")) {
      mend = "write it between operands: x " + token.text + " ...";
    } else if (token.kind == TokenKind::kKeyword) {
      mend = "a column of that name is written `" + token.text + "`";
    }
    return fail("expected " + std::string(wanted) + ", found " + found, std::move(mend));
  }
  Status expect_symbol(std::string_view symbol) {
    if (!skip_symbol(symbol)) return unexpected("'" + std::string(symbol) + "'");
    return {};
  }
  Status expect_word(std::string_view word) {
    if (!skip_word(word)) return unexpected("'" + std::string(word) + "'");
    return {};
  }
  Status check_depth(int depth, Place place) const {
    if (depth <= kMaxDepth) return {};
    return error_at(origin_, place,
                    "the expression is more than " + std::to_string(kMaxDepth) + " levels deep",
                    "split it into several derived columns");
  }

  // A level of the tree costs at most two levels of nesting (an operand and its parentheses), so
  // that whatever passes check_depth() can be printed and read again.
  Status check_nesting() { return check_depth(++nesting_ / 3, current().place); }

  // Everything whose operators hold at least as tightly as `least`.
  Result<NodePtr> expression(int least) {
    RETURN_IF_ERROR(check_nesting());
    ASSIGN_OR_RETURN(NodePtr left, prefix(least));
    bool compared = false;
    while (true) {
      const int power = power_of_current();
      if (power == kLowest || power < least) break;
      if (power == kComparePower && std::exchange(compared, true)) {
        return fail("comparisons cannot be chained",
                    "write a < b and b < c, or put one comparison in parentheses");
      }
      ASSIGN_OR_RETURN(left, infix(std::move(left), power));
      RETURN_IF_ERROR(check_depth(left->depth, left->place));
    }
    --nesting_;
    return left;
  }

  int power_of_current() const {
    const Token& token = current();
    if (token.kind == TokenKind::kSymbol) {
      for (const BinaryRow& row : kBinary) {
        if (row.symbol == token.text) return row.power;
      }
      return kLowest;
    }
    if (token.is_word("or")) return kOrPower;
    if (token.is_word("and")) return kAndPower;
    const bool comparison = token.is_word("in") || token.is_word("between") ||
                            token.is_word("like") || token.is_word("is") || token.is_word("not");
    return comparison ? kComparePower : kLowest;
  }

  Result<NodePtr> infix(NodePtr left, int power) {
    const Token token = take();
    if (token.kind == TokenKind::kSymbol) return binary(std::move(left), token);
    if (power == kOrPower || power == kAndPower) return logic(std::move(left), token, power);
    if (token.is_word("is")) return is_null(std::move(left), token.place);
    if (!token.is_word("not")) return comparison_word(std::move(left), token, false);
    const Token word = take();
    if (!word.is_word("in") && !word.is_word("between") && !word.is_word("like")) {
      --position_;
      return unexpected("in, between or like after 'not'");
    }
    return comparison_word(std::move(left), word, true);
  }

  Result<NodePtr> binary(NodePtr left, const Token& token) {
    const BinaryRow* row = kBinary;
    while (row->symbol != token.text) ++row;
    ASSIGN_OR_RETURN(NodePtr right, expression(row->power + 1));
    const NodeKind kind = row->power == kComparePower ? NodeKind::kCompare : NodeKind::kArithmetic;
    auto node = make_node(kind, token.place, std::move(left), std::move(right));
    node->op = row->op;
    return node;
  }

  Result<NodePtr> logic(NodePtr left, const Token& token, int power) {
    const NodeKind kind = power == kOrPower ? NodeKind::kOr : NodeKind::kAnd;
    ASSIGN_OR_RETURN(NodePtr right, expression(power + 1));
    if (left->kind != kind) return make_node(kind, token.place, std::move(left), std::move(right));
    add_child(*left, std::move(right));
    return left;
  }

  Result<NodePtr> is_null(NodePtr left, Place place) {
    const bool negated = skip_word("not");
    RETURN_IF_ERROR(expect_word("null"));
    auto node = make_node(NodeKind::kIsNull, place, std::move(left));
    node->negated = negated;
    return node;
  }

  Result<NodePtr> comparison_word(NodePtr left, const Token& word, bool negated) {
    auto node = make_node(NodeKind::kIn, word.place, std::move(left));
    node->negated = negated;
    if (word.is_word("in")) {
      RETURN_IF_ERROR(expect_symbol("("));
      RETURN_IF_ERROR(list_into(*node));
      return node;
    }
    node->kind = word.is_word("like") ? NodeKind::kLike : NodeKind::kBetween;
    ASSIGN_OR_RETURN(NodePtr first, expression(kAddPower));
    add_child(*node, std::move(first));
    if (node->is(NodeKind::kLike)) return node;
    RETURN_IF_ERROR(expect_word("and"));
    ASSIGN_OR_RETURN(NodePtr last, expression(kAddPower));
    add_child(*node, std::move(last));
    return node;
  }

  // One or more expressions up to and including ")".
  Status list_into(Node& node) {
    do {
      ASSIGN_OR_RETURN(NodePtr item, expression(kLowest));
      add_child(node, std::move(item));
    } while (skip_symbol(","));
    return expect_symbol(")");
  }

  Result<NodePtr> prefix(int least) {
    const Token& token = current();
    if (token.is_word("not")) {
      if (least > kNotPower) return fail("'not' needs parentheses here", "write (not ...)");
      const Place place = take().place;
      ASSIGN_OR_RETURN(NodePtr operand, expression(kNotPower));
      return make_node(NodeKind::kNot, place, std::move(operand));
    }
    if (token.is_symbol("-")) return negation();
    if (token.is_word("case")) return case_when();
    if (skip_symbol("(")) {
      ASSIGN_OR_RETURN(NodePtr inner, expression(kLowest));
      RETURN_IF_ERROR(expect_symbol(")"));
      return inner;
    }
    return primary();
  }

  Result<NodePtr> negation() {
    const Place place = take().place;
    const bool number = current().kind == TokenKind::kInteger ||
                        current().kind == TokenKind::kDecimal || current().kind == TokenKind::kReal;
    if (number) {
      Token token = take();
      token.text.insert(0, "-");
      token.place = place;
      return make_number(token, origin_);
    }
    RETURN_IF_ERROR(check_nesting());
    ASSIGN_OR_RETURN(NodePtr operand, prefix(kMultiplyPower + 1));
    --nesting_;
    auto node = make_node(NodeKind::kNegate, place, std::move(operand));
    RETURN_IF_ERROR(check_depth(node->depth, place));
    return node;
  }

  Result<NodePtr> case_when() {
    auto node = make_node(NodeKind::kCase, take().place);
    if (!current().is_word("when")) {
      return fail("expected 'when' after 'case'", "write case when x = 1 then ... else ... end");
    }
    while (skip_word("when")) {
      ASSIGN_OR_RETURN(NodePtr condition, expression(kLowest));
      RETURN_IF_ERROR(expect_word("then"));
      ASSIGN_OR_RETURN(NodePtr value, expression(kLowest));
      add_child(*node, std::move(condition));
      add_child(*node, std::move(value));
    }
    if (skip_word("else")) {
      ASSIGN_OR_RETURN(NodePtr other, expression(kLowest));
      add_child(*node, std::move(other));
    }
    RETURN_IF_ERROR(expect_word("end"));
    return node;
  }

  Result<NodePtr> primary() {
    const Token token = current();
    switch (token.kind) {
      case TokenKind::kInteger:
      case TokenKind::kDecimal:
      case TokenKind::kReal:
        take();
        return make_number(token, origin_);
      case TokenKind::kText:
        take();
        return make_text(token.text, token.place);
      case TokenKind::kName:
      case TokenKind::kQuotedName:
        return named();
      default:
        break;
    }
    if (token.is_word("null") || token.is_word("true") || token.is_word("false")) {
      take();
      return make_word(token.text, token.place);
    }
    return unexpected("a value");
  }

  Result<NodePtr> named() {
    const Token token = take();
    if (token.kind == TokenKind::kName && current().kind == TokenKind::kText) {
      return make_moment(token, take(), origin_);
    }
    if (token.kind == TokenKind::kName && skip_symbol("(")) return call(token);
    auto node = make_node(NodeKind::kColumn, token.place);
    node->text = token.text;
    while (skip_symbol(".")) {
      if (current().kind != TokenKind::kName && current().kind != TokenKind::kQuotedName) {
        return unexpected("a name after '.'");
      }
      node->text += "." + take().text;
    }
    return node;
  }

  Result<NodePtr> call(const Token& name) {
    auto node = make_node(NodeKind::kCall, name.place);
    node->text = name.text;
    for (char& c : node->text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (!skip_symbol(")")) RETURN_IF_ERROR(list_into(*node));
    if (node->text != "if") return node;
    if (node->children.size() != 3) {
      return error_at(origin_, name.place,
                      "if takes 3 arguments, not " + std::to_string(node->children.size()),
                      "write if(condition, value, other value)");
    }
    node->kind = NodeKind::kCase;
    node->text.clear();
    return node;
  }

  std::vector<Token> tokens_;
  const Origin& origin_;
  size_t position_ = 0;
  int nesting_ = 0;
};

}  // namespace

Result<NodePtr> parse_tree(std::string_view text, const Origin& origin) {
  if (text.size() > kMaxLength) {
    return error_at(origin, {},
                    "the expression is " + std::to_string(text.size()) + " bytes long, at most " +
                        std::to_string(kMaxLength) + " are read",
                    "split it into several derived columns");
  }
  ASSIGN_OR_RETURN(auto tokens, tokenize(text, origin));
  return Parser(std::move(tokens), origin).run();
}

}  // namespace coterie::expr
