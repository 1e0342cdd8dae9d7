// Stock history: see retail_goods.h.

#include <algorithm>
#include <cmath>
#include <mutex>

#include "math/random_distributions.h"
#include "synth/calendar.h"
#include "synth/retail_goods.h"

namespace coterie::synth {
namespace {

constexpr int32_t kDeliveryDays = 28;
constexpr double kMeanBuffer = 0.4;  // of the coming period's sales

// Days [begin, end) of the article's path, between two stock-outs; `sold_out` at the end.
void fill_cycle(const SalesLedger& ledger, int32_t article, int32_t begin, int32_t end,
                bool sold_out, math::RandomStream& stream, std::vector<int64_t>& path) {
  const int32_t first = ledger.first_day(article);
  int64_t carried = -1;  // what the period after this one can take over at most; -1 = no limit
  for (int32_t from = begin + (end - begin - 1) / kDeliveryDays * kDeliveryDays; from >= begin;
       from -= kDeliveryDays) {
    const int32_t until = std::min(from + kDeliveryDays, end);
    int64_t sold = 0;
    for (int32_t day = from; day < until; ++day) sold += ledger.units(article, first + day);
    const double wanted = kMeanBuffer * (static_cast<double>(sold) + 2) * stream.uniform(0.3, 1.7);
    auto buffer = static_cast<int64_t>(std::ceil(wanted));
    if (carried >= 0) buffer = std::min(buffer, carried);
    if (sold_out && until == end) buffer = 0;
    int64_t left = buffer + sold;
    carried = left;
    for (int32_t day = from; day < until; ++day) {
      left -= ledger.units(article, first + day);
      path[static_cast<size_t>(day)] = left;
    }
  }
}

// Whether the history has a row for the day: Sundays, and days on which a stock-out begins or ends.
bool has_row(const RetailWorld& world, int32_t article, int32_t day) {
  if (weekday(world.scale.date_of(day)) == 6) return true;
  return std::ranges::any_of(world.availability.stock_outs(article), [&](const StockOut& out) {
    return out.first_day == day || out.end_day == day;
  });
}

}  // namespace

std::vector<int64_t> stock_path(const RetailWorld& world, const SalesLedger& ledger,
                                int32_t article) {
  std::vector<int64_t> path(static_cast<size_t>(ledger.days(article)), 0);
  const int32_t first = ledger.first_day(article);
  math::RandomStream stream = world.scale.stream(Purpose::kStock, article);
  int32_t begin = 0;
  for (const StockOut& out : world.availability.stock_outs(article)) {
    fill_cycle(ledger, article, begin, out.first_day - first, true, stream, path);
    begin = out.end_day - first;
  }
  fill_cycle(ledger, article, begin, ledger.days(article), false, stream, path);
  return path;
}

Status write_stock(const RetailWorld& world, const SalesLedger& ledger, ThreadPool& pool,
                   OutputFolder& output, std::vector<int64_t>& on_hand) {
  constexpr int64_t kArticlesPerPart = 8192;
  on_hand.assign(world.catalogue.articles.size(), 0);
  std::mutex mutex;
  Status status;
  pool.parallel_for(world.scale.articles, kArticlesPerPart, [&](int64_t begin, int64_t end) {
    TableBuffer table{
        "stock",
        {text_column("article_id", world.catalogue.ids), column_of("date", ColumnType::kDate),
         column_of("stock", ColumnType::kInteger)}};
    const auto add = [&](int64_t article, int32_t day, int64_t units) {
      RowWriter(table)
          .text(static_cast<uint32_t>(article))
          .integer(world.scale.date_of(day))
          .integer(units);
    };
    for (int64_t a = begin; a < end; ++a) {
      const auto article = static_cast<int32_t>(a);
      const std::vector<int64_t> path = stock_path(world, ledger, article);
      const int32_t first = ledger.first_day(article);
      const int32_t gone = first + ledger.days(article);
      for (int32_t day = first; day < gone; ++day) {
        if (has_row(world, article, day)) add(a, day, path[static_cast<size_t>(day - first)]);
      }
      if (gone < world.scale.days) {
        add(a, gone, 0);
      } else if (!path.empty()) {
        on_hand[static_cast<size_t>(a)] = path.back();
      }
    }
    const Status written = output.write(table, begin / kArticlesPerPart);
    const std::lock_guard lock(mutex);
    if (!written.ok() && status.ok()) status = written;
  });
  return status;
}

}  // namespace coterie::synth
