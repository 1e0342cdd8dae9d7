#pragma once
// The rows that dataset C is computed from, as SQL over the stored tables: a SELECT each, whose
// rows say only what was known at their time `known_at`. "" = the project has nothing of the kind.
// `facts` are of all times.

#include <string>

#include "data/datasets/facts_internal.h"

namespace coterie::data {

inline constexpr int kCartDays = 7;  // a carted article bought within so many is not abandoned

// One row a customer of the role customers: customer_id and those of age, signup_date,
// club_member_status, fashion_news_frequency and customer_name that there are. Without a time.
std::string customer_attributes_sql(const Facts& facts);

// What purchase lines say besides their day.
struct PurchaseColumns {
  bool prices = false;    // amount
  bool channels = false;  // channel
  bool baskets = false;   // basket
};
PurchaseColumns purchase_columns(const Facts& facts);
// One row a purchase line or return: customer_id, day, quantity, amount, channel, basket, known_at.
std::string customer_purchases_sql(const Facts& facts);

// What became of an article in a cart, one row a change: customer_id, carted (1 at the first row of
// a customer, article and day), abandoned (1: counts as abandoned from here on; -1: no longer),
// known_at.
std::string cart_outcomes_sql(const Facts& facts);

// What customers did with articles that have a category, one row a change: customer_id, category,
// engagement (the weight; negative where what was bought came back), known_at.
std::string engagements_sql(const Facts& facts);

// dataset_c_registry.h.
std::string dataset_c_registry_text(const Facts& facts);

}  // namespace coterie::data
