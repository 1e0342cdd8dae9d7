#pragma once
// A block of customers and all rows about them: the unit of work, of memory and of files.

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "synth/output_folder.h"
#include "synth/retail_reviews.h"
#include "synth/retail_sessions.h"
#include "synth/retail_world.h"
#include "synth/table_buffer.h"

namespace coterie::synth {

inline constexpr int64_t kCustomersPerBlock = 8192;

// Dictionaries of texts that repeat in every block.
struct RetailTexts {
  RetailTexts();
  TextTable event_kinds, channels, devices, cart_statuses, order_statuses, sales_channels;
  TextTable club_statuses, news_frequencies, countries, towns, segments;
  std::vector<uint32_t> first_town;  // by country
};

// Units sold by article and day, counted by all threads; sums do not depend on their order.
class SalesLedger {
 public:
  SalesLedger(const RetailScale& scale, const Catalogue& catalogue);
  void add(int32_t article, int32_t day, int32_t units);
  // Days [first_day(article), first_day + size) on sale within the period.
  int32_t first_day(int32_t article) const { return entries_[static_cast<size_t>(article)].first; }
  int32_t days(int32_t article) const { return entries_[static_cast<size_t>(article)].days; }
  int64_t units(int32_t article, int32_t day) const;

 private:
  struct Entry {
    int32_t first = 0, days = 0;
    size_t offset = 0;
  };
  std::vector<Entry> entries_;
  std::vector<std::atomic<uint32_t>> units_;
};

// One a thread; buffers are reused from block to block.
class BlockWriter {
 public:
  BlockWriter(const RetailWorld& world, const RetailTexts& texts, SalesLedger& ledger,
              OutputFolder& output);
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;

  // Customers [begin, end) into part number `part` of every table.
  Status write(int64_t begin, int64_t end, int64_t part);

  static std::vector<std::string> tables();  // that blocks write

 private:
  void declare_columns();
  void clear();
  void add_customer(int64_t index);
  void add_person(int64_t index, const Customer& customer);
  void add_truth(const Customer& customer);
  void add_transactions(int64_t index);
  void add_orders(int64_t index);
  void add_visits(int64_t index, const Customer& customer);
  void add_reviews(int64_t index);

  const RetailWorld& world_;
  const RetailTexts& texts_;
  SalesLedger& ledger_;
  OutputFolder& output_;
  bool want_visits_, want_aftermath_, want_purchases_;

  TextTable customer_ids_, session_ids_, order_ids_, review_ids_;
  TextTable first_names_, last_names_, emails_, postal_codes_, review_texts_, said_;
  TableBuffer customers_, transactions_, orders_, order_items_, cart_, wishlist_, reviews_, events_,
      sessions_, truth_customers_, truth_reviews_;

  // The customer at hand.
  uint32_t customer_code_ = 0;
  uint32_t first_order_code_ = 0;  // of its online baskets, in order
  Purchases purchases_;
  Visits visits_;
  Aftermath aftermath_;
};

}  // namespace coterie::synth
