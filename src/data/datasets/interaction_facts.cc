#include "data/datasets/interaction_facts.h"

#include <fmt/format.h>

#include "data/datasets/facts_internal.h"
#include "data/datasets/sources_internal.h"

namespace coterie::data {

Result<std::string> interaction_facts_sql(const Project& project, const Snapshot& snapshot,
                                          Connection& connection) {
  Facts facts = declare_facts(project, snapshot);
  RETURN_IF_ERROR(probe_facts(project, snapshot, connection, facts));
  std::string weights;
  for (const auto& [kind, weight] : facts.weights) {
    weights += fmt::format("{}({}, {:.17g}::DOUBLE)", weights.empty() ? "" : ", ", quote_text(kind),
                           weight);
  }
  std::string rows;
  const std::string bought =
      purchases_sql(facts, "customer_id IS NOT NULL AND article_id IS NOT NULL");
  if (!bought.empty()) {
    rows = fmt::format(
        "SELECT customer_id, article_id, day, 'buy' AS kind, true AS bought FROM ({}) WHERE "
        "quantity > 0",
        bought);
  }
  const std::string others = interactions_sql(facts, "");
  if (!others.empty()) {
    rows += fmt::format("{}SELECT customer_id, article_id, day, kind, false AS bought FROM ({})",
                        rows.empty() ? "" : " UNION ALL ", others);
  }
  if (rows.empty() || weights.empty()) return std::string();
  return fmt::format(
      "SELECT customer_id, article_id, day, weight, bought FROM ({}) JOIN (VALUES {}) AS "
      "weights(kind, weight) USING (kind)",
      rows, weights);
}

}  // namespace coterie::data
