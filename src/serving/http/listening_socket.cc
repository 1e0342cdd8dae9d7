#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serving/http/listening_socket_internal.h"

namespace coterie::serving::internal {
namespace {

constexpr int kBacklog = 4096;

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  bool ipv6 = false;
  bool loopback = false;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
};

bool parse(const std::string& host, uint16_t port, SocketAddress& out) {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    const sockaddr_in address{
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = four, .sin_zero = {}};
    out.size = sizeof address;
    std::memcpy(&out.bytes, &address, sizeof address);
    out.loopback = (ntohl(four.s_addr) >> 24) == 127;
    return true;
  }
  if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return false;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = six;
  out.size = sizeof address;
  std::memcpy(&out.bytes, &address, sizeof address);
  out.ipv6 = true;
  out.loopback = IN6_IS_ADDR_LOOPBACK(&six);
  return true;
}

Error cannot_listen(const ListeningSocket::Address& address) {
  const int code = errno;
  Error error = io_error(fmt::format("cannot listen on {} port {}", address.host, address.port));
  if (code == EADDRINUSE) {
    error.code = ErrorCode::kConflict;
    error.mend = "stop what listens there, or choose another port";
  } else if (code == EACCES || code == EPERM) {
    error.code = ErrorCode::kPermission;
    error.mend = "choose a port above 1023";
  } else if (code == EADDRNOTAVAIL) {
    error.code = ErrorCode::kInvalidInput;
    error.mend = "choose an address of this machine";
  }
  return error;
}

}  // namespace

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)), ipv6_(other.ipv6_), port_(other.port_) {}

ListeningSocket& ListeningSocket::operator=(ListeningSocket&& other) noexcept {
  std::swap(handle_, other.handle_);
  ipv6_ = other.ipv6_;
  port_ = other.port_;
  return *this;
}

ListeningSocket::~ListeningSocket() {
  if (handle_ >= 0) close(handle_);
}

Result<ListeningSocket> ListeningSocket::open(const Address& address) {
  SocketAddress place;
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  if (!parse(host, static_cast<uint16_t>(address.port), place)) {
    return invalid_input(fmt::format("'{}' is not an address", address.host))
        .for_key("host")
        .with_mend("write an address such as 127.0.0.1 or ::1, or localhost");
  }
  if (!place.loopback && !address.beyond_loopback) {
    return Error(ErrorCode::kPermission,
                 fmt::format("{} can be reached from other machines", address.host))
        .for_key("host")
        .with_mend("listen on 127.0.0.1 behind a proxy, or allow it explicitly");
  }
  const int family = place.ipv6 ? AF_INET6 : AF_INET;
  ListeningSocket made(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), place.ipv6);
  const int yes = 1;
  if (made.handle_ < 0 ||
      setsockopt(made.handle_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      bind(made.handle_, place.get(), place.size) != 0 || listen(made.handle_, kBacklog) != 0 ||
      getsockname(made.handle_, place.get(), &place.size) != 0) {
    return cannot_listen(address);
  }
  // The port stands at the same place in both kinds of address.
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  in_port_t port = 0;
  std::memcpy(&port, reinterpret_cast<char*>(&place.bytes) + offsetof(sockaddr_in, sin_port),
              sizeof port);
  made.port_ = ntohs(port);
  return made;
}

Result<int> ListeningSocket::accept() const {
  while (true) {
    const int accepted = accept4(handle_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) return accepted;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return -1;
    // ECONNABORTED and errors of the network belong to one connection that has gone.
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      return io_error("connections wait, they cannot be accepted");
    if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
      return io_error("the socket does not listen");
  }
}

}  // namespace coterie::serving::internal
