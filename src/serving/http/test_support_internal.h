#pragma once
// Helpers of this folder's tests: a client that sends raw bytes, answers taken apart, and routes
// whose answers tell what the handler saw.

#include <cerrno>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/json.h"
#include "base/test_results.h"
#include "serving/http/http_server.h"

namespace coterie::serving {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

// Takes the first answer off `bytes`; nullopt if it is not complete. `to_head` answers have no
// body.
inline std::optional<Answer> take_answer(std::string& bytes, bool to_head = false) {
  const size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  Answer answer;
  CHECK(bytes.starts_with("HTTP/1.1 "));
  answer.status = std::atoi(bytes.c_str() + 9);
  for (size_t line = bytes.find("\r\n") + 2; line < end + 2;) {
    const size_t stop = bytes.find("\r\n", line);
    const size_t colon = bytes.find(": ", line);
    CHECK(colon < stop);
    const std::string name = bytes.substr(line, colon - line);
    CHECK(answer.headers.emplace(name, bytes.substr(colon + 2, stop - colon - 2)).second);
    line = stop + 2;
  }
  const auto length = answer.headers.find("Content-Length");
  const bool has_body = !to_head && length != answer.headers.end();
  const size_t size = has_body ? static_cast<size_t>(std::atoi(length->second.c_str())) : 0;
  if (bytes.size() < end + 4 + size) return std::nullopt;
  answer.body = bytes.substr(end + 4, size);
  bytes.erase(0, end + 4 + size);
  return answer;
}

// "invalid_input: what is wrong; mend"
inline std::string error_text(const Answer& answer) {
  const auto body = take(parse_json(answer.body, "answer"));
  const auto& error = body.at("error");
  const std::string mend = error.value("mend", "");
  const std::string key = error.value("key", "");
  return fmt::format("{} {}: {}{}{}{}", answer.status, error.at("code").get<std::string>(),
                     key.empty() ? "" : key + ": ", error.at("message").get<std::string>(),
                     mend.empty() ? "" : "; ", mend);
}

class RawClient {
 public:
  explicit RawClient(int port) : handle_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    connected_ = handle_ >= 0 &&
                 connect(handle_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() {
    if (handle_ >= 0) close(handle_);
  }
  RawClient(RawClient&& other) noexcept
      : handle_(std::exchange(other.handle_, -1)),
        connected_(other.connected_),
        unread_(std::move(other.unread_)) {}
  RawClient& operator=(RawClient&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(connected_, other.connected_);
    std::swap(unread_, other.unread_);
    return *this;
  }

  bool connected() const { return connected_; }
  // False when the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void end_sending() { shutdown(handle_, SHUT_WR); }
  // nullopt: the connection ended first.
  std::optional<Answer> answer(bool to_head = false) {
    while (true) {
      if (auto complete = take_answer(unread_, to_head)) return complete;
      if (!read_more()) return std::nullopt;
    }
  }
  Answer get(std::string_view path) {
    CHECK(send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path)));
    return answer().value();
  }
  // Waits until the server closes; what came before and was not taken.
  std::string rest() {
    while (read_more()) continue;
    return unread_;
  }
  bool readable(int wait_ms) const {
    pollfd wait{handle_, POLLIN, 0};
    return poll(&wait, 1, wait_ms) > 0;
  }
  const std::string& unread() const { return unread_; }

 private:
  bool read_more() {
    char bytes[16 << 10];
    const ssize_t got = recv(handle_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    unread_.append(bytes, static_cast<size_t>(got));
    return true;
  }

  int handle_;
  bool connected_ = false;
  std::string unread_;
};

// GET /health; GET /seen/{a}/{b} and POST /echo tell what they saw; GET /throw; GET /fail;
// GET /large?bytes=N; PUT /small takes 10 bytes.
inline Router test_routes() {
  Router router;
  router.add(Method::kGet, "/health", [](const Request&, Response& response) -> Status {
    response.body = R"({"status":"ok"})";
    return {};
  });
  router.add(Method::kGet, "/seen/{a}/{b}", [](const Request& request, Response& out) -> Status {
    out.content_type = "text/plain";
    out.body = fmt::format("{} {} a={} b={}", method_name(request.method), request.route,
                           request.parameter("a"), request.parameter("b"));
    for (const auto& [name, value] : request.query) out.body += fmt::format(" {}={}", name, value);
    return {};
  });
  const auto echo = [](const Request& request, Response& response) -> Status {
    response.content_type = "application/octet-stream";
    response.body = request.body;
    return response.add_header("X-Length", std::to_string(request.body.size()));
  };
  router.add(Method::kPost, "/echo", echo);
  router.add(Method::kPut, "/small", echo, {.max_body_bytes = 10});
  router.add(Method::kGet, "/throw", [](const Request&, Response& response) -> Status {
    response.body = "half an answer";
    throw std::runtime_error("the handler fell over");
  });
  router.add(Method::kGet, "/fail", [](const Request&, Response& response) -> Status {
    response.body = "half an answer";
    return not_found("no customer 'x'").with_mend("see /customers");
  });
  router.add(Method::kGet, "/large", [](const Request& request, Response& response) -> Status {
    ASSIGN_OR_RETURN(const int64_t bytes,
                     request.query_number("bytes", {.fallback = 1, .low = 0, .high = 1 << 28}));
    response.body.assign(static_cast<size_t>(bytes), 'x');
    return {};
  });
  router.add(Method::kDelete, "/nothing", [](const Request&, Response& response) -> Status {
    response.status = 204;
    return {};
  });
  return router;
}

}  // namespace coterie::serving
