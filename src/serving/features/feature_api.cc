#include "serving/features/feature_api.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "serving/features/feature_answers.h"
#include "serving/features/feature_request.h"
#include "serving/features/push_request.h"
#include "serving/features/request_keys.h"
#include "serving/http/json_writer.h"

namespace coterie::serving {
namespace {

// How long a push waits for reads to see it; it is durable by then anyway.
constexpr double kFoldWaitSeconds = 1;

// One thread's, kept from request to request.
struct Scratch {
  JsonReader json;
  FeatureRequest request;
  TimeTexts times;
};
Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

// Vectors that other values than the entity's decide cannot be compared with offline ones.
bool can_be_compared(const ServedPlan& plan) {
  return plan.request().request_fields().empty() && !plan.entities().empty() &&
         std::ranges::all_of(plan.entities(), [](const features::Entity* entity) {
           return entity->join_keys.size() == 1;
         });
}

std::vector<std::string_view> split_names(std::string_view list) {
  std::vector<std::string_view> names;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) names.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

Result<const features::Entity*> find_entity(const features::Registry& registry,
                                            std::string_view name) {
  const features::Entity* const entity = registry.entity(name);
  if (entity != nullptr) return entity;
  std::vector<std::string> names;
  for (const features::Entity& each : registry.entities()) names.push_back(each.name);
  return not_found(fmt::format("no entity '{}'", name))
      .with_mend(nearest_mend(name, names, fmt::format("write one of {}", fmt::join(names, ", "))));
}

}  // namespace

FeatureApi::FeatureApi(features::OnlineStore& store, features::FittedSet fitted,
                       FeatureApiOptions options)
    : store_(store), plans_(store, std::move(fitted)), options_(options) {}

void FeatureApi::add_routes(Router& router, Metrics& metrics) {
  router.add(Method::kPost, "/get-online-features",
             [this](const Request& request, Response& response) {
               return get_online_features(request, response);
             },
             {.max_body_bytes = options_.max_read_bytes});
  router.add(Method::kPost, "/push",
             [this](const Request& request, Response& response) { return push(request, response); },
             {.max_body_bytes = options_.max_pushed_bytes, .waits = true});
  router.add(
      Method::kGet, "/v1/features/{entity}/{id}",
      [this](const Request& request, Response& response) { return get_entity(request, response); });
  router.add(Method::kGet, "/health",
             [this](const Request&, Response& response) { return health(response); });
  router.add(Method::kGet, "/metrics", metrics_handler(metrics));
  add_metrics(metrics);
}

Status FeatureApi::get_online_features(const Request& request, Response& response) {
  Scratch& mine = scratch();
  ASSIGN_OR_RETURN(const JsonValue body, mine.json.parse(request.body));
  RETURN_IF_ERROR(mine.request.read(body, options_.max_entities));
  ASSIGN_OR_RETURN(const auto plan, mine.request.service().empty()
                                        ? plans_.features(mine.request.features())
                                        : plans_.service(mine.request.service()));
  const BusyWorker worker(*plan);
  ASSIGN_OR_RETURN(features::ReadInput input,
                   read_input(mine.request, *plan, store_.plan(), *worker));
  input.at = now_micros();
  worker->reader.read(input, worker->values);
  write_feature_major(mine.request, *plan, *worker, mine.times, response.body);
  uint64_t number = 0;
  if (options_.skew == nullptr || !options_.skew->due(number) || input.rows == 0 ||
      !can_be_compared(*plan))
    return {};
  std::string line;
  write_sample({.at = input.at,
                .log_offset = store_.stats().folded_to,
                .row = static_cast<int64_t>(number / 7 % static_cast<uint64_t>(input.rows))},
               *plan, *worker, line);
  options_.skew->write(line);
  return {};
}

Result<std::shared_ptr<const ServedPlan>> FeatureApi::asked_plan(const Request& request,
                                                                 const features::Entity& entity) {
  if (const auto service = request.query_value("service")) return plans_.service(*service);
  const auto names = request.query_value("features");
  if (!names) return plans_.entity(entity);
  return plans_.features(split_names(*names));
}

Status FeatureApi::get_entity(const Request& request, Response& response) {
  ASSIGN_OR_RETURN(const features::Entity* const entity,
                   find_entity(store_.plan().registry(), request.parameter("entity")));
  ASSIGN_OR_RETURN(const auto plan, asked_plan(request, *entity));
  const bool alone = plan->entities().size() == 1 && plan->entities().front() == entity;
  if (!alone || !plan->request().request_fields().empty()) {
    return invalid_input(
               fmt::format("these features need more than the key of entity '{}'", entity->name))
        .with_mend("ask with POST /get-online-features");
  }
  const BusyWorker worker(*plan);
  const std::string_view id = request.parameter("id");
  const std::span<const std::string_view> keys(&id, 1);
  const Micros now = now_micros();
  worker->reader.read({.rows = 1, .keys = {&keys, 1}, .at = now}, worker->values);
  write_entity({.entity = entity->name, .id = id, .as_of = now}, *plan, *worker, response.body);
  return {};
}

Status FeatureApi::push(const Request& request, Response& response) {
  ASSIGN_OR_RETURN(const JsonValue body, scratch().json.parse(request.body));
  ASSIGN_OR_RETURN(const features::PushedRows rows, read_push(body, options_.max_pushed_rows));
  auto answer = store_.push(rows);
  if (!answer.ok()) return std::move(answer).error().for_key("df");
  last_push_.store(now_micros(), std::memory_order_relaxed);
  const bool visible = store_.wait_until_folded(answer->end, kFoldWaitSeconds);
  JsonWriter(response.body)
      .begin_object()
      .key("stored")
      .integer(answer->stored)
      .key("duplicates")
      .integer(answer->duplicates)
      .key("log_offset")
      .integer(answer->end)
      .key("visible")
      .boolean(visible)
      .end_object();
  return {};
}

Status FeatureApi::health(Response& response) const {
  const features::OnlineStats stats = store_.stats();
  const bool folding = stats.fold_error.empty();
  response.status = folding ? 200 : 503;
  JsonWriter json(response.body);
  json.begin_object().key("status").text(folding ? "ok" : "failing");
  json.key("entities").integer(stats.entities);
  json.key("log_lag_bytes").integer(stats.log_end - stats.folded_to);
  json.key("store").text(stats.store_available ? "ok" : "unavailable");
  if (!folding) json.key("fold_error").text(stats.fold_error);
  if (!stats.store_available) json.key("store_error").text(stats.store_error);
  json.end_object();
  return {};
}

void FeatureApi::add_metrics(Metrics& metrics) {
  const auto gauge = [&](std::string_view name, std::string_view help, auto read) {
    metrics.gauge_of(name, help,
                     [this, read] { return static_cast<double>(read(store_.stats())); });
  };
  using Stats = const features::OnlineStats&;
  gauge("coterie_features_events_folded", "Events of the log seen since the start.",
        [](Stats stats) { return stats.folded.events; });
  gauge("coterie_features_rows_folded", "Rows put into the online state since the start.",
        [](Stats stats) { return stats.folded.rows; });
  gauge("coterie_features_events_refused", "Events that are no rows of their source.",
        [](Stats stats) { return stats.folded.refused; });
  gauge("coterie_features_log_lag_bytes", "Bytes of the log that reads do not see yet.",
        [](Stats stats) { return stats.log_end - stats.folded_to; });
  gauge("coterie_features_log_end_bytes", "Offset behind the log's newest durable event.",
        [](Stats stats) { return stats.log_end; });
  gauge("coterie_features_entities", "Entities in the online state.",
        [](Stats stats) { return stats.entities; });
  gauge("coterie_features_state_bytes", "Bytes of the online state, texts not counted.",
        [](Stats stats) { return stats.bytes; });
  gauge("coterie_features_events_dropped", "Events beyond what is kept of an entity and source.",
        [](Stats stats) {
          int64_t dropped = 0;
          for (const features::SourceDrops& each : stats.drops) dropped += each.dropped.count;
          return dropped;
        });
  gauge("coterie_features_store_available", "1 while checkpoints can be saved, else 0.",
        [](Stats stats) { return stats.store_available ? 1 : 0; });
  gauge("coterie_features_folding", "1 while events are folded, 0 when folding stands still.",
        [](Stats stats) { return stats.fold_error.empty() ? 1 : 0; });
  gauge("coterie_features_checkpoint_age_seconds", "Since the last checkpoint; -1: none yet.",
        [](Stats stats) {
          return stats.last_checkpoint == 0
                     ? -1.0
                     : static_cast<double>(now_micros() - stats.last_checkpoint) / 1e6;
        });
  metrics.gauge_of("coterie_features_data_age_seconds",
                   "Since rows were last pushed to this process; -1: never.", [this] {
                     const Micros last = last_push_.load(std::memory_order_relaxed);
                     return last == 0 ? -1.0 : static_cast<double>(now_micros() - last) / 1e6;
                   });
}

}  // namespace coterie::serving
