#include "features/online/online_reader.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "features/window/evaluator.h"

namespace coterie::features {
namespace {

constexpr int64_t kTurns = 4;  // from one step towards an entity to the next

// A source that the request reads.
struct UsedSource {
  UsedSource(int number, const RequestPlan& request, const OnlineState& state)
      : source(number),
        place(static_cast<size_t>(state.layout().place_of(number).place)),
        evaluator(layout(state), request.windows(number), state.pools(number)),
        nothing(layout(state)) {
    for (const Aggregate& aggregate : request.windows(number)) {
      if (WindowEvaluator::is_list(aggregate)) lists.push_back(static_cast<size_t>(aggregate.slot));
    }
  }
  const EventLayout& layout(const OnlineState& state) const {
    return state.plan().sources()[static_cast<size_t>(source)].layout;
  }

  int source;
  size_t place;  // among its kind's
  WindowEvaluator evaluator;
  EntityHistory nothing;      // what is read of entities without events
  std::vector<size_t> lists;  // slots that are appended to
};

struct UsedKind {
  int kind = 0;
  std::vector<UsedSource> sources;
};

}  // namespace

struct OnlineReader::Impl {
  Impl(const ServingState& serving_state, const RequestPlan& request_plan, TimeZone time_zone)
      : serving(serving_state), request(request_plan), zone(std::move(time_zone)) {}

  void follow();  // to the state that serves now
  std::shared_ptr<OnlineState> hold();
  void prepare(const ReadInput& input);
  void read_entities(const UsedKind& kind, const OnlineState& state,
                     std::span<const std::string_view> keys);
  void read_entity(const UsedKind& kind, const OnlineState& state, std::string_view key,
                   int64_t row);
  void read_source(const UsedSource& source, const EntityHistory& history, int64_t row);
  void own_texts(std::vector<ValueColumn>& values);

  const ServingState& serving;
  const RequestPlan& request;
  TimeZone zone;

  int64_t number = -1;
  std::weak_ptr<OnlineState> state;
  std::vector<UsedKind> kinds;
  std::vector<std::string> kind_names;
  std::optional<RequestPlan::Workspace> workspace;

  WindowEvaluator::Scratch scratch;
  EntityHistory::ViewScratch view_scratch;
  std::vector<std::vector<SlotColumn>> slots;  // by source
  std::vector<std::vector<Micros>> newest;     // by source
  std::vector<SourcePools> pools;              // by source
  std::vector<uint64_t> hashes;                // of the keys of a kind
  std::vector<Micros> at;
  std::vector<int32_t> days;
  std::string texts;  // of the answer
  std::vector<size_t> text_outputs;
  int64_t prepared_rows = -1;
  Micros day_begin = 0;  // of the latest day looked up, and its end
  Micros day_end = -1;
  int32_t day = 0;
};

void OnlineReader::Impl::follow() {
  number = serving.number();
  const std::shared_ptr<OnlineState> now = serving.get();
  state = now;
  kinds.clear();
  kind_names.clear();
  pools.clear();
  const auto& sources = now->plan().sources();
  const auto& all_kinds = now->layout().kinds();
  for (size_t k = 0; k < all_kinds.size(); ++k) {
    UsedKind kind{.kind = static_cast<int>(k), .sources = {}};
    for (const int source : all_kinds[k].sources) {
      if (request.uses(source)) kind.sources.emplace_back(source, request, *now);
    }
    if (kind.sources.empty()) continue;
    kind_names.push_back(all_kinds[k].entity->name);
    kinds.push_back(std::move(kind));
  }
  slots.assign(sources.size(), {});
  newest.assign(sources.size(), {});
  for (size_t s = 0; s < sources.size(); ++s) {
    pools.push_back(now->pools(static_cast<int>(s)));
    slots[s].resize(static_cast<size_t>(request.slots(static_cast<int>(s))));
    for (const Aggregate& aggregate : request.windows(static_cast<int>(s))) {
      SlotColumn& slot = slots[s][static_cast<size_t>(aggregate.slot)];
      slot.cell = WindowEvaluator::result_cell(aggregate, sources[s].layout);
      slot.list = WindowEvaluator::is_list(aggregate);
    }
  }
  prepared_rows = -1;
  text_outputs.clear();
  for (size_t o = 0; o < request.outputs().size(); ++o) {
    const ValueType& type = request.outputs()[o].type;
    if (type.shape == Shape::kTexts || type.type.is(expr::TypeKind::kText))
      text_outputs.push_back(o);
  }
  // It remembers codes of the pools.
  workspace.emplace(request);
}

std::shared_ptr<OnlineState> OnlineReader::Impl::hold() {
  while (true) {
    if (number == serving.number()) {
      if (auto held = state.lock()) return held;
    }
    follow();
  }
}

void OnlineReader::Impl::prepare(const ReadInput& input) {
  const auto rows = static_cast<size_t>(input.rows);
  if (input.at < day_begin || input.at > day_end) {
    day = zone.day_of(input.at);
    day_begin = zone.day_start(day);
    day_end = zone.day_end(day);
  }
  at.assign(rows, input.at);
  days.assign(rows, day);
  // Scalars of as many rows as last time need no touch: each is written again.
  const bool same_rows = prepared_rows == input.rows;
  prepared_rows = input.rows;
  for (const UsedKind& kind : kinds) {
    for (const UsedSource& used : kind.sources) {
      const auto source = static_cast<size_t>(used.source);
      newest[source].assign(rows, kNever);
      if (!same_rows) {
        for (SlotColumn& slot : slots[source]) slot.resize(input.rows);
      }
      for (const size_t list : used.lists) slots[source][list].resize(input.rows);
    }
  }
}

void OnlineReader::Impl::read_source(const UsedSource& source, const EntityHistory& history,
                                     int64_t row) {
  const EventsView view = history.view(view_scratch);
  const auto number_of_source = static_cast<size_t>(source.source);
  const Micros& moment = at[static_cast<size_t>(row)];
  source.evaluator.evaluate(view, {&moment, 1}, row, slots[number_of_source], scratch);
  const int64_t last = newest_visible(view, moment);
  if (last >= 0) newest[number_of_source][static_cast<size_t>(row)] = view.times[last];
}

// While one is read, what the next ones need is fetched.
void OnlineReader::Impl::read_entities(const UsedKind& kind, const OnlineState& online,
                                       std::span<const std::string_view> keys) {
  hashes.clear();
  for (const std::string_view key : keys) hashes.push_back(online.hash_of(kind.kind, key));
  const auto rows = static_cast<int64_t>(keys.size());
  const auto fetch = [&](int64_t row, Fetch step) {
    if (row < 0 || row >= rows) return;
    online.prefetch_read(kind.kind, hashes[static_cast<size_t>(row)], step);
  };
  for (int64_t row = rows == 1 ? 0 : -3 * kTurns; row < rows; ++row) {
    fetch(row + 3 * kTurns, Fetch::kSlot);
    fetch(row + 2 * kTurns, Fetch::kEntry);
    fetch(row + kTurns, Fetch::kBytes);
    if (row >= 0) read_entity(kind, online, keys[static_cast<size_t>(row)], row);
  }
}

void OnlineReader::Impl::read_entity(const UsedKind& kind, const OnlineState& online,
                                     std::string_view key, int64_t row) {
  online.read(
      kind.kind, key, hashes[static_cast<size_t>(row)], [&](OnlineState::Histories histories) {
        const auto known = [&](const UsedSource& source) {
          return !histories.empty() && histories[source.place].has_value();
        };
        for (const UsedSource& source : kind.sources) {
          if (known(source)) histories[source.place]->prefetch();
        }
        for (const UsedSource& source : kind.sources)
          read_source(source, known(source) ? *histories[source.place] : source.nothing, row);
      });
}

// Texts of pools end with their state, which may be exchanged before the caller is done.
void OnlineReader::Impl::own_texts(std::vector<ValueColumn>& values) {
  size_t bytes = 0;
  const auto each_text = [&](const auto& visit) {
    for (const size_t output : text_outputs) {
      for (std::string_view& text : values[output].texts) visit(text);
      for (std::string_view& text : values[output].entries) visit(text);
    }
  };
  each_text([&bytes](std::string_view text) { bytes += text.size(); });
  texts.clear();
  texts.reserve(bytes);
  each_text([this](std::string_view& text) {
    const size_t begin = texts.size();
    texts += text;
    text = std::string_view(texts).substr(begin);
  });
}

OnlineReader::OnlineReader(const ServingState& serving, const RequestPlan& request,
                           const TimeZone& zone)
    : impl_(std::make_unique<Impl>(serving, request, zone)) {
  impl_->follow();
}

const std::vector<std::string>& OnlineReader::kinds() const { return impl_->kind_names; }

void OnlineReader::read(const ReadInput& input, std::vector<ValueColumn>& values) {
  Impl& impl = *impl_;
  const std::shared_ptr<OnlineState> state = impl.hold();
  CHECK(input.keys.size() == impl.kinds.size());
  impl.prepare(input);
  for (size_t k = 0; k < impl.kinds.size(); ++k) {
    CHECK(input.keys[k].size() == static_cast<size_t>(input.rows));
    impl.read_entities(impl.kinds[k], *state, input.keys[k]);
  }
  impl.request.assemble({.rows = input.rows,
                         .at = impl.at,
                         .as_of_days = impl.days,
                         .slots = impl.slots,
                         .newest = impl.newest,
                         .pools = impl.pools,
                         .request = input.request},
                        *impl.workspace, values);
  impl.own_texts(values);
}

OnlineReader::OnlineReader(OnlineReader&&) noexcept = default;
OnlineReader& OnlineReader::operator=(OnlineReader&&) noexcept = default;
OnlineReader::~OnlineReader() = default;

}  // namespace coterie::features
