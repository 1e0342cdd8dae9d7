// Build of C: its features, evaluated by whoever may, over rows summed up as of today.
//
// What a customer's own rows decide is kept with the table while no rows of the customer come; what
// today or the other customers decide (recency, buckets) is evaluated for everyone each time.

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/customer_registry_internal.h"
#include "data/datasets/dataset_c_sources_internal.h"
#include "data/datasets/sources_internal.h"
#include "data/engine/sql_text.h"

namespace coterie::data {
namespace {

// Above one changed customer in so many a build from nothing takes less.
constexpr int64_t kChangedShare = 10;

std::string file_sql(const std::string& path) {
  return fmt::format("read_parquet({}, hive_partitioning = false)", quote_text_list({path}));
}

class CustomerBuild {
 public:
  CustomerBuild(DatasetBuilder& builder, const DatasetBuild& build)
      : builder_(builder), build_(build), facts_(builder.facts()), sources_(of_today()) {}

  Result<DatasetReport> from_nothing();
  Result<DatasetReport> increment();

 private:
  std::vector<CustomerSource> of_today() {
    facts_.has_names = false;
    return customer_sources(facts_);
  }
  std::string changed_customers() const;
  Status narrow();
  Status make_sources();
  Status make_kept();
  Result<std::string> evaluate(const CustomerRegistry& registry,
                               const std::vector<std::string>& features);
  Status write(CustomerRows rows);

  DatasetBuilder& builder_;
  const DatasetBuild& build_;
  Facts facts_;
  std::vector<CustomerSource> sources_;
};

std::string CustomerBuild::changed_customers() const {
  const std::string scope = in_days("day", builder_.changes().days);
  std::string rows;
  const auto add = [&](const std::string& source) {
    if (source.empty()) return;
    rows += fmt::format("{}SELECT customer_id FROM ({}) WHERE customer_id IS NOT NULL",
                        rows.empty() ? "" : " UNION ", source);
  };
  add(purchases_sql(facts_, scope));
  add(interactions_sql(facts_, scope));
  add(carts_sql(facts_, scope));
  for (const char* role : {"events", "wishlist"}) {
    if (facts_.has(role))
      add(fmt::format("SELECT customer_id FROM facts.{} WHERE {} AND {}", role,
                      visible(facts_, role), scope));
  }
  return rows;
}

// Leaves of everything that the sources read the rows of changed_customers. Every column costs a
// pass over the whole table, so only those that dataset C is made of.
Status CustomerBuild::narrow() {
  const std::string condition = "customer_id IN (SELECT customer_id FROM changed_customers)";
  std::vector<std::string_view> of_events = {"customer_id", "session_id", "day", "arrived_at"};
  // Where other roles say what was bought, carted and wished, events are only counted.
  if (purchase_source(facts_) == PurchaseSource::kEvents || !facts_.has("cart") ||
      !facts_.has("wishlist"))
    of_events.insert(of_events.end(), {"article_id", "event_type", "channel"});
  RETURN_IF_ERROR(builder_.narrow("events", of_events, condition));
  RETURN_IF_ERROR(builder_.narrow("transactions",
                                  {"customer_id", "article_id", "day", "arrived_at", "quantity",
                                   "price", "sales_channel_id", "order_id"},
                                  condition));
  RETURN_IF_ERROR(builder_.narrow(
      "orders", {"customer_id", "order_id", "day", "arrived_at", "status", "sales_channel_id"},
      condition));
  RETURN_IF_ERROR(builder_.narrow(
      "cart", {"customer_id", "article_id", "day", "arrived_at", "status"}, condition));
  RETURN_IF_ERROR(
      builder_.narrow("wishlist", {"customer_id", "article_id", "day", "arrived_at"}, condition));
  return builder_.narrow("dataset_a_interactions", {"customer_id", "article_id", "engagement"},
                         condition);
}

Status CustomerBuild::make_sources() {
  for (const CustomerSource& source : sources_)
    RETURN_IF_ERROR(builder_.run(
        fmt::format("CREATE TEMP TABLE {} AS {}", today_table(source.name), source.sql)));
  return {};
}

// Features of the changed customers beside those of all others as they are stored.
Status CustomerBuild::make_kept() {
  const CustomerRegistry registry = customer_registry(facts_, CustomerRows::kOfToday);
  std::vector<std::string> wanted = registry.kept;
  wanted.insert(wanted.end(), registry.did.begin(), registry.did.end());
  std::string stored = "customer_id", fresh = stored;
  for (const std::string& feature : registry.kept) {
    fresh += ", " + feature;
    stored += feature == "last_purchase_day" ? fmt::format(", {} - recency AS last_purchase_day",
                                                           sql_date(builder_.before().today))
                                             : ", " + feature;
  }
  ASSIGN_OR_RETURN(const std::string changed, evaluate(registry, wanted));
  return builder_.run(
      fmt::format("CREATE TEMP TABLE {} AS SELECT {} FROM facts.dataset_c_customers ANTI JOIN "
                  "changed_customers USING (customer_id) UNION ALL SELECT {} FROM {}",
                  kKeptCustomers, stored, fresh, file_sql(changed)));
}

// The path of a file of customer_id and the features.
Result<std::string> CustomerBuild::evaluate(const CustomerRegistry& registry,
                                            const std::vector<std::string>& features) {
  if (!build_.evaluate) return internal_error("dataset C is built without the features");
  ASSIGN_OR_RETURN(const std::string path,
                   build_.transaction.scratch_file(std::string(builder_.info().tables[0].name)));
  RETURN_IF_ERROR(build_.evaluate({.registry = registry.text,
                                   .features = features,
                                   .snapshot = build_.snapshot,
                                   .connection = builder_.connection(),
                                   .day = facts_.today,
                                   .path = path}));
  return path;
}

Status CustomerBuild::write(CustomerRows rows) {
  const CustomerRegistry registry = customer_registry(facts_, rows);
  std::vector<std::string> wanted = registry.members;
  for (const auto* present : {&registry.said, &registry.did})
    wanted.insert(wanted.end(), present->begin(), present->end());
  std::string from = "(SELECT NULL AS customer_id WHERE false)";
  if (!wanted.empty()) {
    ASSIGN_OR_RETURN(const std::string path, evaluate(registry, wanted));
    from = file_sql(path);
  }
  std::string columns;
  for (const DatasetColumn& column : builder_.info().tables[0].columns) {
    const bool known = column.type == "customer" ||
                       std::ranges::find(registry.members, column.name) != registry.members.end();
    columns += fmt::format("{}CAST({} AS {}) AS {}", columns.empty() ? "" : ", ",
                           known ? column.name : "NULL", builder_.sql_type(column), column.name);
  }
  // Files of features are in the order of the customers' codes.
  return builder_.replace(0, fmt::format("SELECT {} FROM {}", columns, from), false);
}

Result<DatasetReport> CustomerBuild::from_nothing() {
  RETURN_IF_ERROR(make_sources());
  RETURN_IF_ERROR(write(CustomerRows::kOfToday));
  return builder_.finish("from nothing");
}

Result<DatasetReport> CustomerBuild::increment() {
  const std::string changed = changed_customers();
  if (changed.empty()) return from_nothing();
  RETURN_IF_ERROR(builder_.run("CREATE TEMP TABLE changed_customers AS " + changed));
  ASSIGN_OR_RETURN(const int64_t count,
                   builder_.connection().scalar_int("SELECT count(*) FROM changed_customers"));
  if (count * kChangedShare > builder_.table_rows("dataset_c_customers")) return from_nothing();
  RETURN_IF_ERROR(narrow());
  RETURN_IF_ERROR(make_sources());
  RETURN_IF_ERROR(make_kept());
  RETURN_IF_ERROR(write(CustomerRows::kKept));
  return builder_.finish(fmt::format("{} changed customers, all ranked anew", count));
}

}  // namespace

Result<DatasetReport> build_c(DatasetBuilder& builder, const DatasetBuild& build) {
  CustomerBuild customers(builder, build);
  // A customer who left the role is not found among changed facts.
  if (!builder.incremental() || builder.changes().rows_removed ||
      builder.table_rows("customers") < builder.before().customers)
    return customers.from_nothing();
  return customers.increment();
}

}  // namespace coterie::data
