#include <algorithm>

#include "serving/http/route_metrics_internal.h"

namespace coterie::serving::internal {

RouteMetrics::RouteMetrics(Metrics& metrics, const Router& router)
    : metrics_(metrics), routes_(router.routes().size()) {
  const auto add = [this](std::string route, Method method) {
    series_.push_back(std::make_unique<Series>());
    series_.back()->route = std::move(route);
    series_.back()->method = method;
  };
  for (const auto& route : router.routes()) add(route->pattern, route->method);
  for (int i = 0; i < kMethodCount; ++i) add("", static_cast<Method>(i));
}

Histogram& RouteMetrics::histogram(Series& series, int status) {
  return metrics_.histogram("coterie_http_request_duration_seconds",
                            "From a request read whole to its answer ready to be sent.",
                            {{"method", std::string(method_name(series.method))},
                             {"route", series.route},
                             {"status", std::to_string(status)}});
}

void RouteMetrics::observe(const Router::Route* route, Method method, int status, int64_t nanos) {
  const size_t place = route != nullptr ? route->index : routes_ + static_cast<size_t>(method);
  Series& series = *series_[place];
  const int slot = std::clamp(status - kLowest, 0, kStatuses - 1);
  std::atomic<Histogram*>& known = series.by_status[static_cast<size_t>(slot)];
  Histogram* histogram_of_status = known.load(std::memory_order_acquire);
  if (histogram_of_status == nullptr) {
    // Two threads may come here at once: both get the same histogram.
    histogram_of_status = &histogram(series, slot + kLowest);
    known.store(histogram_of_status, std::memory_order_release);
  }
  histogram_of_status->observe_ns(nanos);
}

}  // namespace coterie::serving::internal
