#include "data/datasets/pair_rows_internal.h"
#include "data/datasets/row_groups_internal.h"

namespace coterie::data {
namespace {

// Places of the columns in the table, as dataset_a_info() declares them.
enum Place : size_t {
  kCustomer,
  kArticle,
  kPurchases,
  kSpent,
  kFirst,
  kLast,
  kRecency,
  kScore,
  kName,
  kEngagement
};

}  // namespace

void add_pair(const PairRow& row, const std::vector<int32_t>& names,
              std::vector<parquet::Column>& columns) {
  columns[kCustomer].integers.push_back(row.customer);
  columns[kArticle].integers.push_back(row.article);
  columns[kPurchases].integers.push_back(row.purchases);
  columns[kSpent].integers.push_back(row.spent);
  columns[kFirst].integers.push_back(or_null(row.first_bought));
  columns[kLast].integers.push_back(or_null(row.last_bought));
  columns[kRecency].integers.push_back(or_null(row.recency));
  columns[kScore].reals.push_back(row.score);
  columns[kName].integers.push_back(or_null(names[static_cast<size_t>(row.article)]));
  columns[kEngagement].integers.push_back(row.engagement);
}

}  // namespace coterie::data
