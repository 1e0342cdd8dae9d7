#pragma once
// What a service, or a list of features, becomes for the server: a request plan with everything
// around it that does not change from request to request, made once and kept by name.

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "features/online/online_reader.h"
#include "features/online/online_store.h"
#include "features/plan/fitted.h"
#include "features/plan/request_plan.h"

namespace coterie::serving {

// A name as the registry knows it, in JSON quotes: in answers either stands, as asked for.
struct ServedName {
  std::string plain;  // "spend_90d"
  std::string full;   // "customer__spend_90d"
};

// Memory to answer one request at a time.
struct PlanWorker {
  PlanWorker(const features::OnlineStore& store, const features::RequestPlan& request)
      : reader(store.serving(), request, store.zone()) {}

  features::OnlineReader reader;
  std::vector<features::ValueColumn> values;
  // By kind of the reader.
  std::vector<std::vector<std::string_view>> keys;
  std::vector<std::span<const std::string_view>> key_spans;
  std::vector<std::string> composite;  // keys of several parts
  std::string digits;                  // integer keys as text
  // By request field of the feature plan.
  struct Field {
    std::vector<int64_t> integers;
    std::vector<double> reals;
    std::vector<std::string_view> texts;
    std::vector<uint8_t> nulls;
  };
  std::vector<Field> fields;
  std::vector<expr::ColumnData> field_views;
};

// Immutable but for its idle workers; thread-safe.
class ServedPlan {
 public:
  ServedPlan(const features::OnlineStore& store, features::RequestPlan request,
             std::vector<ServedName> names);

  const features::RequestPlan& request() const { return request_; }
  const std::vector<ServedName>& names() const { return names_; }  // by output
  // By kind of a worker's reader: whose keys a request must bring.
  const std::vector<const features::Entity*>& entities() const { return entities_; }
  bool has_join_key(std::string_view name) const;

  std::unique_ptr<PlanWorker> take() const;
  void give_back(std::unique_ptr<PlanWorker> worker) const;

 private:
  const features::OnlineStore& store_;
  features::RequestPlan request_;
  std::vector<ServedName> names_;
  std::vector<const features::Entity*> entities_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<PlanWorker>> idle_;
};

// Holds a worker of a plan while a request is answered.
class BusyWorker {
 public:
  explicit BusyWorker(const ServedPlan& plan) : plan_(plan), worker_(plan.take()) {}
  ~BusyWorker() { plan_.give_back(std::move(worker_)); }
  BusyWorker(const BusyWorker&) = delete;
  BusyWorker& operator=(const BusyWorker&) = delete;
  PlanWorker& operator*() const { return *worker_; }
  PlanWorker* operator->() const { return worker_.get(); }

 private:
  const ServedPlan& plan_;
  std::unique_ptr<PlanWorker> worker_;
};

// Thread-safe. Keeps up to kMaxPlans plans; one more, and all are forgotten and made again.
class PlanCache {
 public:
  static constexpr size_t kMaxPlans = 1'024;

  // `store` outlives it.
  PlanCache(const features::OnlineStore& store, features::FittedSet fitted)
      : store_(store), fitted_(std::make_shared<const features::FittedSet>(std::move(fitted))) {}

  // What builds have fitted meanwhile. Requests under way end with the plans that they have.
  void set_fitted(features::FittedSet fitted);

  // kNotFound with the nearest name; kInvalidInput: a feature that is not served online, a name
  // twice; kUnavailable: statistics that were never fitted.
  Result<std::shared_ptr<const ServedPlan>> service(std::string_view name);
  // Names as "spend_90d" or "view:spend_90d", where the view is the feature's entity or its source.
  Result<std::shared_ptr<const ServedPlan>> features(std::span<const std::string_view> names);
  // All online features of an entity that need nothing else.
  Result<std::shared_ptr<const ServedPlan>> entity(const features::Entity& entity);

 private:
  using Features = std::vector<const features::FeatureDefinition*>;
  std::shared_ptr<const ServedPlan> find(std::string_view key) const;
  Result<std::shared_ptr<const ServedPlan>> make(std::string_view key, const Features& features,
                                                 std::vector<ServedName> names);

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  const features::OnlineStore& store_;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const features::FittedSet> fitted_;
  std::unordered_map<std::string, std::shared_ptr<const ServedPlan>, Hash, std::equal_to<>> plans_;
};

}  // namespace coterie::serving
