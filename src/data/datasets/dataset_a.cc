#include "data/datasets/dataset_a.h"

#include <fmt/format.h>

#include "data/datasets/decay_internal.h"
#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

// One row a fact: what a purchase line and what another interaction add to their pair.
std::string facts_of_pairs(const std::string& purchases, const std::string& interactions) {
  std::string rows;
  if (!purchases.empty())
    rows = fmt::format(R"(SELECT customer_id, article_id, quantity, amount,
           CASE WHEN quantity > 0 THEN day END AS bought_on,
           CASE WHEN quantity > 0 THEN day END AS met_on, tier,
           CASE WHEN quantity > 0 THEN ticks END AS bought_ticks, NULL::BIGINT AS other_ticks,
           NULL::INTEGER AS other_units
    FROM ({}) JOIN (SELECT * FROM decay WHERE kind = 'buy') USING (day)
    WHERE customer_id IS NOT NULL AND article_id IS NOT NULL)",
                       purchases);
  if (interactions.empty()) return rows;
  if (!rows.empty()) rows += "\n    UNION ALL\n    ";
  return rows + fmt::format(R"(SELECT customer_id, article_id, NULL::BIGINT AS quantity,
           NULL::DECIMAL(18,0) AS amount, NULL::DATE AS bought_on, day AS met_on, tier,
           NULL::BIGINT AS bought_ticks, ticks AS other_ticks, units AS other_units
    FROM ({}) JOIN decay USING (kind, day))",
                            interactions);
}

// What becomes of the sums of a pair. Without returns all ticks are of one kind, and units need no
// sums: less state a pair, which is what the time goes into.
struct PairSums {
  std::string sums;     // aggregates
  std::string is_kept;  // condition: not all of it was returned
  std::string score;    // DOUBLE
};

PairSums pair_sums(const Facts& facts, const DecayPlan& decay) {
  if (!facts.has_returns)
    return {tier_sums(decay, "coalesce(bought_ticks, other_ticks)", "met"), "true",
            tier_total(facts, decay, "met")};
  return {"sum(greatest(quantity, 0)) AS bought_units, sum(quantity) AS kept_units,\n           " +
              tier_sums(decay, "bought_ticks", "bought") + ",\n           " +
              tier_sums(decay, "other_ticks", "other"),
          "kept_units > 0",
          fmt::format("CASE WHEN bought_units > 0 AND kept_units > 0\n            THEN {} * "
                      "(kept_units::DOUBLE / bought_units::DOUBLE) ELSE 0 END\n         + {}",
                      tier_total(facts, decay, "bought"), tier_total(facts, decay, "other"))};
}

}  // namespace

DatasetInfo dataset_a_info() {
  return {
      'A',
      "interactions",
      {{"dataset_a_interactions",
        "one row a customer and article that ever met",
        {{"customer_id", "customer", "the customer"},
         {"article_id", "article", "the article"},
         {"purchase_count", "BIGINT", "purchase lines; 0 when all of it was returned"},
         {"total_spent", "money",
          "price x quantity over purchases and returns; null without prices"},
         {"first_purchase_date", "DATE", "day of the first purchase, returned or not"},
         {"last_purchase_date", "DATE", "day of the last purchase, returned or not"},
         {"recency_days", "INTEGER",
          "days from the last purchase to today; of a pair that never bought, from the last "
          "interaction"},
         {"time_weighted_score", "DOUBLE",
          "sum of w(kind) x 2^(-age in days / half-life) over purchase lines and other "
          "interactions"},
         {"product_name", "name", "the article's name"},
         {"engagement", "DECIMAL(18,6)",
          "sum of w(kind), weights to six decimals, over purchase_count and other interactions"}},
        {"customer_id", "article_id"},
        "",
        {"customer_id", "article_id"}}},
      {"transactions", "order_items", "events", "cart", "wishlist"},
      {"orders", "items", "categories"},
      {{"total_spent", {"transactions.price", "order_items.price"}},
       {"product_name", {"items.product_name"}}},
      {"A return is a line with a negative quantity. The purchases' part of time_weighted_score is "
       "multiplied by the share of bought units that was kept, max(0, bought - returned) / bought; "
       "total_spent is net of returns; purchase_count becomes 0 when no unit was kept.",
       "Purchases are the role transactions; without it orders with order_items, where cancelled "
       "and returned orders do not count; without these, events of kind buy. Where purchases come "
       "from a role, events of kind buy do not count again.",
       "Carts and wishes are events of these kinds; where events have none, the roles cart and "
       "wishlist. Kinds without a weight under events.weights do not count.",
       "Rows without customer (guests) or article do not count. Days are days of the project's "
       "time zone, ages whole days; facts after today are not seen."}};
}

Result<std::string> dataset_a_sql(const Facts& facts) {
  ASSIGN_OR_RETURN(const DecayPlan decay, plan_decay(facts));
  const std::string rows = facts_of_pairs(purchases_sql(facts, ""), interactions_sql(facts, ""));
  if (rows.empty()) return std::string();
  const PairSums pair = pair_sums(facts, decay);
  return fmt::format(
      R"(WITH decay AS MATERIALIZED (
    {decay}
), pairs AS (
    SELECT customer_id, article_id, count(bought_on) AS bought_lines, sum(amount) AS spent,
           min(bought_on) AS first_bought, max(bought_on) AS last_bought,
           max(met_on) AS last_met, sum(other_units) AS other_units,
           {sums}
    FROM (
    {rows}
    ) GROUP BY customer_id, article_id
), counted AS (
    SELECT *, CASE WHEN {is_kept} THEN bought_lines ELSE 0 END AS purchase_count FROM pairs
), articles AS (
    {articles}
)
SELECT customer_id, article_id, purchase_count, CAST(spent AS {money}) AS total_spent,
       first_bought AS first_purchase_date, last_bought AS last_purchase_date,
       CAST({today} - coalesce(last_bought, last_met) AS INTEGER) AS recency_days,
       {score} AS time_weighted_score, product_name,
       CAST((purchase_count * {buy_units} + coalesce(other_units, 0)) * 0.000001
            AS DECIMAL(18,6)) AS engagement
FROM counted LEFT JOIN articles USING (article_id))",
      fmt::arg("decay", decay_sql(facts, decay)), fmt::arg("rows", rows),
      fmt::arg("sums", pair.sums), fmt::arg("is_kept", pair.is_kept),
      fmt::arg("articles", articles_sql(facts)), fmt::arg("money", facts.money_type()),
      fmt::arg("today", sql_date(facts.today)), fmt::arg("score", pair.score),
      fmt::arg("buy_units", weight_units(facts.weights.at("buy"))));
}

}  // namespace coterie::data
