#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "data/datasets/stored_pairs_internal.h"

namespace coterie::data {
namespace {

constexpr const char* kTable = "dataset_a_interactions";

int32_t day_or_none(const ColumnView& column, int64_t row) {
  return column.is_null(row) ? kNoDay : column.as_days(row);
}

void append(const Chunk& chunk, int32_t days, double decay, std::vector<PairRow>& rows) {
  const ColumnView customers = chunk.column(0), articles = chunk.column(1);
  const ColumnView purchases = chunk.column(2), spent = chunk.column(3);
  const ColumnView first = chunk.column(4), last = chunk.column(5), recency = chunk.column(6);
  const ColumnView scores = chunk.column(7), engagement = chunk.column(8);
  for (int64_t i = 0; i < chunk.rows(); ++i) {
    rows.push_back({static_cast<int32_t>(customers.as_int(i)),
                    static_cast<int32_t>(articles.as_int(i)), purchases.as_int(i),
                    spent.is_null(i) ? parquet::kNullInteger : spent.as_int(i),
                    day_or_none(first, i), day_or_none(last, i),
                    recency.is_null(i) ? kNoDay : static_cast<int32_t>(recency.as_int(i)) + days,
                    scores.as_real(i) * decay, engagement.as_int(i)});
  }
}

}  // namespace

StoredPairs::StoredPairs(DatasetBuilder& builder, std::vector<PairRow> changed)
    : builder_(builder),
      changed_(std::move(changed)),
      days_(builder.facts().today - builder.before().today),
      decay_(std::exp2(-days_ / builder.facts().half_life_days)) {}

Result<StoredPairs::Reader> StoredPairs::take_reader() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) {
    ASSIGN_OR_RETURN(Connection connection, builder_.open_connection({kTable}));
    return Reader{std::move(connection), {}};
  }
  Reader reader = std::move(idle_.back());
  idle_.pop_back();
  return reader;
}

Status StoredPairs::read(Reader& reader, int64_t first, int64_t end) const {
  std::vector<PairRow>& rows = reader.rows;
  rows.clear();
  RETURN_IF_ERROR(reader.connection.for_each_chunk(
      fmt::format("SELECT customer_id, article_id, purchase_count, total_spent, "
                  "first_purchase_date, last_purchase_date, recency_days, time_weighted_score, "
                  "engagement FROM facts.{} WHERE customer_id >= {} AND customer_id < {}",
                  kTable, first, end),
      [&](const Chunk& chunk) -> Status {
        append(chunk, days_, decay_, rows);
        return {};
      }));
  // The engine may return row groups in another order than they are stored in.
  if (!std::ranges::is_sorted(rows, {}, &PairRow::key)) std::ranges::sort(rows, {}, &PairRow::key);
  return {};
}

Status StoredPairs::for_each(int64_t first, int64_t end,
                             const std::function<void(const PairRow&)>& row) {
  ASSIGN_OR_RETURN(Reader reader, take_reader());
  RETURN_IF_ERROR(read(reader, first, end));
  const auto begin_key = static_cast<uint64_t>(first) << 32;
  const auto end_key = static_cast<uint64_t>(end) << 32;
  auto next = std::ranges::lower_bound(changed_, begin_key, {}, &PairRow::key);
  const auto last = std::ranges::lower_bound(changed_, end_key, {}, &PairRow::key);
  for (const PairRow& old : reader.rows) {
    while (next != last && next->key() < old.key()) row(*next++);
    if (next == last || next->key() != old.key()) row(old);
  }
  while (next != last) row(*next++);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(reader));
  return {};
}

}  // namespace coterie::data
