// Build of A: pairs that do not depend on each other, of which most only grow a day older.

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/customer_passes_internal.h"
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

}  // namespace coterie::data
