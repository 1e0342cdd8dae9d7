#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "data/datasets/dataset_c_sources_internal.h"
#include "data/datasets/sources_internal.h"
#include "data/engine/sql_text.h"

namespace coterie::data {
namespace {

std::string weight_sql(double weight) {
  const int64_t millionths = std::llround(weight * 1e6);
  return fmt::format("{}.{:06}", millionths / 1'000'000, millionths % 1'000'000);
}

bool has_quantities(const Facts& facts) {
  switch (purchase_source(facts)) {
    case PurchaseSource::kTransactions:
      return facts.has("transactions", "quantity");
    case PurchaseSource::kOrders:
      return facts.has("order_items", "quantity");
    default:
      return false;
  }
}

// The CTEs of what purchase lines add to a pair's purchase_count: each one until all units of the
// pair went back, and nothing from then on. Pairs without returns, nearly all, need no order of
// their lines. `counted` has customer_id, article_id, known_at, lines.
std::string counted_lines(const Facts& facts) {
  const std::string purchases =
      fmt::format("purchases AS NOT MATERIALIZED (\n  {}\n)",
                  purchases_sql(facts, "customer_id IS NOT NULL AND article_id IS NOT NULL"));
  if (!has_quantities(facts))
    return purchases + R"(, counted AS NOT MATERIALIZED (
  SELECT customer_id, article_id, known_at, 1::BIGINT AS lines FROM purchases
))";
  return purchases + R"(, returned AS (
  SELECT DISTINCT customer_id, article_id FROM purchases WHERE quantity < 0
), moments AS NOT MATERIALIZED (
  SELECT customer_id, article_id, known_at, sum(quantity) AS units,
         count(*) FILTER (WHERE quantity > 0) AS bought
  FROM purchases SEMI JOIN returned USING (customer_id, article_id)
  GROUP BY customer_id, article_id, known_at
), kept AS NOT MATERIALIZED (
  SELECT customer_id, article_id, known_at,
         CASE WHEN sum(units) OVER so_far > 0 THEN sum(bought) OVER so_far ELSE 0 END::BIGINT
           AS lines
  FROM moments WINDOW so_far AS (PARTITION BY customer_id, article_id ORDER BY known_at)
), counted AS NOT MATERIALIZED (
  SELECT customer_id, article_id, known_at, 1::BIGINT AS lines
  FROM purchases ANTI JOIN returned USING (customer_id, article_id)
  UNION ALL
  SELECT customer_id, article_id, known_at,
         lines - coalesce(lag(lines) OVER (PARTITION BY customer_id, article_id
                                           ORDER BY known_at), 0)
  FROM kept
))";
}

std::string attributes(const Facts& facts) {
  if (!facts.has("customers")) return "";
  std::string columns, name;
  for (const char* column :
       {"age", "signup_date", "club_member_status", "fashion_news_frequency"}) {
    if (facts.has("customers", column)) columns += fmt::format(", min({0}) AS {0}", column);
  }
  for (const char* part : {"first_name", "last_name"}) {
    if (facts.has("customers", part)) name += fmt::format(", min({})", part);
  }
  if (!name.empty())
    columns += fmt::format(", nullif(concat_ws(' '{}), '') AS customer_name", name);
  return fmt::format(
      "SELECT customer_id{}\nFROM facts.customers\nWHERE customer_id IS NOT NULL\nGROUP BY "
      "customer_id",
      columns);
}

std::string purchases_of_all_times(const std::string& purchases) {
  return fmt::format(
      R"(SELECT customer_id, basket, channel, CASE WHEN quantity > 0 THEN day END AS bought_on,
       CASE WHEN quantity > 0 THEN 1 ELSE 0 END AS lines, quantity AS units, amount, known_at
FROM ({})
WHERE customer_id IS NOT NULL)",
      purchases);
}

// What shares a basket, or without one a day; far fewer than lines.
std::string purchases_of_today(const Facts& facts, const std::string& purchases) {
  return fmt::format(
      R"(SELECT customer_id, basket, channel, max(day) FILTER (WHERE quantity > 0) AS bought_on,
       count(*) FILTER (WHERE quantity > 0) AS lines, CAST(sum(quantity) AS BIGINT) AS units,
       CAST(sum(amount) AS {}) AS amount
FROM ({})
WHERE customer_id IS NOT NULL
GROUP BY customer_id, basket, channel, CASE WHEN basket IS NULL THEN day END)",
      facts.money_type(), purchases);
}

std::string purchases(const Facts& facts) {
  const std::string rows = purchases_sql(facts, "");
  if (rows.empty()) return "";
  return facts.of_all_times ? purchases_of_all_times(rows) : purchases_of_today(facts, rows);
}

std::string visits(const Facts& facts) {
  const std::string rows = visits_sql(facts);
  if (rows.empty()) return "";
  if (facts.of_all_times)
    return fmt::format(
        "SELECT customer_id, 1 AS events, CAST(in_session AS INTEGER) AS in_session, "
        "known_at\nFROM ({})",
        rows);
  return fmt::format(
      "SELECT customer_id, count(*) AS events, count(*) FILTER (WHERE in_session) AS "
      "in_session\nFROM ({})\nGROUP BY customer_id",
      rows);
}

std::string carts_of_today(const Facts& facts, const std::string& carted) {
  const std::string purchases = purchases_sql(facts, "");
  std::string later = "false";
  if (!purchases.empty())
    later = fmt::format(
        R"(EXISTS (SELECT 1 FROM ({}) p
               WHERE p.customer_id = c.customer_id AND p.article_id = c.article_id
                     AND p.quantity > 0 AND p.day BETWEEN c.day AND c.day + {}))",
        purchases, kCartDays);
  return fmt::format(R"(SELECT customer_id, count(*) AS carted,
       count(*) FILTER (WHERE NOT coalesce(bought, later)) AS abandoned
FROM (SELECT c.*, {} AS later
      FROM (SELECT customer_id, article_id, day, bool_or(bought) AS bought
            FROM ({}) GROUP BY customer_id, article_id, day) c)
GROUP BY customer_id)",
                     later, carted);
}

// What is said decides; until something is, the first purchase that counts. So an outcome changes
// at no more than four moments, each a SELECT.
std::string carts_of_all_times(const Facts& facts, const std::string& carted) {
  const std::string purchases = purchases_sql(facts, "");
  std::string bought = "*, NULL::TIMESTAMP AS bought_at FROM said";
  if (!purchases.empty())
    bought = fmt::format(R"(s.customer_id, s.carted_at, s.said_bought, s.said_not,
         min(greatest(s.carted_at, p.known_at)) FILTER (WHERE p.known_at IS NOT NULL) AS bought_at
  FROM said s
  LEFT JOIN (SELECT customer_id, article_id, day, known_at FROM ({}) WHERE quantity > 0) p
    ON p.customer_id = s.customer_id AND p.article_id = s.article_id
       AND p.day BETWEEN s.day AND s.day + {}
  GROUP BY s.customer_id, s.article_id, s.day, s.carted_at, s.said_bought, s.said_not)",
                         purchases, kCartDays);
  return fmt::format(R"(WITH said AS (
  SELECT customer_id, article_id, day, min(known_at) AS carted_at,
         coalesce(min(known_at) FILTER (WHERE bought), TIMESTAMP 'infinity') AS said_bought,
         coalesce(min(known_at) FILTER (WHERE NOT bought), TIMESTAMP 'infinity') AS said_not
  FROM ({}) GROUP BY customer_id, article_id, day
), outcomes AS MATERIALIZED (
  SELECT {}
)
SELECT customer_id, 1 AS carted, 1 AS abandoned, carted_at AS known_at FROM outcomes
UNION ALL
SELECT customer_id, 0, -1, bought_at FROM outcomes WHERE bought_at < least(said_not, said_bought)
UNION ALL
SELECT customer_id, 0, 1, said_not FROM outcomes
WHERE said_not < said_bought AND bought_at < said_not
UNION ALL
SELECT customer_id, 0, -1, said_bought FROM outcomes
WHERE said_bought < TIMESTAMP 'infinity'
  AND (bought_at IS NULL OR bought_at >= said_bought OR said_not < said_bought))",
                     carted, bought);
}

std::string cart_outcomes(const Facts& facts) {
  const std::string carted = carts_sql(facts, "");
  if (carted.empty()) return "";
  return facts.of_all_times ? carts_of_all_times(facts, carted) : carts_of_today(facts, carted);
}

std::string engagements_of_today(const Facts& facts) {
  if (!facts.has_dataset_a) return "";
  return fmt::format(R"(WITH articles AS (
  {}
)
SELECT customer_id, category, CAST(sum(engagement) AS DECIMAL(18,6)) AS engagement
FROM facts.dataset_a_interactions JOIN articles USING (article_id)
WHERE category IS NOT NULL AND engagement > 0
GROUP BY customer_id, category)",
                     articles_sql(facts));
}

std::string engagements_of_all_times(const Facts& facts) {
  std::string counted, rows;
  if (purchase_source(facts) != PurchaseSource::kNone) {
    counted = counted_lines(facts) + ", ";
    rows = fmt::format(
        "SELECT customer_id, article_id, known_at, lines * {} AS engagement\n  FROM counted",
        weight_sql(facts.weights.at("buy")));
  }
  const std::string others = interactions_sql(facts, "");
  if (!others.empty()) {
    std::string weights;
    for (const auto& [kind, weight] : facts.weights)
      weights += fmt::format(" WHEN {} THEN {}", quote_text(kind), weight_sql(weight));
    rows += fmt::format(
        "{}SELECT customer_id, article_id, known_at, CASE kind{} END AS engagement\n  FROM ({})",
        rows.empty() ? "" : "\n  UNION ALL\n  ", weights, others);
  }
  if (rows.empty()) return "";
  return fmt::format(R"(WITH {}articles AS (
  {}
), engaged AS NOT MATERIALIZED (
  {}
)
SELECT customer_id, category, engagement::DECIMAL(18,6) AS engagement, known_at
FROM engaged JOIN articles USING (article_id)
WHERE category IS NOT NULL)",
                     counted, articles_sql(facts), rows);
}

std::string engagements(const Facts& facts) {
  if (category_column(facts).empty()) return "";
  return facts.of_all_times ? engagements_of_all_times(facts) : engagements_of_today(facts);
}

}  // namespace

PurchaseColumns purchase_columns(const Facts& facts) {
  PurchaseColumns columns{.prices = has_prices(facts)};
  switch (purchase_source(facts)) {
    case PurchaseSource::kTransactions:
      columns.channels = facts.has("transactions", "sales_channel_id");
      columns.baskets = facts.has("transactions", "order_id");
      break;
    case PurchaseSource::kOrders:
      columns.channels = facts.has("orders", "sales_channel_id");
      columns.baskets = true;
      break;
    case PurchaseSource::kEvents:
      columns.channels = facts.has("events", "channel");
      columns.baskets = facts.has("events", "session_id");
      break;
    case PurchaseSource::kNone:
      break;
  }
  return columns;
}

std::vector<CustomerSource> customer_sources(const Facts& facts) {
  std::vector<CustomerSource> sources = {
      {kAttributes, "what customers said about themselves, as it is today", attributes(facts)},
      {kPurchases, "what was bought and returned", purchases(facts)},
      {kVisits, "events, whatever they were", visits(facts)},
      {kWishes, "articles on wishlists", wishes_sql(facts)},
      {kCartOutcomes, "what became of articles in carts", cart_outcomes(facts)},
      {kEngagements, "what customers did with articles of a category, and its weight",
       engagements(facts)}};
  std::erase_if(sources, [](const CustomerSource& source) { return source.sql.empty(); });
  return sources;
}

}  // namespace coterie::data
