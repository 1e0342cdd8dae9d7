// links: coterie_features_window
// Checkpoints of the online state: whatever the bytes, decoding ends with an error or with a
// history that can be asked, added to, and written again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/window/entity_history.h"
#include "features/window/evaluator.h"

namespace {

using namespace coterie::features;

EventLayout fuzz_layout() {
  EventLayout layout;
  layout.columns = {Cell::kInteger, Cell::kReal, Cell::kCode, Cell::kCode};
  layout.filters = 1;
  layout.add_mask({.filter = 0, .column = 2});
  layout.add_mask({.filter = -1, .column = 0});
  layout.add_distinct({.column = 2, .mask = 0});
  return layout;
}

void ask(const EventLayout& layout, const EntityHistory& history, const TextPool& texts) {
  const WindowPlan plan{
      {.function = Function::kSum, .column = 0, .mask = 1, .slot = 0},
      {.function = Function::kDistinct, .column = 2, .mask = 0, .distinct = 0, .slot = 1},
      {.function = Function::kMax, .column = 2, .mask = 0, .window = 1'000, .slot = 2}};
  const WindowEvaluator evaluator(layout, plan, {nullptr, nullptr, &texts, nullptr});
  std::vector<SlotColumn> slots(plan.size());
  for (const Aggregate& aggregate : plan) {
    SlotColumn& slot = slots[static_cast<size_t>(aggregate.slot)];
    slot.cell = WindowEvaluator::result_cell(aggregate, layout);
    slot.resize(2);
  }
  WindowEvaluator::Scratch scratch;
  EntityHistory::ViewScratch view_scratch;
  const std::array<coterie::Micros, 2> at{0, std::numeric_limits<coterie::Micros>::max()};
  evaluator.evaluate(history.view(view_scratch), at, 0, slots, scratch);
  if (slots[1].integers[1] > history.size()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const EventLayout layout = fuzz_layout();
  TextPool texts;
  std::array<TextPool*, 4> pools{nullptr, nullptr, &texts, nullptr};
  const std::array<const TextPool*, 4> read_pools{nullptr, nullptr, &texts, nullptr};
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto history = EntityHistory::decode(layout, bytes, pools);
  if (!history.ok()) return 0;
  ask(layout, *history, texts);
  std::string written;
  history->encode(read_pools, written);
  const auto again = EntityHistory::decode(layout, written, pools);
  if (!again.ok() || again->size() != history->size()) __builtin_trap();
  const std::array<EventValue, 4> values{};
  const std::array<uint8_t, 1> passes{1};
  history->insert({.time = 5, .arrived = 9, .values = values, .passes = passes});
  history->keep_newest(history->size() / 2);
  ask(layout, *history, texts);
  return 0;
}
