#include "synth/retail_block_tables.h"

#include <span>

#include <fmt/format.h>

#include "synth/people.h"
#include "synth/retail_customers.h"
#include "synth/retail_sessions.h"

namespace coterie::synth {
namespace {

using enum ColumnType;

constexpr std::array<std::string_view, 4> kOrderStatuses = {"placed", "paid", "shipped",
                                                            "returned"};
constexpr std::array<std::string_view, 3> kClubStatuses = {"ACTIVE", "PRE-CREATE", "LEFT CLUB"};
constexpr std::array<std::string_view, 3> kNewsFrequencies = {"NONE", "Regularly", "Monthly"};

void fill(TextTable& table, std::span<const std::string_view> texts) {
  for (const std::string_view text : texts) table.add(text);
}

Column created_at() { return column_of("created_at", kTimestamp); }

}  // namespace

RetailTexts::RetailTexts() {
  for (int k = 0; k < kEventKinds; ++k) event_kinds.add(event_kind_name(static_cast<EventKind>(k)));
  for (int k = 0; k < kChannels; ++k) channels.add(channel_name(k));
  for (int k = 0; k < kDevices; ++k) devices.add(device_name(k));
  for (int k = 0; k < 3; ++k) cart_statuses.add(cart_status_name(static_cast<CartStatus>(k)));
  fill(order_statuses, kOrderStatuses);
  fill(sales_channels, std::array<std::string_view, 2>{"1", "2"});
  fill(club_statuses, kClubStatuses);
  fill(news_frequencies, kNewsFrequencies);
  for (const Segment& segment : coterie::synth::segments()) segments.add(segment.name);
  for (const Country& country : coterie::synth::countries()) {
    countries.add(country.code);
    first_town.push_back(towns.size());
    fill(towns, country.towns);
  }
}

BlockTables::BlockTables(const RetailTexts& shared, const Catalogue& catalogue) {
  declare_people(shared);
  declare_sales(shared, catalogue.ids);
  declare_visits(shared, catalogue.ids);
  declare_reviews(catalogue.ids);
}

std::vector<std::string> BlockTables::names() {
  return {"customers", "transactions", "orders",   "order_items",     "cart",         "wishlist",
          "reviews",   "events",       "sessions", "truth/customers", "truth/reviews"};
}

std::array<TableBuffer*, 11> BlockTables::all() {
  return {&customers, &transactions, &orders,   &order_items,     &cart,         &wishlist,
          &reviews,   &events,       &sessions, &truth_customers, &truth_reviews};
}

void BlockTables::clear() {
  for (TextTable* texts : {&customer_ids, &session_ids, &order_ids, &review_ids, &first_names,
                           &last_names, &emails, &postal_codes, &review_texts, &said}) {
    texts->clear();
  }
  for (TableBuffer* table : all()) table->clear();
}

void BlockTables::declare_people(const RetailTexts& shared) {
  customers = {
      "customers",
      {text_column("customer_id", customer_ids), text_column("first_name", first_names),
       text_column("last_name", last_names), text_column("email", emails),
       column_of("age", kInteger, true), column_of("signup_date", kDate),
       text_column("club_member_status", shared.club_statuses, true),
       text_column("fashion_news_frequency", shared.news_frequencies, true),
       text_column("country", shared.countries), text_column("postal_code", postal_codes)}};
  truth_customers = {
      "truth/customers",
      {text_column("customer_id", customer_ids), text_column("segment", shared.segments),
       column_of("active_from", kDate), column_of("churned_on", kDate, true),
       column_of("baskets_a_day", kReal), column_of("basket_articles", kReal),
       column_of("price_sensitivity", kReal), column_of("online_share", kReal),
       column_of("browsing_a_day", kReal), column_of("review_rate", kReal)}};
  for (int k = 1; k <= kCustomerStyles; ++k) {
    truth_customers.columns.push_back(column_of(fmt::format("style_{}", k), kInteger, true));
    truth_customers.columns.push_back(column_of(fmt::format("style_{}_share", k), kFloat));
  }
  for (int k = 0; k < kLatent; ++k) {
    truth_customers.columns.push_back(column_of(fmt::format("taste_{:02d}", k), kFloat));
  }
}

void BlockTables::declare_sales(const RetailTexts& shared, const TextTable& articles) {
  transactions = {
      "transactions",
      {column_of("t_dat", kTimestamp), text_column("customer_id", customer_ids),
       text_column("article_id", articles), column_of("price", kMoney),
       column_of("quantity", kInteger), text_column("sales_channel_id", shared.sales_channels),
       text_column("order_id", order_ids, true)}};
  orders = {
      "orders",
      {text_column("order_id", order_ids), text_column("customer_id", customer_ids), created_at(),
       text_column("status", shared.order_statuses), column_of("total_amount", kMoney),
       text_column("sales_channel_id", shared.sales_channels)}};
  order_items = {"order_items",
                 {text_column("order_id", order_ids), text_column("article_id", articles),
                  column_of("quantity", kInteger), column_of("price", kMoney)}};
}

void BlockTables::declare_visits(const RetailTexts& shared, const TextTable& articles) {
  cart = {"cart",
          {text_column("customer_id", customer_ids), text_column("article_id", articles),
           text_column("session_id", session_ids), column_of("quantity", kInteger), created_at(),
           text_column("status", shared.cart_statuses)}};
  wishlist = {"wishlist",
              {text_column("customer_id", customer_ids), text_column("article_id", articles),
               created_at()}};
  events = {
      "events",
      {text_column("customer_id", customer_ids), text_column("session_id", session_ids),
       text_column("event_type", shared.event_kinds), text_column("article_id", articles, true),
       created_at(), text_column("device", shared.devices), text_column("location", shared.towns),
       text_column("channel", shared.channels)}};
  sessions = {"sessions",
              {text_column("session_id", session_ids), text_column("customer_id", customer_ids),
               column_of("started_at", kTimestamp), column_of("ended_at", kTimestamp),
               text_column("device", shared.devices), text_column("location", shared.towns),
               text_column("channel", shared.channels)}};
}

void BlockTables::declare_reviews(const TextTable& articles) {
  reviews = {"reviews",
             {text_column("review_id", review_ids), text_column("customer_id", customer_ids),
              text_column("article_id", articles), column_of("rating", kReal),
              text_column("review_text", review_texts), column_of("helpful_votes", kInteger),
              column_of("total_votes", kInteger), created_at()}};
  truth_reviews = {"truth/reviews",
                   {text_column("review_id", review_ids), column_of("experience", kReal),
                    text_column("aspects_said", said), column_of("abusive", kBool)}};
  for (int k = 0; k < kAspects; ++k) {
    truth_reviews.columns.push_back(
        column_of(fmt::format("aspect_{}", aspect_name(static_cast<Aspect>(k))), kFloat));
  }
}

}  // namespace coterie::synth
