#include "data/project/roles.h"

#include <algorithm>

namespace coterie::data {
namespace {

using enum ColumnKind;

constexpr RoleColumn customer_id(bool required) {
  return {"customer_id", kId, required, "customer", false, "the customer"};
}
constexpr RoleColumn article_id(bool required) {
  return {"article_id", kId, required, "article", false, "the article"};
}
constexpr RoleColumn kArrivedAt = {
    "arrived_at", kTime, false, {}, false, "when the row became known; a fact is invisible before"};

Role customers() {
  return {"customers",
          "customer",
          "",
          {"customer_id"},
          {customer_id(true),
           {"first_name", kText, false, {}, true, "given name"},
           {"last_name", kText, false, {}, true, "family name"},
           {"email", kText, false, {}, true, "e-mail address"},
           {"age", kInteger, false, {}, false, "age in years"},
           {"signup_date", kDate, false, {}, false, "day of registration"},
           {"club_member_status", kText, false, {}, false, "ACTIVE, PRE-CREATE, LEFT CLUB, ..."},
           {"fashion_news_frequency", kText, false, {}, false, "newsletter: NONE, Monthly, ..."},
           {"country", kText, false, {}, false, "country of residence"},
           {"postal_code", kText, false, {}, true, "postal code"}},
          "one row a customer"};
}

Role items() {
  return {"items",
          "article",
          "",
          {"article_id"},
          {article_id(true),
           {"product_name", kText, false, {}, false, "readable name"},
           {"detail_desc", kText, false, {}, false, "description"},
           {"product_type_name", kText, false, {}, false, "e.g. Trousers"},
           {"product_group_name", kText, false, {}, false, "e.g. Garment Lower body"},
           {"garment_group_name", kText, false, {}, false, "e.g. Jersey Basic"},
           {"section_name", kText, false, {}, false, "e.g. Womens Everyday Basics"},
           {"colour_group_name", kText, false, {}, false, "e.g. Dark Blue"},
           {"index_group_name", kText, false, {}, false, "e.g. Ladieswear"},
           {"brand", kText, false, {}, false, "brand"},
           {"category_id", kText, false, {}, false, "leaf category, see role categories"},
           {"price", kMoney, false, {}, false, "current list price"},
           {"stock", kInteger, false, {}, false, "units on hand now"},
           {"created_at", kTime, false, {}, false, "first offered"},
           {"last_updated", kTime, false, {}, false, "last change of the row"}},
          "one row an article"};
}

Role categories() {
  return {"categories",
          "",
          "",
          {"category_id"},
          {{"category_id", kText, true, {}, false, "the category"},
           {"parent_id", kText, false, {}, false, "its parent; null at the root"},
           {"category_name", kText, false, {}, false, "readable name"}},
          "the category tree"};
}

Role transactions() {
  return {"transactions",
          "",
          "t_dat",
          {},
          {{"transaction_id", kText, false, {}, false, "id of the line, if the source has one"},
           {"t_dat", kTime, true, {}, false, "when it was bought"},
           customer_id(true),
           article_id(true),
           {"price", kMoney, false, {}, false, "price paid a unit; negative only for refunds"},
           {"quantity", kInteger, false, {}, false, "units; absent = 1; negative = returned"},
           {"sales_channel_id", kText, false, {}, false, "shop, web, ..."},
           {"order_id", kText, false, {}, false, "the order or invoice it belongs to"},
           kArrivedAt},
          "one row an article bought (or returned)"};
}

Role orders() {
  return {"orders",
          "",
          "created_at",
          {"order_id"},
          {{"order_id", kText, true, {}, false, "the order"},
           customer_id(true),
           {"created_at", kTime, true, {}, false, "when it was placed"},
           {"status", kText, false, {}, false, "placed, paid, shipped, returned, cancelled"},
           {"total_amount", kMoney, false, {}, false, "sum of its items"},
           {"sales_channel_id", kText, false, {}, false, "shop, web, ..."},
           kArrivedAt},
          "one row an order"};
}

Role order_items() {
  return {"order_items",
          "",
          "",
          {"order_id", "article_id"},
          {{"order_id", kText, true, {}, false, "the order"},
           article_id(true),
           {"quantity", kInteger, false, {}, false, "units"},
           {"price", kMoney, false, {}, false, "price a unit"}},
          "one row an article of an order"};
}

Role cart() {
  return {"cart",
          "",
          "created_at",
          {},
          {customer_id(true),
           article_id(true),
           {"session_id", kText, false, {}, false, "session in which it was added"},
           {"quantity", kInteger, false, {}, false, "units"},
           {"created_at", kTime, true, {}, false, "when it was added"},
           {"status", kText, false, {}, false, "bought, removed, abandoned"},
           kArrivedAt},
          "one row an article put into a cart"};
}

Role wishlist() {
  return {"wishlist",
          "",
          "created_at",
          {},
          {customer_id(true),
           article_id(true),
           {"created_at", kTime, true, {}, false, "when it was wished"},
           kArrivedAt},
          "one row an article on a wishlist"};
}

Role reviews() {
  return {"reviews",
          "",
          "created_at",
          {"review_id"},
          {{"review_id", kText, true, {}, false, "the review"},
           customer_id(false),
           article_id(true),
           {"rating", kReal, false, {}, false, "stars"},
           {"review_text", kText, false, {}, false, "what was written"},
           {"helpful_votes", kInteger, false, {}, false, "readers who found it helpful"},
           {"total_votes", kInteger, false, {}, false, "readers who voted"},
           {"created_at", kTime, false, {}, false, "when it was written"},
           kArrivedAt},
          "one row a review or rating"};
}

Role events() {
  return {"events",
          "",
          "created_at",
          {},
          {{"event_id", kText, false, {}, false, "id for deduplication"},
           customer_id(true),
           {"session_id", kText, false, {}, false, "the session"},
           {"event_type", kText, true, {}, false, "view, click, cart, buy, wishlist, ..."},
           article_id(false),
           {"created_at", kTime, true, {}, false, "when it happened"},
           {"device", kText, false, {}, false, "mobile, desktop, ..."},
           {"location", kText, false, {}, false, "region"},
           {"channel", kText, false, {}, false, "app, web, e-mail, ..."},
           {"value", kReal, false, {}, false, "strength of the event, e.g. a rating"},
           kArrivedAt},
          "one row an interaction"};
}

Role sessions() {
  return {"sessions",
          "",
          "started_at",
          {"session_id"},
          {{"session_id", kText, true, {}, false, "the session"},
           customer_id(false),
           {"started_at", kTime, true, {}, false, "first event"},
           {"ended_at", kTime, false, {}, false, "last event"},
           {"device", kText, false, {}, false, "mobile, desktop, ..."},
           {"location", kText, false, {}, false, "region"},
           {"channel", kText, false, {}, false, "app, web, e-mail, ..."}},
          "one row a visit"};
}

Role stock() {
  return {"stock",
          "",
          "date",
          {"article_id", "date"},
          {article_id(true),
           {"date", kDate, true, {}, false, "the day"},
           {"stock", kInteger, true, {}, false, "units on hand at its end"}},
          "stock history"};
}

Role competitor_prices() {
  return {"competitor_prices",
          "",
          "date",
          {"article_id", "competitor", "date"},
          {article_id(true),
           {"competitor", kText, true, {}, false, "who"},
           {"date", kDate, true, {}, false, "the day"},
           {"price", kMoney, true, {}, false, "their price"}},
          "prices seen elsewhere"};
}

Role promotions() {
  return {"promotions",
          "",
          "",
          {"promotion_id", "article_id"},
          {{"promotion_id", kText, true, {}, false, "the promotion"},
           article_id(true),
           {"start_date", kDate, true, {}, false, "first day"},
           {"end_date", kDate, true, {}, false, "last day"},
           {"discount_share", kReal, false, {}, false, "0.2 = 20 % off"}},
          "one row an article on promotion"};
}

Role holidays() {
  return {
      "holidays",
      "",
      "",
      {"date"},
      {{"date", kDate, true, {}, false, "the day"}, {"name", kText, false, {}, false, "its name"}},
      "public holidays"};
}

}  // namespace

const RoleColumn* Role::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &RoleColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

const std::vector<Role>& all_roles() {
  static const std::vector<Role> roles = {
      customers(),   items(), categories(),        transactions(), orders(),
      order_items(), cart(),  wishlist(),          reviews(),      events(),
      sessions(),    stock(), competitor_prices(), promotions(),   holidays()};
  return roles;
}

const Role* find_role(std::string_view name) {
  const auto found = std::ranges::find(all_roles(), name, &Role::name);
  return found == all_roles().end() ? nullptr : &*found;
}

std::vector<std::string> role_names() {
  std::vector<std::string> names;
  for (const Role& role : all_roles()) names.emplace_back(role.name);
  return names;
}

}  // namespace coterie::data
