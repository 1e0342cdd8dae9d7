#pragma once
// Durations and counts of answers by route, method and status.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "serving/http/metrics.h"
#include "serving/http/router.h"

namespace coterie::serving::internal {

// The series coterie_http_request_duration_seconds{method, route, status}; requests that match no
// route have the route "". Thread-safe; no lock once a series exists.
class RouteMetrics {
 public:
  RouteMetrics(Metrics& metrics, const Router& router);

  // `route` may be null. `method` counts only then: a route's series has its own.
  void observe(const Router::Route* route, Method method, int status, int64_t nanos);

 private:
  static constexpr int kLowest = 100;
  static constexpr int kStatuses = 500;
  struct Series {
    std::string route;
    Method method = Method::kOther;
    std::array<std::atomic<Histogram*>, kStatuses> by_status{};
  };
  Histogram& histogram(Series& series, int status);

  Metrics& metrics_;
  std::vector<std::unique_ptr<Series>> series_;  // by route's index, then the unmatched by method
  size_t routes_;
};

}  // namespace coterie::serving::internal
