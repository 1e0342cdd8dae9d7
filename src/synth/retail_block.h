#pragma once
// A block of customers and all rows about them: the unit of work, of memory and of files.

#include <cstdint>

#include "base/result.h"
#include "synth/output_folder.h"
#include "synth/retail_block_tables.h"
#include "synth/retail_reviews.h"
#include "synth/retail_sessions.h"
#include "synth/retail_world.h"
#include "synth/sales_ledger.h"

namespace coterie::synth {

inline constexpr int64_t kCustomersPerBlock = 8192;

// One a thread; buffers are reused from block to block.
class BlockWriter {
 public:
  BlockWriter(const RetailWorld& world, const RetailTexts& texts, SalesLedger& ledger,
              OutputFolder& output);

  // Customers [begin, end) into part number `part` of every table.
  Status write(int64_t begin, int64_t end, int64_t part);

 private:
  void add_customer(int64_t index);
  void add_person(int64_t index, const Customer& customer);
  void add_truth(const Customer& customer);
  void add_transactions();
  void add_orders(int64_t index);
  void add_visits(int64_t index, const Customer& customer);
  void add_reviews(int64_t index);

  const RetailWorld& world_;
  const RetailTexts& texts_;
  SalesLedger& ledger_;
  OutputFolder& output_;
  bool want_visits_, want_aftermath_, want_purchases_;
  BlockTables t_;

  // The customer at hand.
  uint32_t customer_code_ = 0;
  uint32_t first_order_code_ = 0;  // of its online baskets, in order
  Purchases purchases_;
  Visits visits_;
  Aftermath aftermath_;
};

}  // namespace coterie::synth
