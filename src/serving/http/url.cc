#include "serving/http/url.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/utf8.h"

namespace coterie::serving {
namespace {

// What of a foreign text an error repeats.
constexpr size_t kQuotedBytes = 80;

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

Error not_decodable(std::string_view text, std::string_view why) {
  return invalid_input(fmt::format("'{}' {}", text.substr(0, kQuotedBytes), why))
      .with_mend("percent-encode the text as UTF-8, '%' itself as %25");
}

}  // namespace

void TextRoom::clear(size_t bytes) {
  bytes_.clear();
  bytes_.reserve(bytes);
}

Result<std::string_view> percent_decoded(std::string_view text, bool plus_is_space,
                                         TextRoom& room) {
  const char* const special = plus_is_space ? "%+" : "%";
  size_t next = text.find_first_of(special);
  std::string_view decoded = text;
  if (next != std::string_view::npos) {
    // Views of the room stay valid only while it does not grow.
    CHECK(room.bytes_.size() + text.size() <= room.bytes_.capacity());
    const size_t begin = room.bytes_.size();
    size_t done = 0;
    for (; next != std::string_view::npos; next = text.find_first_of(special, done)) {
      room.bytes_.append(text, done, next - done);
      done = next + 1;
      if (text[next] == '+') {
        room.bytes_ += ' ';
        continue;
      }
      const int high = next + 2 < text.size() ? hex_value(text[next + 1]) : -1;
      const int low = high >= 0 ? hex_value(text[next + 2]) : -1;
      if (low < 0) return not_decodable(text, "has a '%' without two hexadecimal digits behind it");
      room.bytes_ += static_cast<char>(high * 16 + low);
      done = next + 3;
    }
    room.bytes_.append(text, done);
    decoded = std::string_view(room.bytes_).substr(begin);
  }
  if (find_invalid_utf8(decoded) != std::string_view::npos)
    return not_decodable(text, "is not UTF-8");
  return decoded;
}

Result<Target> split_target(std::string_view target) {
  const std::string_view whole = target;
  if (!target.starts_with('/')) {
    const size_t scheme = target.find("://");
    const size_t path = scheme == std::string_view::npos ? scheme : target.find('/', scheme + 3);
    if (path == std::string_view::npos) {
      return invalid_input(fmt::format("'{}' is no path", whole.substr(0, kQuotedBytes)))
          .with_mend("a request's path begins with '/'");
    }
    target.remove_prefix(path);
  }
  target = target.substr(0, target.find('#'));
  const size_t question = target.find('?');
  if (question == std::string_view::npos) return Target{target, {}};
  return Target{target.substr(0, question), target.substr(question + 1)};
}

Status parse_query(std::string_view query, TextRoom& room, std::vector<TextPair>& out) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    ASSIGN_OR_RETURN(const std::string_view name,
                     percent_decoded(pair.substr(0, equals), true, room));
    std::string_view value;
    if (equals != std::string_view::npos) {
      auto decoded = percent_decoded(pair.substr(equals + 1), true, room);
      if (!decoded.ok()) {
        return std::move(decoded).error().for_key("query parameter " +
                                                  std::string(name.substr(0, kQuotedBytes)));
      }
      value = *decoded;
    }
    out.emplace_back(name, value);
  }
  return {};
}

}  // namespace coterie::serving
