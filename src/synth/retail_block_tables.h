#pragma once
// The tables that a block of customers fills, and the dictionaries that their columns point to.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "synth/retail_catalogue.h"
#include "synth/table_buffer.h"

namespace coterie::synth {

// Texts that repeat in every block.
struct RetailTexts {
  RetailTexts();
  TextTable event_kinds, channels, devices, cart_statuses, order_statuses, sales_channels;
  TextTable club_statuses, news_frequencies, countries, towns, segments;
  std::vector<uint32_t> first_town;  // by country
};

// Columns point into members: neither copied nor moved.
struct BlockTables {
  BlockTables(const RetailTexts& shared, const Catalogue& catalogue);
  BlockTables(const BlockTables&) = delete;
  BlockTables& operator=(const BlockTables&) = delete;

  static std::vector<std::string> names();
  std::array<TableBuffer*, 11> all();
  void clear();

  TextTable customer_ids, session_ids, order_ids, review_ids;
  TextTable first_names, last_names, emails, postal_codes, review_texts, said;
  TableBuffer customers, transactions, orders, order_items, cart, wishlist, reviews, events,
      sessions, truth_customers, truth_reviews;

 private:
  void declare_people(const RetailTexts& shared);
  void declare_sales(const RetailTexts& shared, const TextTable& articles);
  void declare_visits(const RetailTexts& shared, const TextTable& articles);
  void declare_reviews(const TextTable& articles);
};

}  // namespace coterie::synth
