#include "features/offline/event_texts.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "features/offline/event_sql.h"

namespace coterie::features {
namespace {

// Which columns of a source the aggregates need the texts of.
std::vector<bool> needed_texts(const FeaturePlan& plan, size_t source) {
  std::vector<bool> needed(plan.sources()[source].fields.size(), false);
  std::vector<SlotUse> uses;
  for (const CompiledFeature& feature : plan.features())
    uses.insert(uses.end(), feature.slots.begin(), feature.slots.end());
  for (const SlotUse& use : uses) {
    if (static_cast<size_t>(use.source) != source) continue;
    const Aggregate& aggregate = use.aggregate;
    const Function f = aggregate.function;
    const bool shows = f == Function::kLast || f == Function::kFirst || f == Function::kLatest ||
                       f == Function::kMin || f == Function::kMax;
    if (shows && aggregate.column >= 0) needed[static_cast<size_t>(aggregate.column)] = true;
    if (aggregate.group >= 0) needed[static_cast<size_t>(aggregate.group)] = true;
  }
  return needed;
}

Status read_texts(const std::string& select, data::Connection& connection, TextPool& pool) {
  return connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
    const data::ColumnView texts = chunk.column(0);
    for (int64_t row = 0; row < chunk.rows(); ++row) pool.add(texts.as_text(row));
    return {};
  });
}

// The distinct texts of field `index`, in their order.
std::string distinct_sql(const SourcePlan& source, size_t index, const std::string& keys) {
  return fmt::format("SELECT DISTINCT f{0} FROM ({1}) WHERE f{0} IS NOT NULL ORDER BY 1", index,
                     event_sql(source, keys, {}));
}

}  // namespace

Result<EventTexts> EventTexts::read(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                    data::Connection& connection, Ids ids) {
  EventTexts texts;
  for (size_t s = 0; s < plan.sources().size(); ++s) {
    const SourcePlan& source = plan.sources()[s];
    SourcePools pools(source.fields.size(), nullptr);
    std::vector<std::unique_ptr<GrowingTexts>> growing(source.fields.size());
    const std::vector<bool> needed = needed_texts(plan, s);
    const bool real =
        std::ranges::find(source.layout.columns, Cell::kReal) != source.layout.columns.end();
    for (size_t f = 0; f < source.fields.size(); ++f) {
      const Field& field = source.fields[f];
      const bool passed_over = !field.dictionary.empty() && !needed[f] && ids == Ids::kNeeded;
      if (field.cell != Cell::kCode || passed_over) continue;
      auto pool = std::make_unique<TextPool>();
      if (!field.dictionary.empty()) {
        RETURN_IF_ERROR(
            read_texts(fmt::format("SELECT id FROM facts.dict_{} ORDER BY code", field.dictionary),
                       connection, *pool));
      } else if (real) {
        const std::string& relation = keys_of(keys, *source.entity).relation;
        RETURN_IF_ERROR(read_texts(distinct_sql(source, f, relation), connection, *pool));
      } else {
        growing[f] = std::make_unique<GrowingTexts>(*pool);
      }
      pools[f] = pool.get();
      texts.owned_.push_back(std::move(pool));
    }
    texts.pools_.push_back(std::move(pools));
    texts.growing_.push_back(std::move(growing));
  }
  return texts;
}

}  // namespace coterie::features
