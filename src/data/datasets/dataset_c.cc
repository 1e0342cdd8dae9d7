#include "data/datasets/dataset_c.h"

#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "data/datasets/dataset_c_sources_internal.h"
#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

constexpr int64_t kMaxPlaces = int64_t{1} << 32;  // more than there are categories

// One CTE of the profile: its name, its SELECT and the columns that it contributes.
struct Part {
  std::string name;
  std::string select;  // customer_id and the columns; "" = the project has nothing of the kind
};

std::string attribute(const Facts& facts, std::string_view column, std::string_view type) {
  if (!facts.has("customers", column)) return fmt::format("NULL::{} AS {}", type, column);
  return fmt::format("min({0}) AS {0}", column);
}

std::string full_name(const Facts& facts) {
  std::string parts;
  for (const char* part : {"first_name", "last_name"}) {
    if (facts.has("customers", part)) parts += fmt::format(", min({0})", part);
  }
  if (parts.empty()) return "NULL::VARCHAR AS customer_name";
  return fmt::format("nullif(concat_ws(' '{}), '') AS customer_name", parts);
}

std::string attributes(const Facts& facts) {
  if (!facts.has("customers"))
    return "SELECT NULL::INTEGER AS customer_id, NULL::BIGINT AS age, NULL::DATE AS signup_date, "
           "NULL::VARCHAR AS club_member_status, NULL::VARCHAR AS fashion_news_frequency, "
           "NULL::VARCHAR AS customer_name WHERE false";
  return fmt::format(
      "SELECT customer_id, {}, {}, {}, {}, {} FROM facts.customers WHERE "
      "customer_id IS NOT NULL GROUP BY customer_id",
      attribute(facts, "age", "BIGINT"), attribute(facts, "signup_date", "DATE"),
      attribute(facts, "club_member_status", "VARCHAR"),
      attribute(facts, "fashion_news_frequency", "VARCHAR"), full_name(facts));
}

Part spending(const Facts& facts) {
  const std::string purchases = purchases_sql(facts, "");
  if (purchases.empty()) return {"spending", ""};
  // In two stages: far fewer baskets than lines reach the second.
  return {"spending", fmt::format(R"(SELECT customer_id, sum(lines) AS lines, sum(amount) AS spent,
           sum(units) AS units, count(bought_on) AS orders, max(bought_on) AS last_bought
    FROM (SELECT customer_id, basket, count(CASE WHEN quantity > 0 THEN 1 END) AS lines,
                 sum(amount) AS amount, sum(quantity) AS units,
                 max(CASE WHEN quantity > 0 THEN day END) AS bought_on
          FROM ({}) WHERE customer_id IS NOT NULL
          GROUP BY customer_id, basket, CASE WHEN basket IS NULL THEN day END)
    GROUP BY customer_id)",
                                  purchases)};
}

Part channels(const Facts& facts) {
  const std::string purchases = purchases_sql(facts, "");
  if (purchases.empty() || !purchase_columns(facts).channels) return {"channels", ""};
  return {"channels",
          fmt::format(R"(SELECT customer_id, arg_min(channel, (-lines, channel)) AS channel
    FROM (SELECT customer_id, channel, count(*) AS lines FROM ({})
          WHERE quantity > 0 AND channel IS NOT NULL AND customer_id IS NOT NULL
          GROUP BY customer_id, channel)
    GROUP BY customer_id)",
                      purchases)};
}

// Everyone with an event, whatever it was; without session ids nothing is counted.
Part sessions(const Facts& facts) {
  const std::string visits = visits_sql(facts);
  if (visits.empty()) return {"sessions", ""};
  const char* counted =
      facts.has("events", "session_id") ? "count(*) FILTER (WHERE in_session)" : "NULL::BIGINT";
  return {"sessions", fmt::format("SELECT customer_id, {} AS session_events FROM ({}) GROUP BY "
                                  "customer_id",
                                  counted, visits)};
}

Part wishes(const Facts& facts) {
  const std::string wished = wishes_sql(facts);
  if (wished.empty()) return {"wishes", ""};
  return {"wishes", fmt::format("SELECT customer_id, count(DISTINCT article_id) AS wished FROM "
                                "({}) GROUP BY customer_id",
                                wished)};
}

Part carts(const Facts& facts) {
  const std::string carted = carts_sql(facts, "");
  if (carted.empty()) return {"carts", ""};
  const std::string purchases = purchases_sql(facts, "");
  const std::string bought_later =
      purchases.empty()
          ? "false"
          : fmt::format(
                "EXISTS (SELECT 1 FROM ({}) p WHERE p.customer_id = c.customer_id AND "
                "p.article_id = c.article_id AND p.quantity > 0 AND p.day BETWEEN c.day "
                "AND c.day + {})",
                purchases, kCartDays);
  return {"carts", fmt::format(R"(SELECT customer_id,
           count(CASE WHEN NOT coalesce(bought, later) THEN 1 END)::DOUBLE / count(*) AS abandoned
    FROM (SELECT c.*, {} AS later
          FROM (SELECT customer_id, article_id, day, bool_or(bought) AS bought
                FROM ({}) GROUP BY customer_id, article_id, day) c)
    GROUP BY customer_id)",
                               bought_later, carted)};
}

// The category with the largest sum of dataset A's engagement; of equals the alphabetically first.
Part engagement(const Facts& facts) {
  if (!facts.has_dataset_a || category_column(facts).empty()) return {"engagement", ""};
  return {"engagement", fmt::format(R"(SELECT customer_id, category
    FROM (SELECT customer_id, arg_max(place, units * {} - place) AS place
          FROM (SELECT customer_id, place, CAST(sum(engagement) * 1000000 AS HUGEINT) AS units
                FROM facts.dataset_a_interactions JOIN placed_articles USING (article_id)
                WHERE engagement > 0
                GROUP BY customer_id, place)
          GROUP BY customer_id)
         JOIN places USING (place))",
                                    kMaxPlaces)};
}

// A column with buckets: what is ranked, better is larger, and who takes part.
struct Ranked {
  const char* column;
  const char* value;
  const char* condition;
};
constexpr std::array<Ranked, 6> kRanked = {{
    {"recency", "-recency", "recency IS NOT NULL"},
    {"frequency", "frequency", "frequency > 0"},
    {"monetary", "monetary", "frequency > 0 AND monetary IS NOT NULL"},
    {"avg_basket_size", "avg_basket_size", "avg_basket_size IS NOT NULL"},
    {"avg_order_value", "avg_order_value", "avg_order_value IS NOT NULL"},
    {"cart_abandonment_rate", "cart_abandonment_rate", "cart_abandonment_rate IS NOT NULL"},
}};

// 1 + floor(5 x worse / n) is one more than the number of bounds below the value, where bound b is
// the ceil(b x n / 5)-th smallest value: four order statistics instead of a sort. The fractions are
// DECIMAL, which makes the engine count in integers.
std::string bounds(const Ranked& ranked) {
  return fmt::format("quantile_disc({}, [0.2, 0.4, 0.6, 0.8]) FILTER (WHERE {}) AS {}_bounds",
                     ranked.value, ranked.condition, ranked.column);
}

std::string bucket(const Ranked& ranked) {
  std::string sum = "1";
  for (int b = 1; b <= 4; ++b)
    sum += fmt::format(" + ({} > {}_bounds[{}])::INTEGER", ranked.value, ranked.column, b);
  return fmt::format("CASE WHEN {} THEN {} END AS {}_bucket", ranked.condition, sum, ranked.column);
}

std::vector<std::string_view> rules() {
  return {
      "Buckets are quintiles 1 to 5 among the customers who have a value, and for recency, "
      "frequency and monetary among those who bought: 1 + floor(5 x better / n), where `better` "
      "counts the customers with a strictly worse value. Equal values share a bucket, so buckets "
      "of a value that many share are of unequal size.",
      "An order is what shares an order_id; without one, what a customer bought on one day (of "
      "events: in one session). Returns lower units and amounts; a basket of returns only is no "
      "order.",
      "A carted article (customer, article, day) counts as bought where the role cart says so in "
      "status (bought, purchased, ordered, converted); where nothing is said, if it was bought "
      "that day or within the 7 days after.",
      "Of equally engaged categories and equally used channels the alphabetically first is "
      "shown. wishlist_size is of the role wishlist, without it of events of kind wishlist.",
      "Customers who are in a role that could say so but did nothing have 0; null means that the "
      "project has no such role or column.",
      "The same columns are a feature service: `coterie datasets C --registry` prints its sources "
      "and features, which as feature_store/dataset_c.yaml give these values as of any moment, "
      "for "
      "training sets and for serving."};
}

}  // namespace

DatasetInfo dataset_c_info() {
  return {'C',
          "customers",
          {{"dataset_c_customers",
            "one row a customer of the role customers or of any fact",
            {{"customer_id", "customer", "the customer"},
             {"age", "BIGINT", "age in years"},
             {"signup_age", "INTEGER", "days from signup_date to today"},
             {"club_member_status", "VARCHAR", "as the role customers has it"},
             {"fashion_news_frequency", "VARCHAR", "as the role customers has it"},
             {"total_transactions", "BIGINT", "purchase lines"},
             {"total_amount", "money", "price x quantity over purchases and returns"},
             {"avg_basket_size", "DOUBLE", "units bought minus units returned, by order"},
             {"avg_order_value", "DOUBLE", "total_amount by order, in major units"},
             {"recency", "INTEGER", "days from the last purchase to today; null without one"},
             {"frequency", "BIGINT", "orders with at least one purchase line"},
             {"monetary", "money", "the same as total_amount"},
             {"recency_bucket", "INTEGER", "5 = bought most recently"},
             {"frequency_bucket", "INTEGER", "5 = most orders"},
             {"monetary_bucket", "INTEGER", "5 = highest amount"},
             {"avg_basket_size_bucket", "INTEGER", "5 = largest baskets"},
             {"avg_order_value_bucket", "INTEGER", "5 = highest values"},
             {"session_events", "BIGINT", "events that belong to a session"},
             {"wishlist_size", "BIGINT", "different articles wished"},
             {"cart_abandonment_rate", "DOUBLE",
              "share of carted articles that were not bought; null without any"},
             {"cart_abandonment_rate_bucket", "INTEGER", "5 = abandons most"},
             {"most_engaged_category", "VARCHAR",
              "category with the largest sum of dataset A's engagement"},
             {"most_used_sales_channel_id", "VARCHAR", "channel with the most purchase lines"},
             {"customer_name", "VARCHAR", "first and last name; personal"}},
            {"customer_id"},
            "",
            {"customer_id"}}},
          {"customers", "transactions", "order_items", "events", "cart", "wishlist"},
          {"orders", "items", "categories", "dataset_a_interactions"},
          {{"age", {"customers.age"}},
           {"signup_age", {"customers.signup_date"}},
           {"club_member_status", {"customers.club_member_status"}},
           {"fashion_news_frequency", {"customers.fashion_news_frequency"}},
           {"total_transactions, avg_basket_size, recency, frequency and their buckets",
            {"transactions", "order_items", "events=buy"}},
           {"total_amount, avg_order_value, monetary and their buckets",
            {"transactions.price", "order_items.price"}},
           {"session_events", {"events.session_id"}},
           {"wishlist_size", {"wishlist", "events=wishlist"}},
           {"cart_abandonment_rate and its bucket", {"cart", "events=cart"}},
           {"most_engaged_category",
            {"items.category_id", "items.product_type_name", "items.garment_group_name",
             "items.product_group_name", "items.section_name", "items.index_group_name"}},
           {"most_used_sales_channel_id",
            {"transactions.sales_channel_id", "orders.sales_channel_id", "events.channel"}},
           {"customer_name", {"customers.first_name", "customers.last_name"}}},
          rules()};
}

std::string dataset_c_facts_sql(const Facts& facts) {
  const Part parts[] = {spending(facts), channels(facts), sessions(facts),
                        wishes(facts),   carts(facts),    engagement(facts)};
  std::string ctes = fmt::format(R"(articles AS (
    {}
), places AS MATERIALIZED (
    SELECT category, row_number() OVER (ORDER BY category) AS place
    FROM (SELECT DISTINCT category FROM articles WHERE category IS NOT NULL)
), placed_articles AS MATERIALIZED (
    SELECT article_id, place FROM articles JOIN places USING (category)
))",
                                 articles_sql(facts));
  std::string joins;
  std::set<std::string_view> present;
  for (const Part& part : parts) {
    if (part.select.empty()) continue;
    present.insert(part.name);
    ctes += fmt::format(", {} AS (\n    {}\n)", part.name, part.select);
    joins +=
        joins.empty() ? part.name : fmt::format(" FULL JOIN {} USING (customer_id)", part.name);
  }
  if (joins.empty()) joins = "(SELECT NULL::INTEGER AS customer_id WHERE false)";
  const auto or_null = [&](const char* part, const char* value, std::string_view type) {
    return present.contains(part) ? std::string(value) : fmt::format("NULL::{}", type);
  };
  return fmt::format(
      R"(WITH {ctes}
SELECT customer_id, CAST({lines} AS BIGINT) AS total_transactions,
       CAST({spent} AS {money}) AS total_amount, {basket} AS avg_basket_size,
       {value} AS avg_order_value, {last} AS last_bought, CAST({orders} AS BIGINT) AS frequency,
       {session_events} AS session_events, {wished} AS wishlist_size,
       {abandoned} AS cart_abandonment_rate, {category} AS most_engaged_category,
       {channel} AS most_used_sales_channel_id
FROM {joins})",
      fmt::arg("ctes", ctes), fmt::arg("joins", joins), fmt::arg("money", facts.money_type()),
      fmt::arg("lines", or_null("spending", "lines", "BIGINT")),
      fmt::arg("spent", or_null("spending", "spent", "BIGINT")),
      fmt::arg("basket", or_null("spending", "units::DOUBLE / nullif(orders, 0)", "DOUBLE")),
      fmt::arg("value", or_null("spending", "spent::DOUBLE / nullif(orders, 0)", "DOUBLE")),
      fmt::arg("last", or_null("spending", "last_bought", "DATE")),
      fmt::arg("orders", or_null("spending", "orders", "BIGINT")),
      fmt::arg("session_events", or_null("sessions", "session_events", "BIGINT")),
      fmt::arg("wished", or_null("wishes", "wished", "BIGINT")),
      fmt::arg("abandoned", or_null("carts", "abandoned", "DOUBLE")),
      fmt::arg("category", or_null("engagement", "category", "VARCHAR")),
      fmt::arg("channel", or_null("channels", "channel", "VARCHAR")));
}

std::string dataset_c_sql(const Facts& facts, const std::string& customer_facts) {
  std::string buckets[kRanked.size()];
  std::string all_bounds;
  for (size_t i = 0; i < kRanked.size(); ++i) {
    buckets[i] = bucket(kRanked[i]);
    all_bounds += (i == 0 ? "" : ",\n           ") + bounds(kRanked[i]);
  }
  // Customers of whom a role knows nothing did it 0 times.
  const auto counted = [](bool known, const char* column, const std::string& type) {
    return known ? fmt::format("coalesce({}, 0)", column) : "NULL::" + type;
  };
  const bool sells = purchase_source(facts) != PurchaseSource::kNone;
  return fmt::format(
      R"(WITH attributes AS (
    {attributes}
), customer_facts AS (
    {customer_facts}
), ranked AS MATERIALIZED (
    SELECT customer_id, age, CAST({today} - signup_date AS INTEGER) AS signup_age,
           club_member_status, fashion_news_frequency,
           {lines} AS total_transactions, {spent} AS total_amount, {spent} AS monetary,
           avg_basket_size, avg_order_value, CAST({today} - last_bought AS INTEGER) AS recency,
           {orders} AS frequency, {session_events} AS session_events, {wished} AS wishlist_size,
           cart_abandonment_rate, most_engaged_category, most_used_sales_channel_id, customer_name
    FROM attributes FULL JOIN customer_facts USING (customer_id)
), bounds AS (
    SELECT {bounds}
    FROM ranked
)
SELECT customer_id, age, signup_age, club_member_status, fashion_news_frequency,
       total_transactions, total_amount, avg_basket_size, avg_order_value,
       recency, frequency, monetary,
       {b0},
       {b1},
       {b2},
       {b3},
       {b4},
       session_events, wishlist_size, cart_abandonment_rate,
       {b5},
       most_engaged_category, most_used_sales_channel_id, customer_name
FROM ranked CROSS JOIN bounds)",
      fmt::arg("bounds", all_bounds), fmt::arg("attributes", attributes(facts)),
      fmt::arg("customer_facts", customer_facts), fmt::arg("today", sql_date(facts.today)),
      fmt::arg("lines", counted(sells, "total_transactions", "BIGINT")),
      fmt::arg("spent", counted(has_prices(facts), "total_amount", facts.money_type())),
      fmt::arg("orders", counted(sells, "frequency", "BIGINT")),
      fmt::arg("session_events",
               counted(facts.has("events", "session_id"), "session_events", "BIGINT")),
      fmt::arg("wished", counted(!wishes_sql(facts).empty(), "wishlist_size", "BIGINT")),
      fmt::arg("b0", buckets[0]), fmt::arg("b1", buckets[1]), fmt::arg("b2", buckets[2]),
      fmt::arg("b3", buckets[3]), fmt::arg("b4", buckets[4]), fmt::arg("b5", buckets[5]));
}

}  // namespace coterie::data
