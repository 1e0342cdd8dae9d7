#include "steps/feature_history.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "features/offline/event_loader.h"
#include "features/offline/pushed_rows.h"
#include "features/plan/row_reader.h"

namespace coterie::steps {
namespace {

using features::EntityKeys;

class WarehouseHistory : public features::HistoryFeed {
 public:
  WarehouseHistory(const features::OfflineContext& context, const features::OfflinePlan& plan,
                   features::EventTexts texts, int64_t log_offset)
      : context_(context), plan_(plan), texts_(std::move(texts)), log_offset_(log_offset) {}

  Status read(int source, const features::HistorySink& sink) override {
    const features::SourcePlan& from = plan_.plan.sources()[static_cast<size_t>(source)];
    RETURN_IF_ERROR(find_keys(features::keys_of(plan_.keys, *from.entity)));
    std::vector<std::string_view> keys;
    return features::read_events(
        plan_.plan, source, plan_.keys, texts_, {}, context_.connection,
        [&](const features::EventChunk& chunk) -> Status {
          keys.clear();
          for (const int32_t code : chunk.entities)
            keys.emplace_back(keys_[static_cast<size_t>(code)]);
          return sink({.rows = std::ssize(keys),
                       .keys = keys,
                       .times = chunk.times,
                       .arrivals = chunk.arrivals,
                       .columns = chunk.columns,
                       .pools = texts_.pools()[static_cast<size_t>(source)],
                       .passes = chunk.passes});
        });
  }
  events::Offset log_offset() const override { return log_offset_; }

 private:
  // External keys by code, of one entity at a time.
  Status find_keys(const EntityKeys& of) {
    if (entity_ == of.entity) return {};
    entity_ = of.entity;
    keys_.assign(static_cast<size_t>(of.size), {});
    const size_t columns = of.entity->join_keys.size();
    std::string selected = "code";
    for (size_t k = 0; k < columns; ++k) selected += fmt::format(", k{}", k);
    return context_.connection.for_each_chunk(
        fmt::format("SELECT {} FROM {}", selected, features::key_texts_sql(of)),
        [&](const data::Chunk& chunk) -> Status {
          std::vector<std::string_view> parts(columns);
          for (int64_t row = 0; row < chunk.rows(); ++row) {
            for (size_t k = 0; k < columns; ++k)
              parts[k] = chunk.column(static_cast<int>(k) + 1).as_text(row);
            keys_[static_cast<size_t>(chunk.column(0).as_int(row))] = features::entity_key(parts);
          }
          return {};
        });
  }

  const features::OfflineContext& context_;
  const features::OfflinePlan& plan_;
  features::EventTexts texts_;
  int64_t log_offset_;
  const features::Entity* entity_ = nullptr;
  std::vector<std::string> keys_;
};

}  // namespace

Result<std::unique_ptr<features::HistoryFeed>> warehouse_history(
    const features::OfflineContext& context, const features::OfflinePlan& plan) {
  ASSIGN_OR_RETURN(auto texts, features::EventTexts::read(plan.plan, plan.keys, context.connection,
                                                          features::EventTexts::Ids::kAll));
  ASSIGN_OR_RETURN(const int64_t offset, features::pushed_offset(context.snapshot));
  return std::unique_ptr<features::HistoryFeed>(
      std::make_unique<WarehouseHistory>(context, plan, std::move(texts), offset));
}

}  // namespace coterie::steps
