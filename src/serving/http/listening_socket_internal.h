#pragma once
// The socket that a server listens on.

#include <string>

#include "base/result.h"

namespace coterie::serving::internal {

// Thread-compatible.
class ListeningSocket {
 public:
  struct Address {
    std::string host;  // an address, or "localhost"
    int port = 0;      // 0: any that is free
    bool beyond_loopback = false;
  };
  // kInvalidInput: no address, or none of this machine; kPermission: beyond loopback without the
  // option, or a port of the system's; kConflict: the port is taken; kIo.
  static Result<ListeningSocket> open(const Address& address);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&& other) noexcept;
  ~ListeningSocket();

  int handle() const { return handle_; }
  int port() const { return port_; }
  bool is_ipv6() const { return ipv6_; }

  // The next connection that waits, non-blocking; -1 where none does. Errors of the machine (no
  // more files, no memory): try again later.
  Result<int> accept() const;

 private:
  ListeningSocket(int handle, bool ipv6) : handle_(handle), ipv6_(ipv6) {}

  int handle_;
  bool ipv6_;
  int port_ = 0;
};

}  // namespace coterie::serving::internal
