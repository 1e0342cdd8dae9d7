#pragma once
// A blocking HTTP/1.1 client of a server on this machine: one request a connection.

#include <string>

namespace coterie::tests {

struct HttpAnswer {
  int status = 0;  // 0: nobody answered
  std::string body;
};

HttpAnswer http_get(int port, const std::string& target);
HttpAnswer http_post(int port, const std::string& target, const std::string& body);
// A port of the loopback that nobody listens on.
int free_port();

}  // namespace coterie::tests
