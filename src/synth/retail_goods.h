#pragma once
// Tables about goods and days: items, categories, stock, competitors' prices, promotions, holidays.

#include "base/result.h"
#include "base/threads.h"
#include "synth/output_folder.h"
#include "synth/retail_world.h"
#include "synth/sales_ledger.h"

namespace coterie::synth {

std::vector<std::string> goods_tables();

// After all blocks: stock follows from what was sold (`ledger`).
Status write_goods(const RetailWorld& world, const SalesLedger& ledger, ThreadPool& pool,
                   OutputFolder& output);

// Units on hand at the end of each of an article's days on sale (ledger.days(article) values).
// Deliveries every four weeks cover what is sold plus a buffer; on the first day of a planted
// stock-out nothing is left. Exactly: stock(d) - stock(d+1) = units(d+1) between deliveries.
std::vector<int64_t> stock_path(const RetailWorld& world, const SalesLedger& ledger,
                                int32_t article);

}  // namespace coterie::synth
