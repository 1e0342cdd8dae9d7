#pragma once
// The HTTP/1.1 server under every API of the program.
//
//   Metrics metrics;
//   Router router;
//   router.add(Method::kGet, "/health", [](const Request&, Response& response) -> Status {
//     response.body = R"({"status":"ok"})";
//     return {};
//   });
//   ASSIGN_OR_RETURN(auto server, HttpServer::start({.port = 8080}, std::move(router), metrics));
//   ... until cancel_requested() (base/cancel.h) ...
//   server->stop();
//
// Keep-alive, pipelining (answers in order), HEAD, Expect: 100-continue and chunked bodies. What is
// too long, too slow or malformed is answered with a JSON error (400, 408, 413, 431, 501) and the
// end of the connection, which reads a little on first so that the answer arrives. Every answer
// carries X-Request-Id. No TLS, no HTTP/2.
//
// Each of `threads` threads owns its connections; one of them also accepts and deals them out to
// the thread that has fewest. Handlers run on these threads, those of routes that wait beside them.

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "serving/http/metrics.h"
#include "serving/http/router.h"

namespace coterie::serving {

struct HttpOptions {
  std::string host = "127.0.0.1";  // an address, or "localhost"
  int port = 0;                    // 0: any that is free, see HttpServer::port()
  // Without it, an address that other machines reach is refused.
  bool beyond_loopback = false;
  int threads = 1;
  size_t max_body_bytes = 1 << 20;     // a route may have its own
  size_t max_header_bytes = 16 << 10;  // request line and headers
  size_t max_connections = 10'000;     // one more is answered 503
  int read_timeout_ms = 10'000;        // a request, from its first byte to its last
  int write_timeout_ms = 10'000;       // without any progress of an answer
  int idle_timeout_ms = 60'000;        // between requests, and before the first
  int drain_timeout_ms = 5'000;        // of stop()
  std::string access_log = {};         // file of access_log.h; empty: none
};

class HttpServer {
 public:
  // Listens when it returns. `metrics` outlives the server. kInvalidInput: options out of range, no
  // address; kPermission: beyond loopback without the option, or a port of the system's;
  // kConflict: the port is taken; kIo.
  static Result<std::unique_ptr<HttpServer>> start(const HttpOptions& options, Router router,
                                                   Metrics& metrics);
  ~HttpServer();  // stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  // Takes no more connections, closes idle ones, answers what has begun, waits until all are closed
  // or the drain timeout has passed. A request that a handler has seen is answered in full unless
  // its client does not read. May be called again; not from a handler.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::serving
