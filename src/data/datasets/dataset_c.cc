#include "data/datasets/dataset_c.h"

#include <string_view>
#include <vector>

namespace coterie::data {
namespace {

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
      "The table is the snapshot of a feature service at the end of today. `coterie datasets C "
      "--registry` prints it with its sources: saved as feature_store/dataset_c.yaml, it gives "
      "these columns as of any moment, for training sets and for serving."};
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

}  // namespace coterie::data
