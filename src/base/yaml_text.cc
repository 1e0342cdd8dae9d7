#include <algorithm>

#include <fmt/core.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "base/yaml_internal.h"

namespace coterie::internal {
namespace {

constexpr size_t kMaxBytes = size_t{4} << 20;

int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char byte) { return (static_cast<uint8_t>(byte) & 0xC0) != 0x80; });
}

bool is_utf16(std::string_view text) {
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
         (text.size() >= 2 && (text[0] == '\0' || text[1] == '\0'));
}

// YAML forbids C0 controls but tab and line ends; the parser would take U+0004 for the file's end.
bool is_forbidden(uint32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0 && c != 0x85);
}

std::string with_unix_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

// Where byte `at` of `text` is, for errors about bytes that the parser never sees.
Error error_at(std::string_view text, size_t at, const std::string& file, std::string message) {
  const std::string_view before = text.substr(0, at);
  const int64_t line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 == 0
  const int64_t column = count_characters(before.substr(line_start)) + 1;
  return invalid_input(std::move(message)).at(file, line, column);
}

}  // namespace

Result<YamlText> YamlText::prepare(std::string_view text, const std::string& file) {
  if (text.size() > kMaxBytes) {
    return invalid_input("larger than the limit of " + format_bytes(kMaxBytes)).at(file);
  }
  if (is_utf16(text)) {
    return invalid_input("this file is UTF-16 or binary, not UTF-8")
        .at(file, 1, 1)
        .with_mend("save it as UTF-8");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  YamlText prepared;
  prepared.text_ = with_unix_line_ends(text);
  const std::string_view clean = prepared.text_;
  prepared.line_starts_.push_back(0);
  for (size_t at = 0; at < clean.size();) {
    const CodePoint next = next_code_point(clean.substr(at));
    if (!next.valid) {
      return error_at(
                 clean, at, file,
                 fmt::format("byte 0x{:02X} is not valid UTF-8", static_cast<uint8_t>(clean[at])))
          .with_mend("save the file as UTF-8");
    }
    if (is_forbidden(next.value)) {
      return error_at(clean, at, file, fmt::format("control character U+{:04X}", next.value))
          .with_mend("remove it, or write it as an escape in double quotes");
    }
    at += next.bytes;
    if (next.value == '\n') prepared.line_starts_.push_back(at);
  }
  return prepared;
}

size_t YamlText::offset(int64_t line, int64_t byte_column) const {
  if (line < 0 || line >= std::ssize(line_starts_)) return text_.size();
  return std::min(line_starts_[static_cast<size_t>(line)] + static_cast<size_t>(byte_column),
                  text_.size());
}

std::string_view YamlText::line(int64_t line) const {
  const std::string_view rest = std::string_view(text_).substr(offset(line, 0));
  return rest.substr(0, rest.find('\n'));
}

int64_t YamlText::character_column(int64_t line, int64_t byte_column) const {
  const size_t start = offset(line, 0);
  return count_characters(
             std::string_view(text_).substr(start, offset(line, byte_column) - start)) +
         1;
}

}  // namespace coterie::internal
