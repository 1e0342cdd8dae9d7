#pragma once
// The sockets of HttpServer: one listener, and threads that read, write, time and close the
// connections whose HTTP a Session speaks. Over Boost.Asio, of which nothing shows here.

#include <memory>

#include "serving/http/access_log.h"
#include "serving/http/http_server.h"
#include "serving/http/route_metrics_internal.h"

namespace coterie::serving::internal {

class IoWorkers {
 public:
  // What is passed outlives this; `access_log` may be null. Errors as HttpServer::start.
  struct Shared {
    const HttpOptions& options;
    const Router& router;
    RouteMetrics& routes;
    Metrics& metrics;
    AccessLog* access_log = nullptr;
  };
  static Result<std::unique_ptr<IoWorkers>> start(const Shared& shared);
  ~IoWorkers();
  IoWorkers(const IoWorkers&) = delete;
  IoWorkers& operator=(const IoWorkers&) = delete;

  int port() const;
  void stop();

 private:
  struct Impl;
  explicit IoWorkers(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::serving::internal
