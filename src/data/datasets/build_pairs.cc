// Builds of A and C: rows that do not depend on each other, of which most only grow a day older.

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/customer_passes_internal.h"
#include "data/datasets/dataset_c.h"
#include "data/datasets/pair_facts_internal.h"
#include "data/datasets/row_groups_internal.h"
#include "data/datasets/sources_internal.h"
#include "data/datasets/stored_pairs_internal.h"

namespace coterie::data {
namespace {

// What a fact of dataset A costs in memory until it is written; measured.
constexpr int64_t kBytesPerFact = 40;
// Facts that become one row, roughly: decides how large row groups are.
constexpr int64_t kFactsPerRow = 2;
// Stored pairs that each thread moves on at once: many, since every query of the engine reads the
// file's footer anew.
constexpr int64_t kPairsPerRange = 2'000'000;
// Beyond this share of pairs or customers changed, starting from nothing is faster.
constexpr int64_t kChangedShare = 10;

// (customer_id, article_id) of facts of the changed days.
std::string changed_pairs(const DatasetBuilder& builder) {
  const std::string scope = in_days("day", builder.changes().days);
  std::string rows;
  for (const std::string& source :
       {purchases_sql(builder.facts(), scope), interactions_sql(builder.facts(), scope)}) {
    if (source.empty()) continue;
    rows += fmt::format(
        "{}SELECT customer_id, article_id FROM ({}) WHERE customer_id IS NOT NULL "
        "AND article_id IS NOT NULL",
        rows.empty() ? "" : " UNION ", source);
  }
  return rows;
}

// An upper bound of the facts that dataset A reads.
int64_t most_facts(const DatasetBuilder& builder) {
  int64_t facts = 0;
  for (const char* role : {"transactions", "order_items", "events", "cart", "wishlist"}) {
    if (builder.facts().has(role)) facts += builder.table_rows(role);
  }
  return facts;
}

// Row groups of one part of the table.
class PairEncoder {
 public:
  PairEncoder(const std::vector<int32_t>& names, std::vector<parquet::Column>& columns)
      : names_(names), columns_(columns) {}
  void add(const PairRow& pair) {
    add_pair(pair, names_, columns_);
    if (columns_[0].rows() == parquet::kRowGroupRows)
      groups_.push_back(parquet::take_group(columns_));
  }
  parquet::RowGroups finish() {
    if (columns_[0].rows() > 0) groups_.push_back(parquet::take_group(columns_));
    return std::move(groups_);
  }

 private:
  const std::vector<int32_t>& names_;
  std::vector<parquet::Column>& columns_;
  parquet::RowGroups groups_;
};

Result<DatasetReport> build_a_from_nothing(DatasetBuilder& builder) {
  ASSIGN_OR_RETURN(const std::vector<int32_t> names, builder.article_names());
  ThreadPool pool(builder.threads());
  const auto columns = stored_columns(builder.info().tables[0], builder.facts());
  const auto write = [&](const CustomerPass& pass, const std::string& path) -> Result<int64_t> {
    const CustomerBuckets buckets(pass.first, pass.end, pass.facts / kFactsPerRow);
    ASSIGN_OR_RETURN(PairFacts pairs,
                     PairFacts::create(builder.facts(), buckets, std::ssize(names)));
    RETURN_IF_ERROR(pairs.read(builder.connection(), pass.scope));
    const auto task = [&](int64_t bucket, auto& scratch) -> Result<parquet::RowGroups> {
      ASSIGN_OR_RETURN(const std::vector<PairRow> rows, pairs.sum(bucket));
      PairEncoder encoder(names, scratch);
      for (const PairRow& row : rows) encoder.add(row);
      return encoder.finish();
    };
    return parquet::write_groups(path, columns, pool, pairs.buckets(), task);
  };
  RETURN_IF_ERROR(replace_by_customers(
      builder, {.facts = most_facts(builder), .fit = builder.memory_bytes() / 2 / kBytesPerFact},
      write));
  return builder.finish("from nothing");
}

// The rows of changed_pairs as they are now, by customer and article.
Result<std::vector<PairRow>> sum_changed_pairs(DatasetBuilder& builder) {
  const CustomerBuckets all(0, std::max(1, builder.dictionary_size("customer")), 1);
  ASSIGN_OR_RETURN(PairFacts facts,
                   PairFacts::create(builder.facts(), all, builder.dictionary_size("article")));
  RETURN_IF_ERROR(facts.read(builder.connection(),
                             "(customer_id, article_id) IN (SELECT customer_id, article_id FROM "
                             "changed_pairs)"));
  return facts.sum(0);
}

Status write_moved_on(DatasetBuilder& builder, std::vector<PairRow> changed) {
  const int64_t rows = builder.table_rows("dataset_a_interactions");
  const int64_t customers = std::max(1, builder.dictionary_size("customer"));
  const int64_t fit = std::clamp<int64_t>(
      builder.memory_bytes() / 4 / builder.threads() / static_cast<int64_t>(sizeof(PairRow)), 1,
      kPairsPerRange);
  const int64_t ranges = std::clamp<int64_t>(rows / fit, 1, customers);
  ASSIGN_OR_RETURN(const std::vector<int32_t> names, builder.article_names());
  ThreadPool pool(builder.threads());
  const auto columns = stored_columns(builder.info().tables[0], builder.facts());
  StoredPairs stored(builder, std::move(changed));
  return builder.replace_rows(0, [&](const std::string& path) -> Result<int64_t> {
    const auto task = [&](int64_t range, auto& scratch) -> Result<parquet::RowGroups> {
      PairEncoder encoder(names, scratch);
      RETURN_IF_ERROR(stored.for_each(customers * range / ranges, customers * (range + 1) / ranges,
                                      [&](const PairRow& row) { encoder.add(row); }));
      return encoder.finish();
    };
    return parquet::write_groups(path, columns, pool, ranges, task);
  });
}

std::string kept_customer_facts(const DatasetBuilder& builder) {
  return fmt::format(
      "SELECT customer_id, total_transactions, total_amount, avg_basket_size, avg_order_value, "
      "{} - recency AS last_bought, frequency, session_events, wishlist_size, "
      "cart_abandonment_rate, most_engaged_category, most_used_sales_channel_id FROM "
      "facts.dataset_c_customers o WHERE NOT EXISTS (SELECT 1 FROM changed_customers c WHERE "
      "c.customer_id = o.customer_id)",
      sql_date(builder.before().today));
}

std::string changed_customers(const DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  const std::string scope = in_days("day", builder.changes().days);
  std::string rows;
  const auto add = [&](const std::string& source) {
    if (source.empty()) return;
    rows += fmt::format("{}SELECT customer_id FROM ({}) WHERE customer_id IS NOT NULL",
                        rows.empty() ? "" : " UNION ", source);
  };
  add(purchases_sql(facts, scope));
  add(interactions_sql(facts, scope));
  add(carts_sql(facts, scope));
  for (const char* role : {"events", "wishlist"}) {
    if (facts.has(role))
      add(fmt::format("SELECT customer_id FROM facts.{} WHERE {} AND {}", role,
                      visible(facts, role), scope));
  }
  return rows;
}

// Leaves of everything that dataset_c_facts_sql() reads the rows of changed_customers. Every column
// costs a pass over the whole table, so only those that dataset C is made of.
Status narrow_facts(DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  const std::string condition = "customer_id IN (SELECT customer_id FROM changed_customers)";
  std::vector<std::string_view> of_events = {"customer_id", "session_id", "day", "arrived_at"};
  // Where other roles say what was bought, carted and wished, events are only counted.
  if (purchase_source(facts) == PurchaseSource::kEvents || !facts.has("cart") ||
      !facts.has("wishlist"))
    of_events.insert(of_events.end(), {"article_id", "event_type", "channel"});
  RETURN_IF_ERROR(builder.narrow("events", of_events, condition));
  RETURN_IF_ERROR(builder.narrow("transactions",
                                 {"customer_id", "article_id", "day", "arrived_at", "quantity",
                                  "price", "sales_channel_id", "order_id"},
                                 condition));
  RETURN_IF_ERROR(builder.narrow(
      "orders", {"customer_id", "order_id", "day", "arrived_at", "status", "sales_channel_id"},
      condition));
  RETURN_IF_ERROR(builder.narrow(
      "cart", {"customer_id", "article_id", "day", "arrived_at", "status"}, condition));
  RETURN_IF_ERROR(
      builder.narrow("wishlist", {"customer_id", "article_id", "day", "arrived_at"}, condition));
  return builder.narrow("dataset_a_interactions", {"customer_id", "article_id", "engagement"},
                        condition);
}

}  // namespace

Result<DatasetReport> build_a(DatasetBuilder& builder) {
  if (!builder.incremental() || builder.changes().rows_removed)
    return build_a_from_nothing(builder);
  RETURN_IF_ERROR(builder.run("CREATE TEMP TABLE changed_pairs AS " + changed_pairs(builder)));
  ASSIGN_OR_RETURN(const int64_t changed,
                   builder.connection().scalar_int("SELECT count(*) FROM changed_pairs"));
  if (changed * kChangedShare > builder.table_rows("dataset_a_interactions"))
    return build_a_from_nothing(builder);
  ASSIGN_OR_RETURN(std::vector<PairRow> pairs, sum_changed_pairs(builder));
  RETURN_IF_ERROR(write_moved_on(builder, std::move(pairs)));
  return builder.finish(fmt::format("{} changed pairs, the others moved on by {} days", changed,
                                    builder.facts().today - builder.before().today));
}

Result<DatasetReport> build_c(DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  const auto from_nothing = [&]() -> Result<DatasetReport> {
    RETURN_IF_ERROR(builder.replace(0, dataset_c_sql(facts, dataset_c_facts_sql(facts))));
    return builder.finish("from nothing");
  };
  // A customer who left the role is not found among changed facts.
  if (!builder.incremental() || builder.changes().rows_removed ||
      builder.table_rows("customers") < builder.before().customers)
    return from_nothing();
  const std::string changed = changed_customers(builder);
  if (changed.empty()) return from_nothing();
  RETURN_IF_ERROR(builder.run("CREATE TEMP TABLE changed_customers AS " + changed));
  ASSIGN_OR_RETURN(const int64_t count,
                   builder.connection().scalar_int("SELECT count(*) FROM changed_customers"));
  if (count * kChangedShare > builder.table_rows("dataset_c_customers")) return from_nothing();
  RETURN_IF_ERROR(narrow_facts(builder));
  RETURN_IF_ERROR(builder.run("CREATE TEMP TABLE new_facts AS " + dataset_c_facts_sql(facts)));
  RETURN_IF_ERROR(builder.replace(
      0, dataset_c_sql(facts,
                       kept_customer_facts(builder) + "\n    UNION ALL SELECT * FROM new_facts")));
  return builder.finish(fmt::format("{} changed customers, all ranked anew", count));
}

}  // namespace coterie::data
