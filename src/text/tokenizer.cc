#include "text/tokenizer.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "base/unicode_case.h"
#include "base/utf8.h"

namespace coterie::text {
namespace {

struct Range {
  uint32_t first, last;
};

bool within(uint32_t code, const Range* ranges, size_t count) {
  return std::any_of(ranges, ranges + count, [code](const Range& range) {
    return code >= range.first && code <= range.last;
  });
}

// What parts words beyond ASCII: punctuation, symbols and blanks; combining marks do not.
constexpr Range kSeparators[] = {
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},      {0xBB, 0xBF},     {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x037E, 0x037E}, {0x0387, 0x0387},  {0x055A, 0x055F}, {0x0589, 0x058A},
    {0x05BE, 0x05BE}, {0x060C, 0x060D}, {0x061B, 0x061F},  {0x066A, 0x066D}, {0x06D4, 0x06D4},
    {0x0964, 0x0965}, {0x0E4F, 0x0E4F}, {0x1680, 0x1680},  {0x2000, 0x206F}, {0x20A0, 0x20CF},
    {0x2100, 0x2BFF}, {0x2E00, 0x2E7F}, {0x3000, 0x3004},  {0x3008, 0x3020}, {0x3030, 0x3030},
    {0x30A0, 0x30A0}, {0x30FB, 0x30FB}, {0xE000, 0xF8FF},  {0xFD3E, 0xFD3F}, {0xFE10, 0xFE1F},
    {0xFE30, 0xFE6F}, {0xFEFF, 0xFEFF}, {0xFF00, 0xFF0F},  {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40},
    {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}};
// Written without blanks between words.
constexpr Range kUnpartedRanges[] = {{0x3005, 0x3007}, {0x3041, 0x309F},  {0x30A1, 0x30FA},
                                     {0x30FC, 0x30FF}, {0x3400, 0x4DBF},  {0x4E00, 0x9FFF},
                                     {0xF900, 0xFAFF}, {0x20000, 0x3FFFF}};

enum class Kind { kSeparator, kInWord, kLetter, kDigit, kUnparted };

Kind kind_of(uint32_t code) {
  if (code < 0x80) {
    if (code >= '0' && code <= '9') return Kind::kDigit;
    const uint32_t folded = code | 0x20U;
    if (folded >= 'a' && folded <= 'z') return Kind::kLetter;
    return code == '\'' ? Kind::kInWord : Kind::kSeparator;
  }
  if (code == 0x2019) return Kind::kInWord;  // the typographic apostrophe
  if (within(code, kSeparators, std::size(kSeparators))) return Kind::kSeparator;
  return within(code, kUnpartedRanges, std::size(kUnpartedRanges)) ? Kind::kUnparted
                                                                   : Kind::kLetter;
}

void append_utf8(char32_t code, std::string& out) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

class Words {
 public:
  explicit Words(std::vector<std::string>& tokens) : tokens_(tokens) {}

  void add(uint32_t code, Kind kind) {
    if (kind == Kind::kInWord) return;
    if (kind == Kind::kSeparator) return end();
    if (kind == Kind::kUnparted) return add_unparted(code);
    if (unparted_ > 0) end();
    append_utf8(lower_code(code), word_);
    ++letters_;
    digits_ |= kind == Kind::kDigit;
  }

  void end() {
    if (unparted_ == 1 || letters_ > 1 || (letters_ == 1 && digits_)) tokens_.push_back(word_);
    word_.clear();
    letters_ = unparted_ = 0;
    digits_ = false;
  }

 private:
  void add_unparted(uint32_t code) {
    if (letters_ > 0) end();
    const size_t before = word_.size();
    append_utf8(code, word_);
    if (++unparted_ == 1) return;
    tokens_.push_back(word_);
    word_.erase(0, before);
  }

  std::vector<std::string>& tokens_;
  std::string word_;  // within an unparted run: its last character
  int letters_ = 0;
  int unparted_ = 0;
  bool digits_ = false;
};

}  // namespace

void append_tokens(std::string_view text, std::vector<std::string>& tokens) {
  Words words(tokens);
  while (!text.empty()) {
    const CodePoint point = next_code_point(text);
    words.add(point.value, point.valid ? kind_of(point.value) : Kind::kSeparator);
    text.remove_prefix(point.bytes);
  }
  words.end();
}

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  append_tokens(text, tokens);
  return tokens;
}

}  // namespace coterie::text
