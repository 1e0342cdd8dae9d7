#include <algorithm>
#include <cstring>
#include <limits>

#include "base/unicode_case.h"
#include "expr/arena.h"
#include "expr/kernel.h"
#include "expr/like.h"
#include "expr/utf8.h"

namespace coterie::expr {
namespace {

// Offsets and lengths beyond it are null, as in SQL.
constexpr int64_t kLargestOffset = INT32_MAX;

template <char32_t (*f)(char32_t)>
bool map_case(std::string_view a, std::string_view& out, const KernelCall& call) {
  // A letter grows from two bytes to three at most, a stray byte of malformed text from one to two.
  char* const bytes = call.arena->allocate(a.size() * 2 + 4);
  size_t written = 0;
  for (size_t i = 0; i < a.size(); i += utf8_length(a[i])) {
    written += encode_utf8(f(decode_utf8(a, i)), bytes + written);
  }
  out = {bytes, written};
  return false;
}

// Bytes of the blank at the end or start of `text`: space, tab, newline, return, no-break space.
size_t blank_before(std::string_view text) {
  if (text.ends_with("\u00a0")) return 2;
  return !text.empty() && std::string_view(" \t\n\r").contains(text.back()) ? 1 : 0;
}
size_t blank_after(std::string_view text) {
  if (text.starts_with("\u00a0")) return 2;
  return !text.empty() && std::string_view(" \t\n\r").contains(text.front()) ? 1 : 0;
}
bool trim(std::string_view a, std::string_view& out, const KernelCall&) {
  while (const size_t n = blank_after(a)) a.remove_prefix(n);
  while (const size_t n = blank_before(a)) a.remove_suffix(n);
  out = a;
  return false;
}

bool length(std::string_view a, int64_t& out, const KernelCall&) {
  out = utf8_count(a);
  return false;
}

bool contains(std::string_view a, std::string_view b, int64_t& out, const KernelCall&) {
  out = a.contains(b) ? 1 : 0;
  return false;
}
bool starts_with(std::string_view a, std::string_view b, int64_t& out, const KernelCall&) {
  out = a.starts_with(b) ? 1 : 0;
  return false;
}
bool ends_with(std::string_view a, std::string_view b, int64_t& out, const KernelCall&) {
  out = a.ends_with(b) ? 1 : 0;
  return false;
}
bool like(std::string_view a, std::string_view b, int64_t& out, const KernelCall&) {
  out = matches_like(a, b) ? 1 : 0;
  return false;
}

size_t byte_offset(std::string_view text, int64_t characters) {
  size_t offset = 0;
  for (; characters > 0 && offset < text.size(); --characters) offset += utf8_length(text[offset]);
  return std::min(offset, text.size());
}

void substr(const KernelCall& call) {
  const bool bounded = call.count > 2;
  for (int64_t i = 0; i < call.rows; ++i) {
    const int64_t start = call.in[1].integers[i];
    const int64_t length = bounded ? call.in[2].integers[i] : kLargestOffset;
    const bool null = call.in[0].nulls[i] != 0 || call.in[1].nulls[i] != 0 ||
                      (bounded && call.in[2].nulls[i] != 0) || start < 1 ||
                      start > kLargestOffset || length < 0 || length > kLargestOffset;
    call.out.nulls[i] = static_cast<uint8_t>(null);
    if (null) continue;
    std::string_view text = call.in[0].texts[i];
    text.remove_prefix(byte_offset(text, start - 1));
    call.out.texts[i] = text.substr(0, byte_offset(text, length));
  }
}

bool right(std::string_view a, int64_t n, std::string_view& out, const KernelCall&) {
  if (n < 0 || n > kLargestOffset) return true;
  const int64_t skipped = utf8_count(a) - n;
  out = a.substr(byte_offset(a, skipped));
  return false;
}

void concat(const KernelCall& call) {
  for (int64_t i = 0; i < call.rows; ++i) {
    size_t size = 0;
    for (int k = 0; k < call.count; ++k) {
      if (call.in[k].nulls[i] == 0) size += call.in[k].texts[i].size();
    }
    char* const bytes = call.arena->allocate(size);
    size_t written = 0;
    for (int k = 0; k < call.count; ++k) {
      if (call.in[k].nulls[i] != 0) continue;
      const std::string_view text = call.in[k].texts[i];
      std::copy(text.begin(), text.end(), bytes + written);
      written += text.size();
    }
    call.out.texts[i] = {bytes, size};
    call.out.nulls[i] = 0;
  }
}

std::string_view replace_all(std::string_view text, std::string_view from, std::string_view to,
                             Arena& arena) {
  if (from.empty()) return text;
  size_t hits = 0;
  for (size_t at = text.find(from); at != std::string_view::npos; at = text.find(from, at)) {
    ++hits;
    at += from.size();
  }
  if (hits == 0) return text;
  const size_t size = text.size() - hits * from.size() + hits * to.size();
  char* const bytes = arena.allocate(size);
  char* out = bytes;
  size_t done = 0;
  for (; hits > 0; --hits) {
    const size_t at = text.find(from, done);
    out = std::copy(text.begin() + static_cast<std::ptrdiff_t>(done),
                    text.begin() + static_cast<std::ptrdiff_t>(at), out);
    out = std::copy(to.begin(), to.end(), out);
    done = at + from.size();
  }
  std::copy(text.begin() + static_cast<std::ptrdiff_t>(done), text.end(), out);
  return {bytes, size};
}

void replace(const KernelCall& call) {
  for (int64_t i = 0; i < call.rows; ++i) {
    const bool null = (call.in[0].nulls[i] | call.in[1].nulls[i] | call.in[2].nulls[i]) != 0;
    call.out.nulls[i] = static_cast<uint8_t>(null);
    if (null) continue;
    call.out.texts[i] =
        replace_all(call.in[0].texts[i], call.in[1].texts[i], call.in[2].texts[i], *call.arena);
  }
}

template <auto f>
constexpr Kernel kTextToText = &unary_kernel<std::string_view, std::string_view, f>;
template <auto f>
constexpr Kernel kTest = &binary_kernel<int64_t, std::string_view, std::string_view, f>;

}  // namespace

Kernel text_kernel(FunctionId function) {
  switch (function) {
    case FunctionId::kLower:
      return kTextToText<map_case<lower_code>>;
    case FunctionId::kUpper:
      return kTextToText<map_case<upper_code>>;
    case FunctionId::kTrim:
      return kTextToText<trim>;
    case FunctionId::kLength:
      return &unary_kernel<int64_t, std::string_view, length>;
    case FunctionId::kSubstr:
      return &substr;
    case FunctionId::kRight:
      return &binary_kernel<std::string_view, std::string_view, int64_t, right>;
    case FunctionId::kConcat:
      return &concat;
    case FunctionId::kContains:
      return kTest<contains>;
    case FunctionId::kStartsWith:
      return kTest<starts_with>;
    case FunctionId::kEndsWith:
      return kTest<ends_with>;
    case FunctionId::kReplace:
      return &replace;
    default:
      return nullptr;
  }
}

Kernel like_kernel() { return kTest<like>; }

}  // namespace coterie::expr
