#include <chrono>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/online_project.h"
#include "features/offline/offline_store.h"
#include "features/online/online_project.h"
#include "pipeline/runner.h"
#include "serving/features/feature_api.h"
#include "serving/http/http_server.h"

namespace coterie::cli {
namespace {

struct ServeOptions {
  std::string only;
  std::string host = "127.0.0.1";
  int64_t port = 6'566;
  int64_t threads = 2;
  int64_t skew_sample = 1'000;
  std::string access_log;
};

Status check_options(const ServeOptions& options) {
  if (options.only == "features") return {};
  return Error(ErrorCode::kUnsupported, "of all that there will be, only features are served yet")
      .with_mend("write coterie serve --only features");
}

// Everything behind the sockets, in the order in which it is made.
struct FeatureService {
  std::unique_ptr<features::OnlineStore> store;
  std::unique_ptr<serving::SkewLog> skew;
  std::unique_ptr<serving::FeatureApi> api;
  serving::Metrics metrics;
  std::unique_ptr<serving::HttpServer> server;
};

Status open_store(const OnlineProject& online, FeatureService& service) {
  ASSIGN_OR_RETURN(service.store, features::OnlineStore::open(
                                      *online.plan, online.fitted,
                                      features::online_config(online.project()), online.zone));
  const events::Offset end = service.store->log().end();
  const Stopwatch watch;
  while (!service.store->wait_until_folded(end, 0.1)) {
    RETURN_IF_ERROR(check_cancelled());
    const std::string error = service.store->stats().fold_error;
    if (!error.empty()) return corrupt("the log cannot be folded: " + error);
  }
  const features::OnlineStats stats = service.store->stats();
  if (stats.entities == 0) {
    log::warning(
        "the online state is empty: run `coterie features materialize` to fill it from "
        "the warehouse; pushed rows are taken in meanwhile");
  } else {
    log::info("{} entities in the online state, {} events of the log replayed in {}",
              format_count(stats.entities), format_count(stats.folded.events),
              format_duration(watch.seconds()));
  }
  return {};
}

Status start(const OnlineProject& online, const ServeOptions& options, FeatureService& service) {
  RETURN_IF_ERROR(open_store(online, service));
  serving::FeatureApiOptions api;
  if (options.skew_sample > 0) {
    ASSIGN_OR_RETURN(service.skew, serving::SkewLog::open({
                                       .file = served_sample_file(online.project()),
                                       .one_in = options.skew_sample,
                                   }));
    api.skew = service.skew.get();
  }
  service.api = std::make_unique<serving::FeatureApi>(*service.store, online.fitted, api);
  serving::Router router;
  service.api->add_routes(router, service.metrics);
  auto server = serving::HttpServer::start({.host = options.host,
                                            .port = static_cast<int>(options.port),
                                            .threads = static_cast<int>(options.threads),
                                            .access_log = options.access_log},
                                           std::move(router), service.metrics);
  if (server.ok()) {
    service.server = *std::move(server);
    return {};
  }
  Error error = std::move(server).error();
  const bool beyond = error.code == ErrorCode::kPermission && error.key == "host";
  if (beyond) {
    error.message += ", and there are no keys yet by which clients could be told apart";
    error.mend = "listen on 127.0.0.1, behind a proxy that asks who comes";
  }
  return error;
}

// Follows what builds fit: percentile buckets are new every day.
class FittedFollower {
 public:
  FittedFollower(data::Warehouse& warehouse, serving::FeatureApi& api)
      : warehouse_(warehouse), api_(api) {}

  void look() {
    if (since_.seconds() < kLookSeconds) return;
    since_ = Stopwatch();
    const Status looked = read();
    if (!looked.ok())
      log::warning("the statistics of builds cannot be read: {}", looked.error().to_text());
  }

 private:
  static constexpr double kLookSeconds = 5;

  Status read() {
    ASSIGN_OR_RETURN(const data::Snapshot snapshot, warehouse_.snapshot());
    ASSIGN_OR_RETURN(auto marks, snapshot.marks(features::kFittedMark));
    if (marks == marks_) return {};
    ASSIGN_OR_RETURN(features::FittedSet fitted, features::read_fitted(snapshot));
    api_.set_fitted(std::move(fitted));
    marks_ = std::move(marks);
    return {};
  }

  data::Warehouse& warehouse_;
  serving::FeatureApi& api_;
  Stopwatch since_;
  std::vector<std::pair<std::string, std::string>> marks_;
};

Status run_serve(Session& session, const ServeOptions& options) {
  RETURN_IF_ERROR(check_options(options));
  ASSIGN_OR_RETURN(OnlineProject online, OnlineProject::open(session, "serve"));
  FeatureService service;
  RETURN_IF_ERROR(start(online, options, service));
  const std::string url = fmt::format(
      "http://{}:{}",
      options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]",
      service.server->port());
  log::info("features are served at {}", url);
  session.print_json({{"url", url}, {"port", service.server->port()}});
  FittedFollower fitted(online.workspace.warehouse, *service.api);
  while (!cancel_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    fitted.look();
  }
  log::info("no new connections are taken; what has begun is answered");
  service.server->stop();
  const Status saved = service.store->checkpoint();
  if (!saved.ok())
    log::warning("the last checkpoint was not written, the log is whole: {}",
                 saved.error().to_text());
  log::info("stopped");
  return {};
}

}  // namespace

Command make_serve_command() {
  const auto options = std::make_shared<ServeOptions>();
  return {.name = "serve",
          .summary = "Serve the project over HTTP",
          .details =
              "With --only features: values of the project's online features, by the HTTP API that "
              "clients of Feast know, and rows taken in (docs/reference/feature-server.md). The "
              "process owns the project's event log (events/) and keeps the online state; one "
              "process of a project does so at a time. Until there are keys it listens on "
              "addresses of this machine only. SIGTERM and Ctrl-C let it finish what has begun.",
          .examples = {"coterie serve --only features",
                       "coterie serve --only features --port 8080 --threads 4"},
          .declare =
              [options](Arguments& arguments) {
                arguments.choice("--only", options->only, {"features"}, "what is served");
                arguments.text("--host", options->host, "ADDRESS", "where to listen");
                arguments.count("--port", options->port, "0: any that is free",
                                {.min = 0, .max = 65'535});
                arguments.count("--threads", options->threads, "that answer requests",
                                {.min = 1, .max = 256});
                arguments.count("--skew-sample", options->skew_sample,
                                "of how many requests one is kept for `coterie features skew`; 0: "
                                "none",
                                {.min = 0, .max = 1'000'000'000});
                arguments.path("--access-log", options->access_log, "FILE",
                               "one JSON line a request");
              },
          .run = [options](Session& session) { return run_serve(session, *options); },
          .children = {}};
}

}  // namespace coterie::cli
