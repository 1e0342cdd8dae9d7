#include "expr/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "expr/utf8.h"

namespace coterie::expr {
namespace {

constexpr std::array<std::string_view, 15> kKeywords = {"and",  "or",   "not",  "in",   "between",
                                                        "is",   "null", "like", "case", "when",
                                                        "then", "else", "end",  "true", "false"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Beyond ASCII everything is a letter except blanks, punctuation and the typographic quotes that
// word processors put in place of ' and ".
bool is_letter(char32_t code) {
  if (code < 0x80) return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  if (code < 0xC0) return code == 0xAA || code == 0xB5 || code == 0xBA;
  if (code == 0xD7 || code == 0xF7 || code == 0xFEFF) return false;
  return !(code >= 0x2000 && code <= 0x206F) && !(code >= 0x3000 && code <= 0x303F);
}

bool is_name_start(std::string_view text, size_t offset) {
  if (offset >= text.size()) return false;
  const char32_t code = decode_utf8(text, offset);
  return code == '_' || is_letter(code);
}
bool is_name_part(std::string_view text, size_t offset) {
  return offset < text.size() && (is_digit(text[offset]) || is_name_start(text, offset));
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

struct SymbolRow {
  std::string_view written;
  TokenKind kind;
  std::string_view meaning;
};
// Longest first.
constexpr std::array kSymbols = {
    SymbolRow{"&&", TokenKind::kKeyword, "and"}, SymbolRow{"||", TokenKind::kKeyword, "or"},
    SymbolRow{"==", TokenKind::kSymbol, "="},    SymbolRow{"!=", TokenKind::kSymbol, "<>"},
    SymbolRow{"<>", TokenKind::kSymbol, "<>"},   SymbolRow{"<=", TokenKind::kSymbol, "<="},
    SymbolRow{">=", TokenKind::kSymbol, ">="},   SymbolRow{"!", TokenKind::kKeyword, "not"},
    SymbolRow{"=", TokenKind::kSymbol, "="},     SymbolRow{"<", TokenKind::kSymbol, "<"},
    SymbolRow{">", TokenKind::kSymbol, ">"},     SymbolRow{"+", TokenKind::kSymbol, "+"},
    SymbolRow{"-", TokenKind::kSymbol, "-"},     SymbolRow{"*", TokenKind::kSymbol, "*"},
    SymbolRow{"/", TokenKind::kSymbol, "/"},     SymbolRow{"%", TokenKind::kSymbol, "%"},
    SymbolRow{"(", TokenKind::kSymbol, "("},     SymbolRow{")", TokenKind::kSymbol, ")"},
    SymbolRow{",", TokenKind::kSymbol, ","},     SymbolRow{".", TokenKind::kSymbol, "."},
};

class Lexer {
 public:
  Lexer(std::string_view text, const Origin& origin) : text_(text), origin_(origin) {}

  Result<std::vector<Token>> run() {
    const size_t invalid = find_invalid_utf8(text_);
    if (invalid != std::string_view::npos) {
      while (offset_ < invalid) advance();
      return fail("not valid UTF-8", "save the file as UTF-8");
    }
    if (const size_t zero = text_.find('\0'); zero != std::string_view::npos) {
      while (offset_ < zero) advance();
      return fail("unexpected NUL byte", "remove it");
    }
    while (true) {
      skip_blanks();
      if (offset_ >= text_.size()) break;
      RETURN_IF_ERROR(next_token());
    }
    tokens_.push_back({TokenKind::kEnd, "", place_});
    return std::move(tokens_);
  }

 private:
  void advance() {
    if (text_[offset_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
    offset_ += utf8_length(text_[offset_]);
  }
  char peek(size_t ahead = 0) const {
    return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0';
  }
  void skip_blanks() {
    while (offset_ < text_.size() && std::string_view(" \t\r\n").contains(text_[offset_])) {
      advance();
    }
  }
  Error fail(std::string message, std::string mend = {}) const {
    return error_at(origin_, place_, std::move(message), std::move(mend));
  }

  Status next_token() {
    const char c = peek();
    if (c == '\'') return quoted(TokenKind::kText, '\'');
    if (c == '`') return quoted(TokenKind::kQuotedName, '`');
    if (c == '"') {
      return fail("unexpected \"",
                  "write text in single quotes and odd column names in backquotes");
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (is_name_start(text_, offset_)) {
      word();
      return {};
    }
    return symbol();
  }

  std::string character() const {
    return std::string(text_.substr(offset_, utf8_length(text_[offset_])));
  }

  Status quoted(TokenKind kind, char quote) {
    Token token{kind, "", place_};
    advance();
    while (offset_ < text_.size()) {
      if (peek() == quote) {
        advance();
        if (peek() != quote) {
          tokens_.push_back(std::move(token));
          return {};
        }
      }
      token.text += character();
      advance();
    }
    const bool is_text = kind == TokenKind::kText;
    return error_at(origin_, token.place,
                    is_text ? "text without its closing '" : "name without its closing `",
                    is_text ? "close it; a ' inside text is written ''" : "close it with `");
  }

  void digits(std::string& out) {
    while (is_digit(peek())) {
      out += peek();
      advance();
    }
  }

  Status number() {
    Token token{TokenKind::kInteger, "", place_};
    digits(token.text);
    if (peek() == '.' && is_digit(peek(1))) {
      token.kind = TokenKind::kDecimal;
      token.text += '.';
      advance();
      digits(token.text);
    }
    const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      token.kind = TokenKind::kReal;
      for (size_t i = 0; i <= sign; ++i) {
        token.text += peek();
        advance();
      }
      digits(token.text);
    }
    if (is_name_start(text_, offset_) || peek() == '.') {
      return fail("a number runs into '" + character() + "'",
                  "a column name that starts with a digit is written in backquotes");
    }
    tokens_.push_back(std::move(token));
    return {};
  }

  void word() {
    Token token{TokenKind::kName, "", place_};
    const size_t from = offset_;
    while (is_name_part(text_, offset_)) advance();
    token.text = text_.substr(from, offset_ - from);
    // After a point even a keyword is part of a name.
    const bool dotted = !tokens_.empty() && tokens_.back().is_symbol(".");
    if (std::string lower = lower_ascii(token.text); !dotted && is_keyword(lower)) {
      token.kind = TokenKind::kKeyword;
      token.text = std::move(lower);
    }
    tokens_.push_back(std::move(token));
  }

  Status symbol() {
    for (const SymbolRow& row : kSymbols) {
      if (!text_.substr(offset_).starts_with(row.written)) continue;
      tokens_.push_back({row.kind, std::string(row.meaning), place_});
      for (size_t i = 0; i < row.written.size(); ++i) advance();
      return {};
    }
    return fail("unexpected '" + character() + "'",
                static_cast<unsigned char>(peek()) >= 0x80
                    ? "write text in plain single quotes: 'text'"
                    : "");
  }

  std::string_view text_;
  const Origin& origin_;
  size_t offset_ = 0;
  Place place_;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text, const Origin& origin) {
  return Lexer(text, origin).run();
}

bool is_keyword(std::string_view lower_case_word) {
  return std::ranges::find(kKeywords, lower_case_word) != kKeywords.end();
}

bool is_plain_name(std::string_view name) {
  bool first_part = true;
  while (true) {
    const size_t point = name.find('.');
    const std::string_view part = name.substr(0, point);
    if (!is_name_start(part, 0)) return false;
    for (size_t i = 0; i < part.size(); i += utf8_length(part[i])) {
      if (!is_name_part(part, i)) return false;
    }
    if (first_part && is_keyword(lower_ascii(part))) return false;
    if (point == std::string_view::npos) return true;
    name.remove_prefix(point + 1);
    first_part = false;
  }
}

}  // namespace coterie::expr
