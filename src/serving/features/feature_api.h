#pragma once
// The feature server's routes over an OnlineStore: Feast's HTTP API, so that its clients work
// unchanged, and a few of our own. docs/reference/feature-server.md describes each.
//
//   POST /get-online-features            vectors of many entities, feature by feature
//   POST /push                           rows of a source; answered when they are on the disk
//   GET  /v1/features/{entity}/{id}      one entity, readable
//   GET  /health
//   GET  /metrics                        Prometheus

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "features/online/online_store.h"
#include "features/plan/fitted.h"
#include "serving/features/served_plan.h"
#include "serving/features/skew_log.h"
#include "serving/http/metrics.h"
#include "serving/http/router.h"

namespace coterie::serving {

struct FeatureApiOptions {
  size_t max_entities = 10'000;               // of one request
  size_t max_pushed_rows = 100'000;           // of one push
  size_t max_read_bytes = size_t{2} << 20;    // bodies of reads
  size_t max_pushed_bytes = size_t{8} << 20;  // bodies of pushes
  SkewLog* skew = nullptr;                    // null: no sample is kept
};

// Thread-safe. A push holds the thread it came to while the disk works (a few ms).
class FeatureApi {
 public:
  // `store` outlives it.
  FeatureApi(features::OnlineStore& store, features::FittedSet fitted,
             FeatureApiOptions options = {});

  // Statistics of encodings that builds have fitted meanwhile: from the next request on.
  void set_fitted(features::FittedSet fitted) { plans_.set_fitted(std::move(fitted)); }

  // It and `metrics` outlive the server.
  void add_routes(Router& router, Metrics& metrics);

 private:
  Status get_online_features(const Request& request, Response& response);
  Status get_entity(const Request& request, Response& response);
  Status push(const Request& request, Response& response);
  Status health(Response& response) const;
  void add_metrics(Metrics& metrics);
  Result<std::shared_ptr<const ServedPlan>> asked_plan(const Request& request,
                                                       const features::Entity& entity);

  features::OnlineStore& store_;
  PlanCache plans_;
  FeatureApiOptions options_;
  std::atomic<Micros> last_push_ = 0;
};

}  // namespace coterie::serving
