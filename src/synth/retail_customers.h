#pragma once
// Customers: who they are, how long they stay, how much they buy, what they like.
//
// Lifetimes are exponential with a hazard of the customer's own, purchases a Poisson process over
// the calendar's weight with a gamma-distributed rate: the Pareto/NBD model (Schmittlein, Morrison
// & Colombo, "Counting your customers", 1987) with covariates by segment.

#include <array>
#include <cstdint>
#include <string>

#include "base/threads.h"
#include "synth/retail_demand.h"
#include "synth/retail_scale.h"
#include "synth/retail_tastes.h"

namespace coterie::synth {

inline constexpr int kCustomerStyles = 4;  // at most

struct Customer {
  int segment = 0;
  bool woman = true;
  int age = -1;  // at the end of the period; -1 = not told
  int country = 0, town = 0;
  int style_count = 0;
  std::array<int, kCustomerStyles> styles{};
  std::array<double, kCustomerStyles> style_weights{};  // add up to 1, descending
  int32_t signup_day = 0;                               // of the world; may be before its first day
  int32_t active_from = 0;                              // first day with activity: after signup
  int32_t active_until = 0;  // first day without: churn, or the end of the period
  bool churned = false;
  double rate = 0;         // expected baskets per unit of calendar weight (about a day)
  double browse_rate = 0;  // expected sessions without purchase, likewise
  double basket_articles = 1;
  double sensitivity = 1;  // to prices, 0.1 .. kMaxSensitivity, about 1 on average
  double online_share = 0;
  double review_rate = 1;
  int device = 0;  // preferred

  bool active(int32_t day) const { return day >= active_from && day < active_until; }
};

// Makes any customer on its own, in O(1). Thread-safe.
class CustomerModel {
 public:
  // Calibrates rates so that the world has scale.transactions rows and as many sessions as that
  // implies. Deterministic for any number of threads.
  CustomerModel(const RetailScale& scale, const Tastes& tastes, const DemandCalendar& calendar,
                ThreadPool& pool);
  Customer make(int64_t index) const;

  // Hexadecimal, 16 digits, unique: a bijection of the index keyed by the seed.
  std::string id(int64_t index) const;

 private:
  Customer draw(int64_t index) const;  // rates not calibrated
  void choose_styles(math::RandomStream& stream, Customer& customer) const;
  void choose_lifetime(math::RandomStream& stream, Customer& customer) const;

  const RetailScale& scale_;
  const Tastes& tastes_;
  const DemandCalendar& calendar_;
  std::vector<math::AliasTable> style_tables_;  // by segment
  math::AliasTable country_table_;
  double rate_scale_ = 1;
  double browse_scale_ = 1;
};

inline constexpr int kDevices = 3;
std::string_view device_name(int device);  // mobile, desktop, tablet

}  // namespace coterie::synth
