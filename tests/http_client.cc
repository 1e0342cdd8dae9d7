#include "http_client.h"

#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace coterie::tests {
namespace {

constexpr int kMostWaitSeconds = 60;

class Socket {
 public:
  Socket() : handle_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval wait{.tv_sec = kMostWaitSeconds, .tv_usec = 0};
    setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  }
  ~Socket() { close(handle_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return handle_; }

 private:
  int handle_;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

HttpAnswer exchange_once(int port, const std::string& request) {
  const Socket socket;
  sockaddr_in address = loopback(port);
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  for (size_t sent = 0; sent < request.size();) {
    const ssize_t now =
        send(socket.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) break;  // refused before it was read whole: the answer is there
    sent += static_cast<size_t>(now);
  }
  std::string answer;
  char buffer[16'384];
  while (true) {
    const ssize_t got = recv(socket.get(), buffer, sizeof buffer, 0);
    if (got <= 0) break;
    answer.append(buffer, static_cast<size_t>(got));
  }
  const size_t body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || body == std::string::npos) return {};
  return {std::atoi(answer.c_str() + std::strlen("HTTP/1.1 ")), answer.substr(body + 4)};
}

}  // namespace

HttpAnswer http_get(int port, const std::string& target) {
  return exchange_once(
      port, fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", target));
}

HttpAnswer http_post(int port, const std::string& target, const std::string& body) {
  return exchange_once(port,
                       fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                   "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                                   target, body.size()) +
                           body);
}

int free_port() {
  const Socket socket;
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const place = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket.get(), place, size) != 0 || getsockname(socket.get(), place, &size) != 0)
    return 0;
  return ntohs(address.sin_port);
}

}  // namespace coterie::tests
