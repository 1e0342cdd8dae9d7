#pragma once
// What a person wants to see after a run: the segments with their profile, and recommendations with
// names beside what the customer bought.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/session.h"
#include "cli/workspace.h"

namespace coterie::cli {

struct SegmentView {
  int64_t id = 0;
  std::string name;
  std::string meaning;
  int64_t customers = 0;
  double share = 0;  // of all customers
  // Medians over the segment's customers; NaN where the data does not tell.
  double recency_days = 0;
  double frequency = 0;
  double monetary = 0;
  double order_value = 0;
};

struct ArticleView {
  std::string id;
  std::string name;  // may be empty
  double score = 0;  // of a recommendation
};

struct CustomerView {
  std::string id;
  std::string segment;                 // may be empty
  std::vector<ArticleView> bought;     // newest first
  std::vector<ArticleView> suggested;  // best first
  std::string source;                  // "als", or "popularity" for customers without history
};

// Error kNotFound with the mend when the table does not exist yet.
Result<std::vector<SegmentView>> view_segments(Reader& reader);
// The named customer; or, with "", `count` customers with a history worth looking at, of different
// segments where there are some. Always the same ones for the same tables.
Result<std::vector<CustomerView>> view_customers(Reader& reader, const std::string& customer_id,
                                                 int count, int suggestions);

// Whether any segment was last seen before today: where none was, the data has no times, and
// nothing is said of them.
bool tells_recency(const std::vector<SegmentView>& segments);
std::string segments_text(const std::vector<SegmentView>& segments, const std::string& currency);
std::string customers_text(const std::vector<CustomerView>& customers);
Json segments_json(const std::vector<SegmentView>& segments);
Json customers_json(const std::vector<CustomerView>& customers);

}  // namespace coterie::cli
