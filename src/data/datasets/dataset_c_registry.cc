#include "data/datasets/dataset_c_registry.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text_parts.h"
#include "data/datasets/dataset_c_sources_internal.h"
#include "data/datasets/dataset_table.h"
#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

constexpr std::string_view kHead =
    R"(# Dataset C, the customers, as features: one definition for the table dataset_c_customers, for
# training sets at any moment, and for serving.
#
# A row's known_at is when it came to be known: when it happened, or arrived if that was later.
registry_version: 1

entities:
  - {name: customer, join_keys: [customer_id], description: who buys}
)";

std::string indented(std::string_view sql) {
  std::string text;
  for (const std::string_view line : lines_of(sql)) text += fmt::format("      {}\n", line);
  return text;
}

class RegistryText {
 public:
  explicit RegistryText(const Facts& facts) : facts_(facts), sold_(purchase_columns(facts)) {}

  std::string write() {
    add_attributes();
    if (add_source("purchases", "one row a purchase line or return",
                   customer_purchases_sql(facts_)))
      add_purchases();
    add_behaviour();
    std::string text(kHead);
    text += "\nsources:\n" + sources_ + "\nfeatures:\n" + features_;
    if (members_.empty()) return text;
    return text + fmt::format(
                      "\nfeature_services:\n  - name: dataset_c\n    description: the columns of "
                      "the table dataset_c_customers\n    features:\n      - {}\n",
                      fmt::join(in_order(), "\n      - "));
  }

 private:
  // False without rows of the kind.
  bool add_source(std::string_view name, std::string_view description, const std::string& sql) {
    if (sql.empty()) return false;
    const bool timed = name != "customer_attributes";
    sources_ +=
        fmt::format("  - name: {}\n    description: {}\n    {}\n    sql: |\n{}", name, description,
                    timed ? "timestamp_field: known_at" : "static: true", indented(sql));
    return true;
  }
  // A step on the way to members of the service.
  void add(std::string_view name, std::string_view keys) {
    features_ += fmt::format("  - {{name: {}, {}}}\n", name, keys);
  }
  void add_member(std::string_view name, std::string_view keys) {
    add(name, keys);
    members_.emplace_back(name);
  }
  void add_bucket(std::string_view of, std::string_view from, bool descending = false) {
    add_member(fmt::format("{}_bucket", of),
               fmt::format("of: {}, transformation: {{percentile_bucket: 5{}}}", from,
                           descending ? ", descending: true" : ""));
  }

  void add_attributes();
  void add_purchases();
  void add_orders(std::string_view of);
  void add_behaviour();
  // The members in the order of the table's columns.
  std::vector<std::string> in_order() const {
    std::vector<std::string> ordered;
    for (const DatasetColumn& column : find_dataset('C')->tables[0].columns) {
      if (std::ranges::find(members_, column.name) != members_.end())
        ordered.emplace_back(column.name);
    }
    return ordered;
  }

  const Facts& facts_;
  PurchaseColumns sold_;
  std::string sources_, features_;
  std::vector<std::string> members_;
};

void RegistryText::add_attributes() {
  if (!add_source("customer_attributes", "what customers said about themselves, as it is today",
                  customer_attributes_sql(facts_)))
    return;
  constexpr std::string_view kOf = "entity: customer, source: customer_attributes";
  const auto known = [&](const char* column) { return facts_.has("customers", column); };
  // A customer who did nothing is a row too, whatever else is known.
  add("customer_known", fmt::format("{}, aggregation: {{function: count}}", kOf));
  if (known("age")) add_member("age", fmt::format("{}, column: age", kOf));
  if (known("signup_date")) {
    add("signup_date", fmt::format("{}, column: signup_date", kOf));
    add_member("signup_age", "transformation: \"days_between(signup_date, as_of_day)\"");
  }
  for (const char* column : {"club_member_status", "fashion_news_frequency"}) {
    if (known(column))
      add_member(column, fmt::format("{}, type: categorical, column: {}", kOf, column));
  }
  if (known("first_name") || known("last_name"))
    add_member("customer_name", fmt::format("{}, type: text, column: customer_name", kOf));
}

void RegistryText::add_purchases() {
  constexpr std::string_view kOf = "entity: customer, source: purchases";
  constexpr std::string_view kBought = "filter: \"quantity > 0\"";
  add_member("total_transactions",
             fmt::format("{}, default: 0, aggregation: {{function: count, {}}}", kOf, kBought));
  add("bought_units", fmt::format("{}, aggregation: {{function: sum, column: quantity}}", kOf));
  add("last_purchase_day",
      fmt::format("{}, aggregation: {{function: max, column: day, {}}}", kOf, kBought));
  add_orders(kOf);
  add_member("recency", "transformation: \"days_between(last_purchase_day, as_of_day)\"");
  add_member("avg_basket_size", "transformation: bought_units / frequency");
  add_bucket("recency", "recency", true);
  add("frequency_of_buyers", "transformation: \"if(frequency > 0, frequency, null)\"");
  add_bucket("frequency", "frequency_of_buyers");
  add_bucket("avg_basket_size", "avg_basket_size");
  if (sold_.channels)
    add_member("most_used_sales_channel_id",
               fmt::format("{}, type: categorical, aggregation: {{function: top_k, k: 1, group_by: "
                           "channel, {}}}",
                           kOf, kBought));
  if (!sold_.prices) return;
  add("spent", fmt::format("{}, aggregation: {{function: sum, column: amount}}", kOf));
  add_member("total_amount",
             fmt::format("{}, default: 0, aggregation: {{function: sum, column: amount}}", kOf));
  add_member("monetary", "transformation: total_amount");
  add_member("avg_order_value", "transformation: spent / frequency");
  add("monetary_of_buyers", "transformation: \"if(frequency > 0, monetary, null)\"");
  add_bucket("monetary", "monetary_of_buyers");
  add_bucket("avg_order_value", "avg_order_value");
}

// An order is what shares a basket; without one, what was bought on one day.
void RegistryText::add_orders(std::string_view of) {
  constexpr std::string_view kDays =
      "{}, default: 0, aggregation: {{function: distinct, column: day, filter: \"quantity > "
      "0{}\"}}";
  if (!sold_.baskets) {
    add_member("frequency", fmt::format(kDays, of, ""));
    return;
  }
  add("baskets", fmt::format("{}, default: 0, aggregation: {{function: distinct, column: basket, "
                             "filter: \"quantity > 0\"}}",
                             of));
  add("days_without_basket", fmt::format(kDays, of, " and basket is null"));
  add_member("frequency", "transformation: baskets + days_without_basket");
}

void RegistryText::add_behaviour() {
  if (add_source("visits", "one row an event, whatever it was", visits_sql(facts_))) {
    const std::string_view of = "entity: customer, source: visits";
    add("customer_events", fmt::format("{}, aggregation: {{function: count}}", of));
    if (facts_.has("events", "session_id"))
      add_member(
          "session_events",
          fmt::format("{}, default: 0, aggregation: {{function: count, filter: in_session}}", of));
  }
  if (add_source("wishes", "one row an article on a wishlist", wishes_sql(facts_)))
    add_member("wishlist_size",
               "entity: customer, source: wishes, default: 0, aggregation: {function: distinct, "
               "column: article_id}");
  if (add_source("cart_outcomes", "what became of an article in a cart, one row a change",
                 cart_outcomes_sql(facts_))) {
    add_member("cart_abandonment_rate",
               "entity: customer, source: cart_outcomes, aggregation: {function: ratio, numerator: "
               "{function: sum, column: abandoned}, denominator: {function: sum, column: carted}}");
    add_bucket("cart_abandonment_rate", "cart_abandonment_rate");
  }
  if (add_source("engagements", "what a customer did with an article of a category, and its weight",
                 engagements_sql(facts_))) {
    const std::string_view of = "entity: customer, source: engagements";
    add("engagement", fmt::format("{}, aggregation: {{function: sum, column: engagement}}", of));
    add("leading_category",
        fmt::format("{}, type: categorical, aggregation: {{function: top_k, k: 1, group_by: "
                    "category, column: engagement}}",
                    of));
    add_member("most_engaged_category",
               "type: categorical, transformation: \"if(engagement > 0, leading_category, null)\"");
  }
}

}  // namespace

std::string dataset_c_registry_text(const Facts& facts) {
  Facts of_all_times = facts;
  of_all_times.of_all_times = true;
  of_all_times.has_names = false;
  return RegistryText(of_all_times).write();
}

Result<DatasetCRegistry> dataset_c_registry(const Project& project, const Snapshot& snapshot,
                                            Connection& connection) {
  Facts facts = declare_facts(project, snapshot);
  RETURN_IF_ERROR(probe_facts(project, snapshot, connection, facts));
  return DatasetCRegistry{dataset_c_registry_text(facts), facts.today};
}

}  // namespace coterie::data
