// The slow twin of the datasets: today, purchases, interactions, articles.

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "dataset_oracle.h"

namespace coterie::data::testing {

Cell cell(const Text& text) { return text ? Cell(*text) : Cell(); }
Cell cell(const Number& number) { return number ? Cell(*number) : Cell(); }

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Oracle::Oracle(const World& of) : world(of), zone(of.zone()), today(0) {
  today = find_today();
  find_purchases();
  find_interactions();
}

int32_t Oracle::find_today() const {
  if (!world.project.as_of.empty())
    return static_cast<int32_t>(*parse_utc(world.project.as_of) / kMicrosPerDay);
  int32_t newest = INT32_MIN;
  const auto see = [&](const std::string& role, const auto& rows) {
    if (!world.has(role)) return;
    for (const auto& row : rows) newest = std::max(newest, zone.day_of(row.at));
  };
  see("transactions", world.transactions);
  see("orders", world.orders);
  see("events", world.events);
  see("cart", world.cart);
  see("wishlist", world.wishlist);
  if (world.has("reviews", "created_at")) see("reviews", world.reviews);
  return newest == INT32_MIN ? zone.day_of(now_micros()) : newest;
}

bool Oracle::sees(Micros at, const Number& arrived, const std::string& role) const {
  if (zone.day_of(at) > today) return false;
  return !world.has(role, "arrived_at") || !arrived || *arrived <= zone.day_end(today);
}

double Oracle::weight(const std::string& kind) const {
  const auto found = world.project.event_weights.find(kind);
  return found == world.project.event_weights.end() ? 0 : found->second;
}

bool Oracle::events_have(const std::string& kind) const {
  return world.has("events", "article_id") &&
         std::ranges::any_of(world.events, [&](const Event& e) { return lower(e.kind) == kind; });
}

void Oracle::find_purchases() {
  if (world.has("transactions")) {
    sells_ = true;
    knows_prices_ = world.has("transactions", "price");
    for (const Transaction& t : world.transactions) {
      if (!sees(t.at, t.arrived, "transactions")) continue;
      purchases.push_back({t.customer, t.article, zone.day_of(t.at),
                           world.has("transactions", "quantity") ? t.quantity.value_or(1) : 1,
                           knows_prices_ ? t.price : Number(),
                           world.has("transactions", "sales_channel_id") ? t.channel : Text(),
                           world.has("transactions", "order_id") ? t.order : Text()});
    }
  } else if (world.has("orders") && world.has("order_items")) {
    sells_ = true;
    knows_prices_ = world.has("order_items", "price");
    for (const OrderItem& item : world.order_items) {
      const Order& order = *std::ranges::find(world.orders, item.order, &Order::id);
      const std::string status =
          world.has("orders", "status") ? lower(order.status.value_or("")) : "";
      if (!sees(order.at, {}, "orders") || status == "cancelled" || status == "returned") continue;
      purchases.push_back({order.customer, item.article, zone.day_of(order.at),
                           world.has("order_items", "quantity") ? item.quantity.value_or(1) : 1,
                           knows_prices_ ? item.price : Number(),
                           world.has("orders", "sales_channel_id") ? order.channel : Text(),
                           order.id});
    }
  } else if (events_have("buy")) {
    sells_ = true;
    for (const Event& e : world.events) {
      if (lower(e.kind) != "buy" || !e.article || !sees(e.at, e.arrived, "events")) continue;
      purchases.push_back({e.customer,
                           e.article,
                           zone.day_of(e.at),
                           1,
                           {},
                           world.has("events", "channel") ? e.channel : Text(),
                           world.has("events", "session_id") ? e.session : Text()});
    }
  }
  std::erase_if(purchases, [](const Purchase& p) { return p.quantity == 0; });
}

void Oracle::find_interactions() {
  if (world.has("events", "article_id")) {
    for (const Event& e : world.events) {
      const std::string kind = lower(e.kind);
      if (weight(kind) == 0 || (kind == "buy" && sells_)) continue;
      if (!e.customer || !e.article || !sees(e.at, e.arrived, "events")) continue;
      interactions.push_back({*e.customer, *e.article, zone.day_of(e.at), kind});
    }
  }
  if (world.has("cart") && !events_have("cart") && weight("cart") > 0) {
    for (const Carted& c : world.cart) {
      if (sees(c.at, {}, "cart"))
        interactions.push_back({c.customer, c.article, zone.day_of(c.at), "cart"});
    }
  }
  if (world.has("wishlist") && !events_have("wishlist") && weight("wishlist") > 0) {
    for (const Wished& w : world.wishlist) {
      if (sees(w.at, {}, "wishlist"))
        interactions.push_back({w.customer, w.article, zone.day_of(w.at), "wishlist"});
    }
  }
}

std::string Oracle::category_column() const {
  for (const char* column : {"category_id", "product_type_name", "garment_group_name",
                             "product_group_name", "section_name", "index_group_name"}) {
    if (world.has("items", column)) return column;
  }
  return "";
}

Text Oracle::category(int64_t article) const {
  const std::string column = category_column();
  if (column.empty()) return {};
  const auto item = std::ranges::find(world.items, article, &Item::article);
  if (item == world.items.end()) return {};
  if (column == "product_type_name") return item->type;
  if (column == "garment_group_name") return item->garment;
  if (column == "product_group_name") return item->group;
  if (column == "section_name") return item->section;
  if (column == "index_group_name") return item->index;
  if (!item->category || !world.has("categories", "category_name")) return item->category;
  const auto known = std::ranges::find(world.categories, *item->category, &Category::id);
  return known != world.categories.end() && known->name ? known->name : item->category;
}

Cell Oracle::name(const Number& article) const {
  if (!article || !world.has("items", "product_name")) return {};
  const auto item = std::ranges::find(world.items, *article, &Item::article);
  return item == world.items.end() ? Cell() : cell(item->name);
}

}  // namespace coterie::data::testing
