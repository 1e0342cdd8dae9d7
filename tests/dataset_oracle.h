#pragma once
// For tests: the datasets computed from plain rows by loops and maps, without SQL, as slowly and
// plainly as their documentation reads.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "data/datasets/random_world_internal.h"

namespace coterie::data::testing {

// Dates are days, timestamps microseconds, money minor units.
using Cell = std::variant<std::monostate, int64_t, double, std::string>;
using Rows = std::vector<std::vector<Cell>>;

// Rows of each table in the order of its declared columns; no order of rows.
Rows oracle_a(const World& world);
Rows oracle_b(const World& world);
Rows oracle_c(const World& world);
Rows oracle_d_daily(const World& world);
Rows oracle_d_weekly(const World& world);
Rows oracle_e(const World& world);
Rows oracle_f(const World& world);

// A purchase line or return, whatever role it comes from.
struct Purchase {
  Number customer, article;
  int32_t day;
  int64_t quantity;
  Number price;
  Text channel, basket;
  Number amount() const { return price ? Number(*price * quantity) : Number(); }
};
// Another interaction with a weight.
struct Interaction {
  int64_t customer, article;
  int32_t day;
  std::string kind;
};

// What the parts of the oracle share.
class Oracle {
 public:
  explicit Oracle(const World& world);
  const World& world;
  TimeZone zone;
  int32_t today;
  std::vector<Purchase> purchases;
  std::vector<Interaction> interactions;

  bool sees(Micros at, const Number& arrived, const std::string& role) const;
  double weight(const std::string& kind) const;  // 0 without one
  bool sells() const { return sells_; }          // some role says what is bought
  bool knows_prices() const { return knows_prices_; }
  bool events_have(const std::string& kind) const;
  std::string category_column() const;  // "" = articles have no category
  Text category(int64_t article) const;
  Cell name(const Number& article) const;

 private:
  int32_t find_today() const;
  void find_purchases();
  void find_interactions();
  bool sells_ = false;
  bool knows_prices_ = false;
};

Cell cell(const Text& text);
Cell cell(const Number& number);
std::string lower(std::string text);

}  // namespace coterie::data::testing
