#include "features/online/event_folder.h"

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "features/online/insert_queue_internal.h"
#include "features/plan/pushed_event.h"

namespace coterie::features {
namespace {

constexpr size_t kMaxShapes = 1'024;

// A source of the plan and where its reader's columns stand in the values of a shape.
struct Target {
  int source = 0;
  std::vector<int> from;  // by column of the reader; -1 = absent
};

}  // namespace

struct EventFolder::Impl {
  Impl(OnlineState& online_state, const TimeZone& zone) : state(online_state), queue(online_state) {
    for (const SourcePlan& source : state.plan().sources())
      readers.emplace_back(source, std::vector<TextPool*>(source.fields.size()), zone);
  }
  const std::vector<Target>& targets_of(const PushedShape& shape);
  Status fold_row(const Target& target, std::span<const PushedValue> row,
                  const events::Event& event);
  void refuse(const events::Event& event, const Error& error);

  OnlineState& state;
  InsertQueue queue;
  std::vector<RowReader> readers;  // by source
  PushedEventDecoder decoder;
  std::unordered_map<int64_t, std::vector<Target>> shapes;
  std::vector<PushedValue> values;
  Counter events, filtered, ignored, refused;
};

const std::vector<Target>& EventFolder::Impl::targets_of(const PushedShape& shape) {
  const auto known = shapes.find(shape.number);
  if (known != shapes.end()) return known->second;
  if (shapes.size() >= kMaxShapes) shapes.clear();
  std::vector<Target>& targets = shapes[shape.number];
  const auto& sources = state.plan().sources();
  for (size_t s = 0; s < sources.size(); ++s) {
    if (sources[s].source->name != shape.source) continue;
    Target target{.source = static_cast<int>(s), .from = {}};
    for (const std::string& column : readers[s].columns()) {
      const auto found = std::ranges::find(shape.columns, column);
      const bool there = found != shape.columns.end();
      target.from.push_back(there ? static_cast<int>(found - shape.columns.begin()) : -1);
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

Status EventFolder::Impl::fold_row(const Target& target, std::span<const PushedValue> row,
                                   const events::Event& event) {
  values.resize(target.from.size());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = target.from[i] < 0 ? PushedValue() : row[static_cast<size_t>(target.from[i])];
  ASSIGN_OR_RETURN(const PushedRow read, readers[static_cast<size_t>(target.source)].read(values));
  if (read.counts) {
    queue.add(target.source, read, event.offset, event.next);
  } else {
    filtered.add();
  }
  return {};
}

void EventFolder::Impl::refuse(const events::Event& event, const Error& error) {
  // The 1st, 2nd, 4th, 8th, ... is told: a log full of them must not fill another one.
  const int64_t count = refused.add();
  if (!std::has_single_bit(static_cast<uint64_t>(count))) return;
  log::warning("event at offset {} of the log is left out of the online features ({} so far): {}",
               event.offset, count, error.to_text());
}

EventFolder::EventFolder(OnlineState& state, const TimeZone& zone)
    : impl_(std::make_unique<Impl>(state, zone)) {}

void EventFolder::fold(const events::Event& event) {
  Impl& impl = *impl_;
  impl.events.add();
  const auto decoded = impl.decoder.decode(event.payload);
  if (!decoded.ok()) return impl.refuse(event, decoded.error());
  const std::vector<Target>& targets = impl.targets_of(*decoded->shape);
  if (targets.empty()) impl.ignored.add();
  for (const Target& target : targets) {
    const Status folded = impl.fold_row(target, decoded->values, event);
    if (!folded.ok()) impl.refuse(event, folded.error());
  }
}

void EventFolder::finish() { impl_->queue.finish(); }

FoldCounts EventFolder::counts() const {
  const Impl& impl = *impl_;
  return {.events = impl.events.value(),
          .rows = impl.queue.inserted(),
          .repeated = impl.queue.repeated(),
          .filtered = impl.filtered.value(),
          .ignored = impl.ignored.value(),
          .refused = impl.refused.value()};
}

EventFolder::EventFolder(EventFolder&&) noexcept = default;
EventFolder& EventFolder::operator=(EventFolder&&) noexcept = default;
EventFolder::~EventFolder() = default;

}  // namespace coterie::features
