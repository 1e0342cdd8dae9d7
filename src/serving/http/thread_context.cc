#include <array>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "serving/http/thread_context_internal.h"

namespace coterie::serving::internal {
namespace {

void append_number(size_t value, std::string& out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

std::string_view ThreadContext::date_line() {
  const std::time_t now = std::time(nullptr);
  if (now == date_second_) return date_line_;
  constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&now, &parts);
  date_second_ = now;
  date_line_ = fmt::format("Date: {}, {:02} {} {} {:02}:{:02}:{:02} GMT\r\n",
                           days[static_cast<size_t>(parts.tm_wday)], parts.tm_mday,
                           months[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900,
                           parts.tm_hour, parts.tm_min, parts.tm_sec);
  return date_line_;
}

void append_answer_head(const Response& response, std::string_view request_id,
                        std::string_view date_line, Persistence persistence, std::string& out) {
  out += "HTTP/1.1 ";
  append_number(static_cast<size_t>(response.status), out);
  out.append(" ").append(status_phrase(response.status)).append("\r\n").append(date_line);
  // RFC 9110 §8.6: these two have no content and say nothing about its length.
  if (response.status != 204 && response.status != 304) {
    out.append("Content-Type: ").append(response.content_type).append("\r\nContent-Length: ");
    append_number(response.body.size(), out);
    out += "\r\n";
  }
  out.append("X-Request-Id: ").append(request_id).append("\r\n");
  if (persistence == Persistence::kClose) out += "Connection: close\r\n";
  if (persistence == Persistence::kKeepAlive) out += "Connection: keep-alive\r\n";
  out.append(response.header_lines()).append("\r\n");
}

}  // namespace coterie::serving::internal
