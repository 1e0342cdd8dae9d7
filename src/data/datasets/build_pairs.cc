// Builds of A and C: rows that do not depend on each other, of which most only grow a day older.

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/dataset_a.h"
#include "data/datasets/dataset_c.h"
#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

// What a fact of dataset A costs in memory while it is grouped and sorted; measured.
constexpr int64_t kBytesPerFact = 160;
constexpr int64_t kMaxPasses = 256;
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

Result<DatasetReport> build_a_from_nothing(DatasetBuilder& builder) {
  int64_t facts = 0;
  for (const char* role : {"transactions", "order_items", "events"}) {
    if (builder.facts().has(role)) facts += builder.table_rows(role);
  }
  const int64_t fit = std::max<int64_t>(1, builder.memory_bytes() / 2 / kBytesPerFact);
  const int64_t passes = std::clamp<int64_t>((facts + fit - 1) / fit, 1, kMaxPasses);
  const int64_t customers = builder.dictionary_size("customer");
  for (int64_t pass = 0; pass < passes; ++pass) {
    const std::string scope =
        passes == 1 ? ""
                    : fmt::format("customer_id >= {} AND customer_id < {}",
                                  customers * pass / passes, customers * (pass + 1) / passes);
    ASSIGN_OR_RETURN(const std::string select, dataset_a_sql(builder.facts(), scope));
    RETURN_IF_ERROR(pass == 0 ? builder.replace(0, select) : builder.append(0, select));
  }
  return builder.finish("from nothing");
}

// Pairs without new facts: recency and decay move on with today.
std::string shifted_pairs(const DatasetBuilder& builder) {
  const int32_t days = builder.facts().today - builder.before().today;
  return fmt::format(
      "SELECT * REPLACE (CAST(recency_days + {} AS INTEGER) AS recency_days, time_weighted_score * "
      "pow(2.0, -{} / {:.17g}::DOUBLE) AS time_weighted_score) FROM "
      "facts.dataset_a_interactions o WHERE NOT EXISTS (SELECT 1 FROM changed_pairs c WHERE "
      "c.customer_id = o.customer_id AND c.article_id = o.article_id)",
      days, days, builder.facts().half_life_days);
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

}  // namespace

Result<DatasetReport> build_a(DatasetBuilder& builder) {
  if (!builder.incremental() || builder.changes().rows_removed)
    return build_a_from_nothing(builder);
  RETURN_IF_ERROR(builder.run("CREATE TEMP TABLE changed_pairs AS " + changed_pairs(builder)));
  ASSIGN_OR_RETURN(const int64_t changed,
                   builder.connection().scalar_int("SELECT count(*) FROM changed_pairs"));
  if (changed * kChangedShare > builder.table_rows("dataset_a_interactions"))
    return build_a_from_nothing(builder);
  ASSIGN_OR_RETURN(const std::string select,
                   dataset_a_sql(builder.facts(),
                                 "(customer_id, article_id) IN (SELECT customer_id, article_id "
                                 "FROM changed_pairs)"));
  RETURN_IF_ERROR(builder.run("CREATE TEMP TABLE new_pairs AS " + select +
                              " ORDER BY customer_id, article_id"));
  // Not sorted again: the old rows keep their order, the changed ones follow.
  RETURN_IF_ERROR(
      builder.replace(0, shifted_pairs(builder) + " UNION ALL SELECT * FROM new_pairs", false));
  return builder.finish(fmt::format("{} changed pairs, the others moved on by {} days", changed,
                                    builder.facts().today - builder.before().today));
}

Result<DatasetReport> build_c(DatasetBuilder& builder) {
  const Facts& facts = builder.facts();
  const auto from_nothing = [&]() -> Result<DatasetReport> {
    RETURN_IF_ERROR(builder.replace(0, dataset_c_sql(facts, dataset_c_facts_sql(facts, ""))));
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
  RETURN_IF_ERROR(builder.run(
      "CREATE TEMP TABLE new_facts AS " +
      dataset_c_facts_sql(facts, "customer_id IN (SELECT customer_id FROM changed_customers)")));
  RETURN_IF_ERROR(builder.replace(
      0, dataset_c_sql(facts,
                       kept_customer_facts(builder) + "\n    UNION ALL SELECT * FROM new_facts")));
  return builder.finish(fmt::format("{} changed customers, all ranked anew", count));
}

}  // namespace coterie::data
