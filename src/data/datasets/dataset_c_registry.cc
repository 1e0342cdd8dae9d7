#include "data/datasets/dataset_c_registry.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text_parts.h"
#include "data/datasets/customer_registry_internal.h"
#include "data/datasets/dataset_c_sources_internal.h"
#include "data/datasets/dataset_table.h"

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
constexpr std::string_view kCustomer = "entity: customer, source: ";

std::string indented(std::string_view sql) {
  std::string text;
  for (const std::string_view line : lines_of(sql)) text += fmt::format("      {}\n", line);
  return text;
}

class RegistryText {
 public:
  RegistryText(const Facts& facts, CustomerRows rows)
      : facts_(facts),
        rows_(rows),
        found_(customer_sources(facts)),
        sold_(purchase_columns(facts)) {}

  CustomerRegistry write() {
    add_sources();
    add_attributes();
    if (has(kPurchases)) add_purchases();
    add_behaviour();
    CustomerRegistry registry{std::string(kHead), in_order(), std::move(kept_), std::move(said_),
                              std::move(did_)};
    registry.text += "\nsources:\n" + sources_ + "\nfeatures:\n" + features_;
    if (!registry.members.empty())
      registry.text += fmt::format(
          "\nfeature_services:\n  - name: dataset_c\n    description: the columns of "
          "the table dataset_c_customers\n    features:\n      - {}\n",
          fmt::join(registry.members, "\n      - "));
    return registry;
  }

 private:
  bool has(std::string_view source) const {
    return std::ranges::find(found_, source, &CustomerSource::name) != found_.end();
  }
  void add_sources();
  void add_source(std::string_view name, std::string_view description, std::string_view sql,
                  bool timed) {
    sources_ +=
        fmt::format("  - name: {}\n    description: {}\n    {}\n    sql: |\n{}", name, description,
                    timed ? "timestamp_field: known_at" : "static: true", indented(sql));
  }
  // A step on the way to members of the service.
  void add(std::string_view name, std::string_view keys) {
    features_ += fmt::format("  - {{name: {}, {}}}\n", name, keys);
  }
  void add_member(std::string_view name, std::string_view keys) {
    add(name, keys);
    members_.emplace_back(name);
  }
  // What a customer's own rows decide stays as it is until new ones come: of kept rows a value, and
  // the steps to it are not needed. `keys` hold whatever the rows are.
  void add_step(std::string_view name, std::string_view computed) {
    if (rows_ != CustomerRows::kKept) add(name, computed);
  }
  void add_kept(std::string_view name, std::string_view computed, std::string_view keys = "") {
    const std::string value = fmt::format("{}{}, column: {}", kCustomer, kKeptCustomers, name);
    add(name, fmt::format("{}{}{}", rows_ == CustomerRows::kKept ? value : computed,
                          keys.empty() ? "" : ", ", keys));
    kept_.emplace_back(name);
  }
  void add_kept_member(std::string_view name, std::string_view computed,
                       std::string_view keys = "") {
    add_kept(name, computed, keys);
    members_.emplace_back(name);
  }
  void add_bucket(std::string_view of, std::string_view from, bool descending = false) {
    add_member(fmt::format("{}_bucket", of),
               fmt::format("of: {}, transformation: {{percentile_bucket: 5{}}}", from,
                           descending ? ", descending: true" : ""));
  }

  void add_attributes();
  void add_purchases();
  void add_orders();
  void add_money();
  void add_behaviour();
  void add_engagement();
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
  const CustomerRows rows_;
  const std::vector<CustomerSource> found_;
  const PurchaseColumns sold_;
  std::string sources_, features_;
  std::vector<std::string> members_, kept_, said_, did_;
};

void RegistryText::add_sources() {
  bool behaves = false;
  for (const CustomerSource& source : found_) {
    const bool attributes = source.name == kAttributes;
    behaves |= !attributes;
    if (rows_ == CustomerRows::kOfAllTimes) {
      add_source(source.name, source.description, source.sql, !attributes);
    } else if (rows_ == CustomerRows::kOfToday || attributes) {
      add_source(source.name, source.description, "SELECT * FROM " + today_table(source.name),
                 false);
    }
  }
  if (rows_ != CustomerRows::kKept || !behaves) return;
  add_source(kKeptCustomers, "what customers did, by customer",
             fmt::format("SELECT * FROM {}", kKeptCustomers), false);
  add("customer_kept",
      fmt::format("{}{}, aggregation: {{function: count}}", kCustomer, kKeptCustomers));
  did_.emplace_back("customer_kept");
}

void RegistryText::add_attributes() {
  if (!has(kAttributes)) return;
  const std::string of = fmt::format("{}{}", kCustomer, kAttributes);
  const auto known = [&](const char* column) { return facts_.has("customers", column); };
  // A customer who did nothing is a row too, whatever else is known.
  add("customer_known", fmt::format("{}, aggregation: {{function: count}}", of));
  said_.emplace_back("customer_known");
  if (known("age")) add_member("age", fmt::format("{}, column: age", of));
  if (known("signup_date")) {
    add("signup_date", fmt::format("{}, column: signup_date", of));
    add_member("signup_age", "transformation: \"days_between(signup_date, as_of_day)\"");
  }
  for (const char* column : {"club_member_status", "fashion_news_frequency"}) {
    if (known(column))
      add_member(column, fmt::format("{}, type: categorical, column: {}", of, column));
  }
  if (known("first_name") || known("last_name"))
    add_member("customer_name", fmt::format("{}, type: text, column: customer_name", of));
}

void RegistryText::add_purchases() {
  const std::string of = fmt::format("{}{}", kCustomer, kPurchases);
  add_kept_member("total_transactions",
                  fmt::format("{}, aggregation: {{function: sum, column: lines}}", of),
                  "default: 0");
  add_step("bought_units", fmt::format("{}, aggregation: {{function: sum, column: units}}", of));
  add_kept("last_purchase_day",
           fmt::format("{}, aggregation: {{function: max, column: bought_on}}", of));
  add_orders();
  add_kept_member("avg_basket_size", "transformation: bought_units / frequency");
  add_member("recency", "transformation: \"days_between(last_purchase_day, as_of_day)\"");
  add_bucket("recency", "recency", true);
  add("frequency_of_buyers", "transformation: \"if(frequency > 0, frequency, null)\"");
  add_bucket("frequency", "frequency_of_buyers");
  add_bucket("avg_basket_size", "avg_basket_size");
  if (sold_.channels)
    add_kept_member("most_used_sales_channel_id",
                    fmt::format("{}, aggregation: {{function: top_k, k: 1, group_by: channel, "
                                "column: lines, filter: \"lines > 0\"}}",
                                of),
                    "type: categorical");
  if (sold_.prices) add_money();
}

// An order is what shares a basket; without one, what was bought on one day.
void RegistryText::add_orders() {
  const std::string of =
      fmt::format("{}{}, default: 0, aggregation: {{function: distinct, ", kCustomer, kPurchases);
  add_step("baskets", of + "column: basket, filter: \"lines > 0\"}");
  add_step("days_without_basket", of + "column: bought_on, filter: \"basket is null\"}");
  add_kept_member("frequency", "transformation: baskets + days_without_basket", "default: 0");
}

void RegistryText::add_money() {
  const std::string spent =
      fmt::format("{}{}, aggregation: {{function: sum, column: amount}}", kCustomer, kPurchases);
  add_step("spent", spent);
  add_kept_member("total_amount", spent, "default: 0");
  add_kept_member("avg_order_value", "transformation: spent / frequency");
  add_member("monetary", "transformation: total_amount");
  add("monetary_of_buyers", "transformation: \"if(frequency > 0, monetary, null)\"");
  add_bucket("monetary", "monetary_of_buyers");
  add_bucket("avg_order_value", "avg_order_value");
}

void RegistryText::add_behaviour() {
  if (has(kVisits)) {
    const std::string of = fmt::format("{}{}, aggregation: {{function: sum, ", kCustomer, kVisits);
    add_step("customer_events", of + "column: events}");
    if (rows_ != CustomerRows::kKept) did_.emplace_back("customer_events");
    if (facts_.has("events", "session_id"))
      add_kept_member("session_events", of + "column: in_session}", "default: 0");
  }
  if (has(kWishes))
    add_kept_member("wishlist_size",
                    fmt::format("{}{}, aggregation: {{function: distinct, column: article_id}}",
                                kCustomer, kWishes),
                    "default: 0");
  if (has(kCartOutcomes)) {
    add_kept_member(
        "cart_abandonment_rate",
        fmt::format("{}{}, aggregation: {{function: ratio, numerator: {{function: sum, column: "
                    "abandoned}}, denominator: {{function: sum, column: carted}}}}",
                    kCustomer, kCartOutcomes));
    add_bucket("cart_abandonment_rate", "cart_abandonment_rate");
  }
  if (has(kEngagements)) add_engagement();
}

void RegistryText::add_engagement() {
  const std::string of = fmt::format("{}{}", kCustomer, kEngagements);
  add_step("engagement", fmt::format("{}, aggregation: {{function: sum, column: engagement}}", of));
  add_step("leading_category",
           fmt::format("{}, type: categorical, aggregation: {{function: top_k, k: 1, group_by: "
                       "category, column: engagement}}",
                       of));
  add_kept_member("most_engaged_category",
                  "transformation: \"if(engagement > 0, leading_category, null)\"",
                  "type: categorical");
}

}  // namespace

CustomerRegistry customer_registry(const Facts& facts, CustomerRows rows) {
  return RegistryText(facts, rows).write();
}

Result<DatasetCRegistry> dataset_c_registry(const Project& project, const Snapshot& snapshot,
                                            Connection& connection) {
  Facts facts = declare_facts(project, snapshot);
  RETURN_IF_ERROR(probe_facts(project, snapshot, connection, facts));
  facts.of_all_times = true;
  facts.has_names = false;
  return DatasetCRegistry{customer_registry(facts, CustomerRows::kOfAllTimes).text, facts.today};
}

}  // namespace coterie::data
