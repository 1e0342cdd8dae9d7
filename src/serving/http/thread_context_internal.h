#pragma once
// What the sessions of one I/O thread share, so that a request allocates nothing of its own.

#include <atomic>
#include <string>
#include <string_view>

#include "serving/http/access_log.h"
#include "serving/http/request.h"
#include "serving/http/request_id.h"
#include "serving/http/route_metrics_internal.h"
#include "serving/http/router.h"

namespace coterie::serving::internal {

struct SessionLimits {
  size_t max_header_bytes = 16 << 10;
  size_t max_body_bytes = 1 << 20;
};

// Used by one thread; what it points to outlives it.
struct ThreadContext {
  ThreadContext(const Router& the_router, RouteMetrics& the_metrics, AccessLog* access_log,
                const SessionLimits& the_limits, const std::atomic<bool>& is_draining)
      : router(the_router),
        metrics(the_metrics),
        access(access_log),
        limits(the_limits),
        draining(is_draining) {}

  const Router& router;
  RouteMetrics& metrics;
  AccessLines access;
  SessionLimits limits;
  const std::atomic<bool>& draining;  // every answer from now on is its connection's last
  RequestIds ids;
  Request request;
  Response response;
  TextRoom room;

  // "Date: Sat, 21 Nov 2026 22:10:30 GMT\r\n", made once a second.
  std::string_view date_line();

 private:
  int64_t date_second_ = -1;
  std::string date_line_;
};

enum class Persistence { kDefault, kKeepAlive, kClose };
// Status line and headers of `response`, up to the empty line.
void append_answer_head(const Response& response, std::string_view request_id,
                        std::string_view date_line, Persistence persistence, std::string& out);

}  // namespace coterie::serving::internal
