#include "features/online/online_layout.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/json.h"

namespace coterie::features {
namespace {

// Of the version of EntityHistory's bytes and of what surrounds them in a record.
constexpr int kEncoding = 1;

nlohmann::json describe(const SourcePlan& plan) {
  nlohmann::json masks = nlohmann::json::array();
  for (const Mask& mask : plan.layout.masks) masks.push_back({mask.filter, mask.column});
  nlohmann::json distincts = nlohmann::json::array();
  for (const DistinctIndex& index : plan.layout.distincts)
    distincts.push_back({index.column, index.mask});
  nlohmann::json fields = nlohmann::json::array();
  for (const Field& field : plan.fields)
    fields.push_back({field.expression.to_text(), field.type.to_text()});
  nlohmann::json filters = nlohmann::json::array();
  for (const expr::Expression& filter : plan.filters) filters.push_back(filter.to_text());
  nlohmann::json computed = nlohmann::json::array();
  for (const ComputedColumn& column : plan.computed)
    computed.push_back({column.name, column.expression.to_text()});
  return {{"source", plan.source->name},
          {"static", plan.source->is_static},
          {"time", plan.table.timestamp_field},
          {"arrived", plan.table.arrived_at},
          {"keys", plan.entity->join_keys},
          {"where", plan.where ? plan.where->to_text() : ""},
          {"computed", computed},
          {"fields", fields},
          {"filters", filters},
          {"masks", masks},
          {"distincts", distincts}};
}

}  // namespace

OnlineLayout::OnlineLayout(const FeaturePlan& plan) : plan_(&plan) {
  for (size_t s = 0; s < plan.sources().size(); ++s) {
    const Entity* const entity = plan.sources()[s].entity;
    auto kind = std::ranges::find(kinds_, entity, &EntityKind::entity);
    if (kind == kinds_.end()) kind = kinds_.insert(kind, {.entity = entity, .sources = {}});
    places_.push_back(
        {static_cast<int>(kind - kinds_.begin()), static_cast<int>(kind->sources.size())});
    kind->sources.push_back(static_cast<int>(s));
  }
}

int OnlineLayout::kind_of(std::string_view entity) const {
  const auto found = std::ranges::find_if(
      kinds_, [&](const EntityKind& kind) { return kind.entity->name == entity; });
  return found == kinds_.end() ? -1 : static_cast<int>(found - kinds_.begin());
}

std::string OnlineLayout::fingerprint() const {
  nlohmann::json all = {{"encoding", kEncoding}};
  for (const EntityKind& kind : kinds_) {
    nlohmann::json sources = nlohmann::json::array();
    for (const int source : kind.sources)
      sources.push_back(describe(plan_->sources()[static_cast<size_t>(source)]));
    all["entities"].push_back({{"name", kind.entity->name}, {"sources", sources}});
  }
  return sha256_hex(dump_json(all));
}

}  // namespace coterie::features
