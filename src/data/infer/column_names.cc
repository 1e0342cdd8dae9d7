#include "data/infer/column_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace coterie::data {
namespace {

// `strong` words mean the column wherever they stand; `vague` ones only in a table of that role.
struct Synonyms {
  std::string_view role;  // "*" = any
  std::string_view column;
  std::string_view strong;
  std::string_view vague;
};

constexpr std::array kSynonyms = {
    Synonyms{"*", "customer_id",
             "customer customerid cust_id user_id userid user client_id client person_id member_id "
             "subscriber_id visitor_id shopper_id account_id buyer_id reviewer_id msisdn",
             "id uid"},
    Synonyms{"*", "article_id",
             "article articleid item_id itemid item product_id productid product sku stock_code "
             "stockcode clothing_id content_id movie_id film_id asin isbn upc ean material_id "
             "track_id news_id prod_id",
             "id code"},
    Synonyms{"customers", "first_name", "firstname given_name forename", ""},
    Synonyms{"customers", "last_name", "lastname surname family_name", ""},
    Synonyms{"customers", "email", "e_mail email_address mail", ""},
    Synonyms{"customers", "age", "customer_age", ""},
    Synonyms{"customers", "signup_date",
             "registered_at registration_date joined_at join_date created_at member_since signup "
             "activation_date",
             "date created"},
    Synonyms{"customers", "club_member_status", "member_status membership loyalty_status tier", ""},
    Synonyms{"customers", "fashion_news_frequency", "newsletter news_frequency", ""},
    Synonyms{"customers", "country", "country_code nation user_country", ""},
    Synonyms{"customers", "postal_code", "postcode zip zip_code zipcode", ""},
    Synonyms{"items", "product_name",
             "name title item_name article_name prod_name description product_title movie_title",
             "label"},
    Synonyms{"items", "detail_desc",
             "long_description detail_description product_description details text", "description"},
    Synonyms{"items", "product_type_name", "product_type type_name class_name genre genres",
             "type"},
    Synonyms{"items", "product_group_name", "product_group department department_name group_name",
             "category category_name"},
    Synonyms{"items", "garment_group_name", "garment_group", ""},
    Synonyms{"items", "section_name", "section division division_name", ""},
    Synonyms{"items", "colour_group_name", "colour color colour_name color_name", ""},
    Synonyms{"items", "index_group_name", "index_group index_name", ""},
    Synonyms{"items", "brand", "brand_name manufacturer vendor author", ""},
    Synonyms{"items", "category_id", "category_code leaf_category", ""},
    Synonyms{"items", "price", "list_price retail_price current_price unit_price", "amount"},
    Synonyms{"items", "stock", "inventory on_hand units_in_stock", "quantity"},
    Synonyms{"items", "created_at", "launch_date released release_date first_seen published_at",
             ""},
    Synonyms{"items", "last_updated", "updated_at modified_at", ""},
    Synonyms{"categories", "category_id", "category cat_id", "id"},
    Synonyms{"categories", "parent_id", "parent parent_category parent_category_id", ""},
    Synonyms{"categories", "category_name", "name title", "label"},
    Synonyms{"transactions", "transaction_id", "line_id transactionid", "id"},
    Synonyms{"transactions", "t_dat",
             "transaction_date invoice_date purchase_date order_date sold_at bought_at "
             "transaction_time purchased_at sale_date",
             "date time timestamp ts datetime created_at day"},
    Synonyms{"transactions", "price", "unit_price unitprice paid_price amount_per_unit sale_price",
             "amount value"},
    Synonyms{"transactions", "quantity", "qty units amount_of_items", "count"},
    Synonyms{"transactions", "sales_channel_id", "channel sales_channel store store_id", ""},
    Synonyms{"transactions", "order_id",
             "invoice_no invoiceno invoice invoice_id basket_id receipt_id order_no ticket_id", ""},
    Synonyms{"orders", "order_id", "order_no orderid invoice_no", "id"},
    Synonyms{"orders", "created_at", "order_date ordered_at placed_at", "date timestamp time"},
    Synonyms{"orders", "status", "order_status state", ""},
    Synonyms{"orders", "total_amount", "total amount order_total grand_total", "price value"},
    Synonyms{"orders", "sales_channel_id", "channel sales_channel", ""},
    Synonyms{"order_items", "order_id", "order_no orderid order", ""},
    Synonyms{"order_items", "quantity", "qty units", "count"},
    Synonyms{"order_items", "price", "unit_price", "amount"},
    Synonyms{"cart", "created_at", "added_at", "date timestamp time ts"},
    Synonyms{"cart", "quantity", "qty units", "count"},
    Synonyms{"cart", "status", "state", ""},
    Synonyms{"cart", "session_id", "session", ""},
    Synonyms{"wishlist", "created_at", "added_at wished_at", "date timestamp time ts"},
    Synonyms{"reviews", "review_id", "reviewid", "id c1 unnamed_0 index"},
    Synonyms{"reviews", "rating", "stars star_rating review_score", "value score overall"},
    Synonyms{"reviews", "review_text", "review text comment body review_body content", ""},
    Synonyms{"reviews", "helpful_votes", "helpful positive_feedback_count upvotes", ""},
    Synonyms{"reviews", "total_votes", "votes", ""},
    Synonyms{"reviews", "created_at", "review_date reviewed_at unix_review_time",
             "date timestamp time ts"},
    Synonyms{"events", "event_id", "eventid", "id"},
    Synonyms{"events", "session_id", "session sessionid visit_id", ""},
    Synonyms{"events", "event_type",
             "eventtype event action event_name interaction_type behaviour "
             "behavior",
             "type kind"},
    Synonyms{"events", "created_at", "event_time occurred_at event_timestamp clicked_at viewed_at",
             "timestamp time ts date datetime"},
    Synonyms{"events", "device", "user_agent device_type platform", ""},
    Synonyms{"events", "location", "region user_region city", ""},
    Synonyms{"events", "channel", "source medium", ""},
    Synonyms{"events", "value", "rating strength weight", ""},
    Synonyms{"sessions", "session_id", "session sessionid visit_id", "id"},
    Synonyms{"sessions", "started_at", "start_time session_start started start", "timestamp time"},
    Synonyms{"sessions", "ended_at", "end_time session_end ended end", ""},
    Synonyms{"sessions", "device", "user_agent device_type platform", ""},
    Synonyms{"sessions", "location", "region city", ""},
    Synonyms{"sessions", "channel", "source medium", ""},
    Synonyms{"stock", "date", "day stock_date", "timestamp"},
    Synonyms{"stock", "stock", "quantity units on_hand inventory", ""},
    Synonyms{"competitor_prices", "competitor", "competitor_name seller shop", ""},
    Synonyms{"competitor_prices", "date", "day seen_at", "timestamp"},
    Synonyms{"competitor_prices", "price", "competitor_price", "amount"},
    Synonyms{"promotions", "promotion_id", "promo_id campaign_id", "id"},
    Synonyms{"promotions", "start_date", "starts_at valid_from", "start"},
    Synonyms{"promotions", "end_date", "ends_at valid_to", "end"},
    Synonyms{"promotions", "discount_share", "discount discount_pct", ""},
    Synonyms{"holidays", "date", "day holiday_date", ""},
    Synonyms{"holidays", "name", "holiday holiday_name title", ""},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTableNames = {{
    {"customers", "customers customer users user clients members subscribers people accounts"},
    {"items", "items item articles article products product movies catalog catalogue films books"},
    {"categories", "categories category taxonomy"},
    {"transactions", "transactions transaction sales purchases purchase retail invoices txn"},
    {"orders", "orders order"},
    {"order_items", "order_items order_lines orderitems order_details line_items"},
    {"cart", "cart carts basket baskets cart_items"},
    {"wishlist", "wishlist wishlists favourites favorites"},
    {"reviews", "reviews review ratings rating"},
    {"events",
     "events event clicks views interactions clickstream log logs actions train "
     "ratings"},
    {"sessions", "sessions session visits"},
    {"stock", "stock inventory stock_history"},
    {"competitor_prices", "competitor_prices competitors competitor"},
    {"promotions", "promotions promotion campaigns promos"},
    {"holidays", "holidays holiday"},
}};

std::vector<std::string_view> words_of(std::string_view text, char separator) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool lists(std::string_view list, std::string_view word) {
  const auto words = words_of(list, ' ');
  return std::ranges::find(words, word) != words.end();
}

// Whether `phrase` ("unit_price") stands as whole words inside `name` ("net_unit_price_eur").
bool holds_words(std::string_view name, std::string_view phrase) {
  const auto words = words_of(name, '_');
  const auto wanted = words_of(phrase, '_');
  return !std::ranges::search(words, wanted).empty();
}

bool holds_any(std::string_view name, std::string_view list) {
  return std::ranges::any_of(words_of(list, ' '),
                             [&](std::string_view phrase) { return holds_words(name, phrase); });
}

}  // namespace

std::string normal_name(std::string_view name) {
  std::string normal;
  bool after_lower = false;
  for (const char raw : name) {
    const auto c = static_cast<unsigned char>(raw);
    if (std::isalnum(c) == 0) {
      if (!normal.empty() && normal.back() != '_') normal += '_';
      after_lower = false;
      continue;
    }
    if (std::isupper(c) != 0 && after_lower) normal += '_';
    after_lower = std::islower(c) != 0 || std::isdigit(c) != 0;
    normal += static_cast<char>(std::tolower(c));
  }
  while (!normal.empty() && normal.back() == '_') normal.pop_back();
  return normal;
}

double name_fit(std::string_view source, std::string_view role, std::string_view column) {
  const std::string name = normal_name(source);
  if (name == column) return 1.0;
  double fit = holds_words(name, column) ? 0.6 : 0.0;
  for (const Synonyms& row : kSynonyms) {
    if (row.column != column || (row.role != "*" && row.role != role)) continue;
    if (lists(row.strong, name)) return 0.9;
    if (lists(row.vague, name)) fit = std::max(fit, 0.7);
    if (holds_any(name, row.strong)) fit = std::max(fit, 0.6);
  }
  return fit;
}

double table_name_fit(std::string_view table, std::string_view role) {
  const std::string name = normal_name(table);
  for (const auto& [known, words] : kTableNames) {
    if (known != role) continue;
    if (lists(words, name)) return 1.0;
    return holds_any(name, words) ? 0.6 : 0.0;
  }
  return 0.0;
}

}  // namespace coterie::data
