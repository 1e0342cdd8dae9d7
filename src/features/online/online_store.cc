#include "features/online/online_store.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"
#include "events/frame.h"
#include "features/online/checkpoint.h"
#include "features/online/feature_records.h"
#include "features/online/log_follower_internal.h"
#include "store/record_table.h"

namespace coterie::features {
namespace {

constexpr double kFirstPause = 0.25;
constexpr double kLongestPause = 30;

// Features that read a source's events from before what was dropped.
void add_touched(const FeaturePlan& plan, int source, const DroppedEvents& dropped, Micros now,
                 std::vector<std::string>& touched) {
  for (const CompiledFeature& feature : plan.features()) {
    const bool reaches = std::ranges::any_of(feature.slots, [&](const SlotUse& use) {
      return use.source == source &&
             (use.aggregate.window == kLifetime || now - use.aggregate.window < dropped.latest);
    });
    const std::string& name = feature.definition->name;
    if (reaches && std::ranges::find(touched, name) == touched.end()) touched.push_back(name);
  }
}

}  // namespace

struct OnlineStore::Impl {
  Impl(const FeaturePlan& feature_plan, const FittedSet& fitted_set, const OnlineConfig& settings,
       const TimeZone& time_zone, events::EventLog event_log,
       std::unique_ptr<store::KeyValueStore> key_values)
      : plan(feature_plan),
        fitted(fitted_set),
        config(settings),
        zone(time_zone),
        log(std::move(event_log)),
        store(std::move(key_values)),
        pusher(feature_plan, time_zone) {}
  ~Impl();

  // What open() does, in this order.
  Status open_records();
  Status start();

  // With the saving lock held.
  Status save();
  Status check_stored_head();
  Status save_changed();
  Status take_over_pending();
  Status clear_superseded();
  Status take_over(const CheckpointHead& pending);
  Status remake_records();
  Result<FoldWork> load(const CheckpointHead& head) const;
  CheckpointHead new_head(events::Offset offset) const;

  Status checkpoint();
  void save_until_stopped();

  const FeaturePlan& plan;
  const FittedSet fitted;
  const OnlineConfig config;
  const TimeZone zone;
  events::EventLog log;
  std::unique_ptr<store::KeyValueStore> store;
  std::unique_ptr<store::RecordTable> records;  // null: none are written
  RowPusher pusher;
  std::optional<ServingState> serving;
  std::optional<LogFollower> follower;

  std::mutex saving;  // one checkpoint at a time
  std::optional<FeatureRecords> feature_records;
  CheckpointHead head;  // as written last

  mutable std::mutex mutex;  // of what follows
  OnlineStats report;        // what the saving thread says of itself
  bool stopping = false;
  std::condition_variable stop;
  std::thread saver;
};

OnlineStore::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  stop.notify_all();
  if (saver.joinable()) saver.join();
}

Status OnlineStore::Impl::open_records() {
  if (!config.records) return {};
  ASSIGN_OR_RETURN(records, store::open_record_table(config.store_url, config.store, "features"));
  return {};
}

Result<FoldWork> OnlineStore::Impl::load(const CheckpointHead& from) const {
  auto state = std::make_shared<OnlineState>(plan, config.limits);
  RETURN_IF_ERROR(check_fingerprint(from, *state, *store));
  RETURN_IF_ERROR(load_generation(*store, from.generation, *state));
  state->set_dropped(from.dropped);
  return FoldWork::make(std::move(state), zone, config.log_folder, from.offset);
}

Status OnlineStore::Impl::start() {
  ASSIGN_OR_RETURN(const auto written, read_head(*store, HeadKind::kServing));
  ASSIGN_OR_RETURN(const auto pending, read_head(*store, HeadKind::kPending));
  std::optional<FoldWork> work;
  if (pending && (!written || pending->generation > written->generation)) {
    head = *pending;
    head.saved_at = 0;  // as the one that serves it was not saved yet
    head.superseded = written ? written->generation : kNoGeneration;
  } else if (written) {
    head = *written;
  } else {
    RETURN_IF_ERROR(check_never_materialized(config.log_folder, store->name()));
    // Records without a head may be of another log.
    RETURN_IF_ERROR(clear_generation(*store, head.generation));
    head.offset = log.begin();
    head.fingerprint = OnlineLayout(plan).fingerprint();
    if (log.begin() > 0) {
      coterie::log::warning(
          "{} is empty and the log's events before offset {} have been removed: run `coterie "
          "features materialize`, or features know only what came later",
          store->name(), log.begin());
    }
  }
  ASSIGN_OR_RETURN(work, load(head));
  serving.emplace(work->state);
  if (records != nullptr) RETURN_IF_ERROR(remake_records());
  follower.emplace(*std::move(work));
  report.generation = head.generation;
  report.checkpoint_offset = head.offset;
  saver = std::thread([this] { save_until_stopped(); });
  return {};
}

Status OnlineStore::Impl::remake_records() {
  ASSIGN_OR_RETURN(feature_records, FeatureRecords::make(*serving, fitted, zone));
  const std::lock_guard lock(mutex);
  report.unrecorded_features = feature_records->left_out();
  return {};
}

CheckpointHead OnlineStore::Impl::new_head(events::Offset offset) const {
  CheckpointHead next = head;
  next.offset = offset;
  next.saved_at = now_micros();
  next.dropped = serving->get()->dropped();
  return next;
}

Status OnlineStore::Impl::save_changed() {
  const std::shared_ptr<OnlineState> state = serving->get();
  std::vector<OnlineState::EntityRef> changed;
  events::Offset offset = 0;
  follower->between_events([&]() -> std::optional<FoldWork> {
    offset = follower->folded_to();
    changed = state->take_changed();
    return std::nullopt;
  });
  // Nothing of the log was folded, and no generation waits for its first head.
  if (changed.empty() && offset == head.offset && head.saved_at != 0) return {};
  RETURN_IF_ERROR(
      write_entities(*store, head.generation, *state, changed, config.checkpoint_batch_bytes,
                     [&](std::span<const OnlineState::EntityRef> written) -> Status {
                       if (!feature_records) return {};
                       return feature_records->put(written, *records, config.record_ttl_s);
                     }));
  const CheckpointHead next = new_head(offset);
  store::WriteBatch batch;
  put_head(batch, HeadKind::kServing, next);
  const Status saved = store->write(batch);
  if (!saved.ok()) {
    // The head must move later even if nothing changes any more.
    for (const OnlineState::EntityRef& entity : changed) state->give_back(entity);
    return saved;
  }
  head = next;
  const std::lock_guard lock(mutex);
  ++report.checkpoints;
  report.last_checkpoint = next.saved_at;
  report.checkpoint_offset = offset;
  return {};
}

Status OnlineStore::Impl::take_over_pending() {
  ASSIGN_OR_RETURN(const auto pending, read_head(*store, HeadKind::kPending));
  if (!pending || pending->generation <= head.generation) return {};
  return take_over(*pending);
}

Status OnlineStore::Impl::take_over(const CheckpointHead& pending) {
  ASSIGN_OR_RETURN(FoldWork loaded, load(pending));
  std::optional<FoldWork> work = std::move(loaded);
  // Here while the old state serves and folds; the rest, which is little, between two events.
  const auto catch_up = [&work]() -> Status {
    while (true) {
      ASSIGN_OR_RETURN(const int64_t folded, work->fold(4'096));
      if (folded == 0) return {};
    }
  };
  RETURN_IF_ERROR(catch_up());
  Status caught_up;
  follower->between_events([&]() -> std::optional<FoldWork> {
    caught_up = catch_up();
    if (!caught_up.ok()) return std::nullopt;
    serving->exchange(work->state);
    return std::exchange(work, std::nullopt);
  });
  RETURN_IF_ERROR(caught_up);
  const int64_t old = head.generation;
  head = pending;
  head.saved_at = 0;
  head.superseded = old;
  if (records != nullptr) RETURN_IF_ERROR(remake_records());
  coterie::log::info("online features: generation {} serves", head.generation);
  const std::lock_guard lock(mutex);
  report.generation = head.generation;
  return {};
}

// A server that was restarted may come back empty, or with what it held some time ago: then records
// of entities that have not changed since are missing there, and all are written again.
Status OnlineStore::Impl::check_stored_head() {
  if (head.saved_at == 0) return {};
  ASSIGN_OR_RETURN(const auto stored, read_head(*store, HeadKind::kServing));
  const bool as_written = stored && stored->generation == head.generation &&
                          stored->offset == head.offset && stored->saved_at == head.saved_at;
  if (as_written) return {};
  coterie::log::warning("{} has lost what was saved there: all of it is written again",
                        store->name());
  serving->get()->change_all();
  head.saved_at = 0;
  return {};
}

// Only when the head that supersedes it is written.
Status OnlineStore::Impl::clear_superseded() {
  if (head.superseded == kNoGeneration || head.saved_at == 0) return {};
  RETURN_IF_ERROR(clear_generation(*store, head.superseded));
  CheckpointHead next = head;
  next.superseded = kNoGeneration;
  store::WriteBatch batch;
  put_head(batch, HeadKind::kServing, next);
  RETURN_IF_ERROR(store->write(batch));
  head = next;
  return {};
}

Status OnlineStore::Impl::save() {
  RETURN_IF_ERROR(check_stored_head());
  RETURN_IF_ERROR(clear_superseded());
  // One at a time: a generation that is to be cleared must not be forgotten for a newer one.
  if (head.superseded == kNoGeneration) RETURN_IF_ERROR(take_over_pending());
  RETURN_IF_ERROR(save_changed());
  return clear_superseded();
}

Status OnlineStore::Impl::checkpoint() {
  const std::lock_guard lock(saving);
  const Status saved = save();
  const std::lock_guard reporting(mutex);
  const std::string error = saved.ok() ? "" : saved.error().to_text();
  if (!saved.ok() && error != report.store_error)
    coterie::log::warning("the online features cannot be saved, the log keeps them: {}", error);
  if (saved.ok() && !report.store_available)
    coterie::log::info("the online features are saved again in {}", store->name());
  report.store_available = saved.ok();
  report.store_error = error;
  return saved;
}

void OnlineStore::Impl::save_until_stopped() {
  double pause = config.checkpoint_every_s;
  std::unique_lock lock(mutex);
  while (!stop.wait_for(lock, std::chrono::duration<double>(pause), [&] { return stopping; })) {
    const bool was_available = report.store_available;
    lock.unlock();
    const bool saved = checkpoint().ok();
    lock.lock();
    if (saved) {
      pause = config.checkpoint_every_s;
    } else {
      pause = was_available ? kFirstPause : std::min(2 * pause, kLongestPause);
    }
  }
}

Result<std::unique_ptr<OnlineStore>> OnlineStore::open(const FeaturePlan& plan,
                                                       const FittedSet& fitted,
                                                       const OnlineConfig& config,
                                                       const TimeZone& zone) {
  if (config.limits.max_events < kFewestEvents)
    return invalid_input(fmt::format("max_events is {}", config.limits.max_events))
        .with_mend(fmt::format("keep at least {} events of an entity and source", kFewestEvents));
  ASSIGN_OR_RETURN(events::EventLog log, events::EventLog::open(config.log_folder, config.log));
  ASSIGN_OR_RETURN(auto store, store::open_store(config.store_url, config.store));
  auto impl = std::make_unique<Impl>(plan, fitted, config, zone, std::move(log), std::move(store));
  RETURN_IF_ERROR(impl->open_records());
  RETURN_IF_ERROR(impl->start());
  return std::unique_ptr<OnlineStore>(new OnlineStore(std::move(impl)));
}

Result<PushAnswer> OnlineStore::push(const PushedRows& rows) {
  EncodedRows encoded;
  RETURN_IF_ERROR(impl_->pusher.encode(rows, encoded));
  const std::span<const events::NewEvent> all = encoded.events;
  PushAnswer answer;
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin;
    int64_t bytes = 0;
    for (; end < all.size(); ++end) {
      bytes += events::frame_bytes(all[end]);
      if (end > begin && bytes > impl_->config.log.max_group_bytes) break;
    }
    ASSIGN_OR_RETURN(const auto appended, impl_->log.append(all.subspan(begin, end - begin)));
    for (const events::Appended& each : appended)
      ++(each.duplicate ? answer.duplicates : answer.stored);
    begin = end;
  }
  answer.end = impl_->log.end();
  impl_->follower->wake();
  return answer;
}

bool OnlineStore::wait_until_folded(events::Offset offset, double timeout_s) const {
  return impl_->follower->wait_until_folded(offset, timeout_s);
}

const ServingState& OnlineStore::serving() const { return *impl_->serving; }
const FeaturePlan& OnlineStore::plan() const { return impl_->plan; }
const TimeZone& OnlineStore::zone() const { return impl_->zone; }
events::EventLog& OnlineStore::log() { return impl_->log; }
Status OnlineStore::checkpoint() { return impl_->checkpoint(); }

OnlineStats OnlineStore::stats() const {
  const std::shared_ptr<OnlineState> state = impl_->serving->get();
  OnlineStats stats;
  {
    const std::lock_guard lock(impl_->mutex);
    stats = impl_->report;
  }
  stats.folded = impl_->follower->counts();
  stats.fold_error = impl_->follower->error();
  stats.folded_to = impl_->follower->folded_to();
  stats.log_begin = impl_->log.begin();
  stats.log_end = impl_->log.end();
  stats.entities = state->entities();
  stats.bytes = state->bytes();
  const std::vector<DroppedEvents> dropped = state->dropped();
  for (size_t s = 0; s < dropped.size(); ++s) {
    if (dropped[s].count == 0) continue;
    const SourcePlan& source = impl_->plan.sources()[s];
    stats.drops.push_back({source.source->name, source.entity->name, dropped[s]});
    add_touched(impl_->plan, static_cast<int>(s), dropped[s], now_micros(), stats.touched_features);
  }
  return stats;
}

OnlineStore::OnlineStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OnlineStore::~OnlineStore() = default;

}  // namespace coterie::features
