#pragma once
// The rows that dataset C is computed from, as SQL over the stored tables: a SELECT each.
//
// Of facts of all times they are single rows that say only what was known at their time `known_at`.
// Of facts of today they are summed up by what the features tell apart, so that far fewer rows are
// read, without time. Features that add up what they find get the same from both.

#include <string>
#include <string_view>
#include <vector>

#include "data/datasets/facts_internal.h"

namespace coterie::data {

inline constexpr int kCartDays = 7;  // a carted article bought within so many is not abandoned

// What purchase lines say besides their day.
struct PurchaseColumns {
  bool prices = false;    // amount
  bool channels = false;  // channel
  bool baskets = false;   // basket
};
PurchaseColumns purchase_columns(const Facts& facts);

struct CustomerSource {
  std::string_view name;
  std::string_view description;
  std::string sql;
};

// Without a time, whatever the facts are of. One row a customer of the role customers: customer_id
// and those of age, signup_date, club_member_status, fashion_news_frequency and customer_name that
// there are.
inline constexpr std::string_view kAttributes = "customer_attributes";
// customer_id, basket, channel, bought_on (the last day of a purchase, null for returns alone),
// lines (of purchases), units and amount (both less what was returned).
inline constexpr std::string_view kPurchases = "purchases";
// customer_id, events, in_session (of these, those that belong to a session).
inline constexpr std::string_view kVisits = "visits";
// customer_id, article_id.
inline constexpr std::string_view kWishes = "wishes";
// customer_id, carted, abandoned: numbers of a customer's articles in carts, by day. Of all times
// one row a change: 1 at first, later 1 (counts as abandoned from here on) or -1 (no longer).
inline constexpr std::string_view kCartOutcomes = "cart_outcomes";
// customer_id, category, engagement (the sum of weights; negative where what was bought came back).
// Of today it is read from dataset A.
inline constexpr std::string_view kEngagements = "engagements";

// Those that the project has rows of, in this order.
std::vector<CustomerSource> customer_sources(const Facts& facts);

}  // namespace coterie::data
