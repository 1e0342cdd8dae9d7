#pragma once
// From an entity's keys, as sources and spines have them, to dense codes.
//
// An entity with one join key that a dictionary of the warehouse codes (customer_id, article_id)
// has the dictionary's codes. Any other has codes of this execution, given to its distinct keys in
// their order: a temporary table (code, k0, k1, ...) of external keys as text.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/snapshot.h"
#include "features/plan/feature_plan.h"

namespace coterie::features {

struct EntityKeys {
  const Entity* entity = nullptr;
  std::string dictionary = {};  // "customer"; "" = coded here
  std::string relation = {};    // "" with a dictionary, else the temporary table
  int32_t size = 0;             // codes are 0 .. size - 1
};

// One for each entity of the plan's sources. Creates temporary tables on `connection`.
Result<std::vector<EntityKeys>> find_entity_keys(const FeaturePlan& plan,
                                                 const data::Snapshot& snapshot,
                                                 data::Connection& connection);

const EntityKeys& keys_of(const std::vector<EntityKeys>& all, const Entity& entity);

// A relation (code, k0, k1, ...) with all keys of the entity as text, whatever codes it.
std::string key_texts_sql(const EntityKeys& keys);

}  // namespace coterie::features
