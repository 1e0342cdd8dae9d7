#include "features/offline/entity_keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "features/offline/event_sql.h"

namespace coterie::features {
namespace {

// The dictionary that codes the entity's one join key in every source of it; "" if there is none.
std::string common_dictionary(const FeaturePlan& plan, const Entity& entity) {
  if (entity.join_keys.size() != 1) return "";
  std::string dictionary;
  for (const SourcePlan& source : plan.sources()) {
    if (source.entity != &entity) continue;
    const std::string& each = source.table.find(entity.join_keys.front())->dictionary;
    if (each.empty() || (!dictionary.empty() && dictionary != each)) return "";
    dictionary = each;
  }
  return dictionary;
}

Status code_keys(const FeaturePlan& plan, data::Connection& connection, EntityKeys& keys) {
  std::string all, columns;
  for (const SourcePlan& source : plan.sources()) {
    if (source.entity != keys.entity) continue;
    all += (all.empty() ? "" : " UNION ") + distinct_keys_sql(source);
  }
  for (size_t i = 0; i < keys.entity->join_keys.size(); ++i)
    columns += fmt::format("{}k{}", i == 0 ? "" : ", ", i);
  RETURN_IF_ERROR(connection.execute(fmt::format(
      "CREATE OR REPLACE TEMP TABLE {0} AS SELECT CAST(row_number() OVER (ORDER BY {1}) - 1 AS "
      "INTEGER) AS code, {1} FROM ({2})",
      keys.relation, columns, all)));
  ASSIGN_OR_RETURN(const int64_t size,
                   connection.scalar_int("SELECT count(*) FROM " + keys.relation));
  keys.size = static_cast<int32_t>(size);
  return {};
}

}  // namespace

Result<std::vector<EntityKeys>> find_entity_keys(const FeaturePlan& plan,
                                                 const data::Snapshot& snapshot,
                                                 data::Connection& connection) {
  std::vector<EntityKeys> all;
  for (const SourcePlan& source : plan.sources()) {
    const Entity& entity = *source.entity;
    if (std::ranges::find(all, &entity, &EntityKeys::entity) != all.end()) continue;
    EntityKeys keys{.entity = &entity, .dictionary = common_dictionary(plan, entity)};
    if (!keys.dictionary.empty()) {
      keys.size = snapshot.dictionary(keys.dictionary)->size;
    } else {
      keys.relation = fmt::format("entity_keys_{}", all.size());
      RETURN_IF_ERROR(code_keys(plan, connection, keys));
    }
    all.push_back(std::move(keys));
  }
  return all;
}

const EntityKeys& keys_of(const std::vector<EntityKeys>& all, const Entity& entity) {
  const auto found = std::ranges::find(all, &entity, &EntityKeys::entity);
  CHECK(found != all.end());
  return *found;
}

std::string key_texts_sql(const EntityKeys& keys) {
  if (keys.dictionary.empty()) return keys.relation;
  return fmt::format("(SELECT code, id AS k0 FROM facts.dict_{})", keys.dictionary);
}

}  // namespace coterie::features
