#pragma once
// Dataset C: the customers.

#include <string>

#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

DatasetInfo dataset_c_info();

// What each customer did, one row a customer that did anything: customer_id, total_transactions,
// total_amount, avg_basket_size, avg_order_value, last_bought, frequency, session_events,
// wishlist_size, cart_abandonment_rate, most_engaged_category, most_used_sales_channel_id.
// Customers are independent of each other. Reads facts.dataset_a_interactions.
std::string dataset_c_facts_sql(const Facts& facts);

// The table's rows, without order, over `customer_facts`: a SELECT or table with these columns.
std::string dataset_c_sql(const Facts& facts, const std::string& customer_facts);

}  // namespace coterie::data
