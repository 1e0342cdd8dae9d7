#include "serving/http/http_server.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>

#include "base/log.h"
#include "serving/http/access_log.h"
#include "serving/http/io_workers_internal.h"
#include "serving/http/route_metrics_internal.h"

namespace coterie::serving {
namespace {

// Files of the program besides the connections.
constexpr rlim_t kOtherFiles = 256;

Status check_number(std::string_view name, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return {};
  return invalid_input(fmt::format("{} is not from {} to {}", value, low, high))
      .for_key(std::string(name));
}

Status check_options(const HttpOptions& options) {
  constexpr int64_t day_ms = 86'400'000;
  RETURN_IF_ERROR(check_number("port", options.port, 0, 65'535));
  RETURN_IF_ERROR(check_number("threads", options.threads, 1, 256));
  const std::array<std::pair<std::string_view, size_t>, 2> sizes = {
      {{"max_body_bytes", options.max_body_bytes}, {"max_header_bytes", options.max_header_bytes}}};
  for (const auto& [name, bytes] : sizes) {
    if (bytes > size_t{1} << 30) return invalid_input("more than 1 GiB").for_key(std::string(name));
  }
  RETURN_IF_ERROR(check_number("max_header_bytes", static_cast<int64_t>(options.max_header_bytes),
                               256, 1 << 20));
  RETURN_IF_ERROR(
      check_number("max_connections", static_cast<int64_t>(options.max_connections), 1, 1'000'000));
  RETURN_IF_ERROR(check_number("read_timeout_ms", options.read_timeout_ms, 1, day_ms));
  RETURN_IF_ERROR(check_number("write_timeout_ms", options.write_timeout_ms, 1, day_ms));
  RETURN_IF_ERROR(check_number("idle_timeout_ms", options.idle_timeout_ms, 1, day_ms));
  return check_number("drain_timeout_ms", options.drain_timeout_ms, 0, day_ms);
}

// The usual soft limit of 1,024 open files is meant for programs that call select().
void raise_file_limit(size_t connections) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const rlim_t wanted = static_cast<rlim_t>(connections) + kOtherFiles;
  if (files.rlim_cur >= wanted) return;
  files.rlim_cur = std::min(wanted, files.rlim_max);
  const bool raised = setrlimit(RLIMIT_NOFILE, &files) == 0;
  if (raised && files.rlim_cur >= wanted) return;
  log::warning("{} connections may not fit into {} open files: raise the limit (ulimit -Hn)",
               connections, files.rlim_max);
}

}  // namespace

struct HttpServer::Impl {
  HttpOptions options;
  Router router;
  std::unique_ptr<AccessLog> access_log;
  std::unique_ptr<internal::RouteMetrics> routes;
  std::unique_ptr<internal::IoWorkers> workers;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpOptions& options, Router router,
                                                      Metrics& metrics) {
  RETURN_IF_ERROR(check_options(options));
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->router = std::move(router);
  if (!options.access_log.empty()) {
    ASSIGN_OR_RETURN(impl->access_log, AccessLog::open(options.access_log));
  }
  impl->routes = std::make_unique<internal::RouteMetrics>(metrics, impl->router);
  raise_file_limit(options.max_connections);
  ASSIGN_OR_RETURN(impl->workers,
                   internal::IoWorkers::start({.options = impl->options,
                                               .router = impl->router,
                                               .routes = *impl->routes,
                                               .metrics = metrics,
                                               .access_log = impl->access_log.get()}));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

int HttpServer::port() const { return impl_->workers->port(); }
void HttpServer::stop() { impl_->workers->stop(); }

}  // namespace coterie::serving
