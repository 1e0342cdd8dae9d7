#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "data/datasets/sources_internal.h"
#include "data/engine/sql_text.h"
#include "data/project/roles.h"

namespace coterie::data {
namespace {

constexpr std::array kCategoryColumns = {"category_id",        "product_type_name",
                                         "garment_group_name", "product_group_name",
                                         "section_name",       "index_group_name"};

// The column, or `fallback` where the source has none.
std::string column_or(const Facts& facts, std::string_view role, std::string_view column,
                      std::string_view fallback) {
  return std::string(facts.has(role, column) ? column : fallback);
}

std::string scoped(const std::string& select, const std::string& scope) {
  return scope.empty() ? select : fmt::format("SELECT * FROM ({}) WHERE {}", select, scope);
}

// ", ... AS known_at" of rows of a role; `table` is its name in the SELECT.
std::string known_at(const Facts& facts, std::string_view role, std::string_view table) {
  if (!facts.of_all_times) return "";
  const std::string_view time = find_role(role)->time;
  if (!facts.has(role, "arrived_at")) return fmt::format(", {}.{} AS known_at", table, time);
  return fmt::format(", greatest({0}.{1}, {0}.arrived_at) AS known_at", table, time);
}

// `sold` yields customer_id, article_id, day, quantity, price, channel, basket and, of facts of all
// times, known_at.
std::string with_amount(const Facts& facts, const std::string& sold) {
  return fmt::format(
      "SELECT customer_id, article_id, day, quantity, price, CAST(price * quantity AS {}) AS "
      "amount, channel, basket{} FROM ({}) WHERE quantity <> 0",
      facts.money_type(), facts.of_all_times ? ", known_at" : "", sold);
}

std::string bought_in_transactions(const Facts& facts) {
  return fmt::format(
      "SELECT customer_id, article_id, day, {} AS quantity, {} AS price, {} AS channel, {} AS "
      "basket{} FROM facts.transactions WHERE {}",
      facts.has("transactions", "quantity") ? "coalesce(quantity, 1)" : "1::BIGINT",
      column_or(facts, "transactions", "price", "NULL::" + facts.money_type()),
      column_or(facts, "transactions", "sales_channel_id", "NULL::VARCHAR"),
      column_or(facts, "transactions", "order_id", "NULL::VARCHAR"),
      known_at(facts, "transactions", "transactions"), visible(facts, "transactions"));
}

std::string bought_in_orders(const Facts& facts) {
  const std::string counted =
      facts.has("orders", "status")
          ? "coalesce(lower(o.status), '') NOT IN ('cancelled', 'canceled', 'returned')"
          : "true";
  return fmt::format(
      "SELECT o.customer_id, i.article_id, o.day, {} AS quantity, {} AS price, {} AS channel, "
      "o.order_id AS basket{} FROM facts.order_items i JOIN (SELECT * FROM facts.orders WHERE {}) "
      "o "
      "ON o.order_id = i.order_id WHERE {}",
      facts.has("order_items", "quantity") ? "coalesce(i.quantity, 1)" : "1::BIGINT",
      facts.has("order_items", "price") ? "i.price" : "NULL::" + facts.money_type(),
      facts.has("orders", "sales_channel_id") ? "o.sales_channel_id" : "NULL::VARCHAR",
      known_at(facts, "orders", "o"), visible(facts, "orders"), counted);
}

std::string bought_in_events(const Facts& facts) {
  return fmt::format(
      "SELECT customer_id, article_id, day, 1::BIGINT AS quantity, NULL::{} AS price, {} AS "
      "channel, {} AS basket{} FROM facts.events WHERE lower(event_type) = 'buy' AND article_id IS "
      "NOT NULL AND {}",
      facts.money_type(), column_or(facts, "events", "channel", "NULL::VARCHAR"),
      column_or(facts, "events", "session_id", "NULL::VARCHAR"),
      known_at(facts, "events", "events"), visible(facts, "events"));
}

bool events_have(const Facts& facts, const std::string& kind) {
  return facts.has("events", "article_id") && facts.event_kinds.contains(kind);
}

bool is_weighted(const Facts& facts, const std::string& kind) {
  const auto found = facts.weights.find(kind);
  return found != facts.weights.end() && found->second > 0;
}

std::string event_interactions(const Facts& facts) {
  std::string list;
  for (const std::string& kind : interaction_kinds(facts))
    list += (list.empty() ? "" : ", ") + quote_text(kind);
  if (list.empty()) return "";
  return fmt::format(
      "SELECT customer_id, article_id, day, lower(event_type) AS kind{} FROM facts.events WHERE "
      "lower(event_type) IN ({}) AND customer_id IS NOT NULL AND article_id IS NOT NULL AND {}",
      known_at(facts, "events", "events"), list, visible(facts, "events"));
}

std::string role_interactions(const Facts& facts, const std::string& role) {
  if (!facts.has(role) || events_have(facts, role) || !is_weighted(facts, role)) return "";
  return fmt::format(
      "SELECT customer_id, article_id, day, '{0}' AS kind{1} FROM facts.{0} WHERE customer_id IS "
      "NOT NULL AND article_id IS NOT NULL AND {2}",
      role, known_at(facts, role, role), visible(facts, role));
}

}  // namespace

PurchaseSource purchase_source(const Facts& facts) {
  if (facts.has("transactions")) return PurchaseSource::kTransactions;
  if (facts.has("orders") && facts.has("order_items")) return PurchaseSource::kOrders;
  if (events_have(facts, "buy")) return PurchaseSource::kEvents;
  return PurchaseSource::kNone;
}

bool has_prices(const Facts& facts) {
  const PurchaseSource source = purchase_source(facts);
  return (source == PurchaseSource::kTransactions && facts.has("transactions", "price")) ||
         (source == PurchaseSource::kOrders && facts.has("order_items", "price"));
}

std::string purchases_sql(const Facts& facts, const std::string& scope) {
  switch (purchase_source(facts)) {
    case PurchaseSource::kTransactions:
      return scoped(with_amount(facts, bought_in_transactions(facts)), scope);
    case PurchaseSource::kOrders:
      return scoped(with_amount(facts, bought_in_orders(facts)), scope);
    case PurchaseSource::kEvents:
      return scoped(with_amount(facts, bought_in_events(facts)), scope);
    case PurchaseSource::kNone:
      break;
  }
  return "";
}

std::set<std::string> interaction_kinds(const Facts& facts) {
  std::set<std::string> kinds;
  if (!facts.has("events", "article_id")) return kinds;
  const bool buys_elsewhere = purchase_source(facts) != PurchaseSource::kNone;
  for (const std::string& kind : facts.event_kinds) {
    if (is_weighted(facts, kind) && !(kind == "buy" && buys_elsewhere)) kinds.insert(kind);
  }
  return kinds;
}

std::string events_of_articles_sql(const Facts& facts, const std::string& scope) {
  return scoped(
      fmt::format("SELECT customer_id, article_id, day, lower(event_type) AS kind FROM "
                  "facts.events WHERE customer_id IS NOT NULL AND article_id IS NOT NULL AND {}",
                  visible(facts, "events")),
      scope);
}

std::string role_interactions_sql(const Facts& facts, const std::string& scope) {
  std::string all;
  for (const char* role : {"cart", "wishlist"}) {
    const std::string select = role_interactions(facts, role);
    if (select.empty()) continue;
    if (!all.empty()) all += "\n    UNION ALL ";
    all += scoped(select, scope);
  }
  return all;
}

std::string interactions_sql(const Facts& facts, const std::string& scope) {
  const std::string events = event_interactions(facts);
  const std::string roles = role_interactions_sql(facts, scope);
  if (events.empty()) return roles;
  return scoped(events, scope) + (roles.empty() ? "" : "\n    UNION ALL " + roles);
}

std::string carts_sql(const Facts& facts, const std::string& scope) {
  if (facts.has("cart")) {
    const std::string bought =
        facts.has("cart", "status")
            ? "lower(status) IN ('bought', 'purchased', 'ordered', 'converted')"
            : "NULL::BOOLEAN";
    return scoped(fmt::format("SELECT customer_id, article_id, day, {} AS bought{} FROM facts.cart "
                              "WHERE customer_id IS NOT NULL AND article_id IS NOT NULL AND {}",
                              bought, known_at(facts, "cart", "cart"), visible(facts, "cart")),
                  scope);
  }
  if (!events_have(facts, "cart")) return "";
  return scoped(fmt::format("SELECT customer_id, article_id, day, NULL::BOOLEAN AS bought{} FROM "
                            "facts.events WHERE lower(event_type) = 'cart' AND customer_id IS NOT "
                            "NULL AND article_id IS NOT NULL AND {}",
                            known_at(facts, "events", "events"), visible(facts, "events")),
                scope);
}

std::string wishes_sql(const Facts& facts) {
  const std::string known = "customer_id IS NOT NULL AND article_id IS NOT NULL";
  if (facts.has("wishlist"))
    return fmt::format("SELECT customer_id, article_id{} FROM facts.wishlist WHERE {} AND {}",
                       known_at(facts, "wishlist", "wishlist"), known, visible(facts, "wishlist"));
  if (!events_have(facts, "wishlist")) return "";
  return fmt::format(
      "SELECT customer_id, article_id{} FROM facts.events WHERE lower(event_type) = 'wishlist' AND "
      "{} AND {}",
      known_at(facts, "events", "events"), known, visible(facts, "events"));
}

std::string visits_sql(const Facts& facts) {
  if (!facts.has("events")) return "";
  return fmt::format(
      "SELECT customer_id, {} AS in_session{} FROM facts.events WHERE customer_id "
      "IS NOT NULL AND {}",
      facts.has("events", "session_id") ? "session_id IS NOT NULL" : "false",
      known_at(facts, "events", "events"), visible(facts, "events"));
}

std::string category_column(const Facts& facts) {
  const auto found = std::ranges::find_if(
      kCategoryColumns, [&](const char* column) { return facts.has("items", column); });
  return found == kCategoryColumns.end() ? "" : *found;
}

std::string articles_sql(const Facts& facts) {
  if (!facts.has("items"))
    return "SELECT NULL::INTEGER AS article_id, NULL::INTEGER AS product_name, NULL::VARCHAR AS "
           "category WHERE false";
  const bool named = facts.has_names && facts.has("items", "product_name");
  const std::string column = category_column(facts);
  const bool by_tree = column == "category_id" && facts.has("categories", "category_name");
  std::string category = "NULL::VARCHAR";
  if (!column.empty()) category = "min(i." + column + ")";
  if (by_tree) category = "min(coalesce(c.category_name, i.category_id))";
  return fmt::format(
      "SELECT i.article_id, {} AS product_name, {} AS category FROM facts.items i{}{} WHERE "
      "i.article_id IS NOT NULL GROUP BY i.article_id",
      named ? "min(n.code)" : "NULL::INTEGER", category,
      named ? " LEFT JOIN facts.dict_product_name n ON n.id = i.product_name" : "",
      by_tree ? " LEFT JOIN facts.categories c ON c.category_id = i.category_id" : "");
}

}  // namespace coterie::data
