#pragma once
// Prices week by week: list price changes, campaigns, clearance.

#include <cstdint>
#include <string>
#include <vector>

#include "synth/retail_catalogue.h"
#include "synth/retail_scale.h"

namespace coterie::synth {

// Customers weigh an article's elasticity with their own sensitivity, at most this.
inline constexpr double kMaxSensitivity = 2.0;

struct PricePoint {
  int32_t price = 0;  // minor units, what is paid in this week
  // elasticity * log(price / base price) <= 0: demand of a customer of sensitivity s is multiplied
  // by exp(-s * elastic_log).
  float elastic_log = 0;
};

struct Promotion {
  std::string id;  // "P2024W48-1"; shared by the campaign's articles
  int32_t article = 0;
  int32_t start_day = 0, end_day = 0;  // inclusive, days of the world
  double discount = 0;                 // 0.2 = 20 % off the list price
};

// Immutable; thread-safe.
class PriceBook {
 public:
  PriceBook(const RetailScale& scale, const Catalogue& catalogue);

  // Price in a week of the world; defined for every week.
  const PricePoint& at(int32_t article, int32_t week) const {
    return points_[static_cast<size_t>(article) * static_cast<size_t>(weeks_) +
                   static_cast<size_t>(week)];
  }
  int32_t list_price(int32_t article) const { return list_prices_[static_cast<size_t>(article)]; }
  const std::vector<Promotion>& promotions() const { return promotions_; }

 private:
  void make_list_prices(const RetailScale& scale, const Catalogue& catalogue);
  void make_campaigns(const RetailScale& scale, const Catalogue& catalogue);
  void make_clearance(const RetailScale& scale, const Catalogue& catalogue);
  // Weeks [first, last] at `discount`; refused where one of them is already reduced.
  bool reduce(int32_t article, int32_t first, int32_t last, double discount);
  void add_promotion(const RetailScale& scale, const std::string& id, int32_t article,
                     int32_t first, int32_t last, double discount);
  void run_campaign(const RetailScale& scale, const Catalogue& catalogue, int32_t week, int number,
                    math::RandomStream& stream);
  void run_sale(const RetailScale& scale, const Catalogue& catalogue, int32_t first, int32_t weeks,
                const std::string& id, double share, double low, double high);
  PricePoint& point(int32_t article, int32_t week) {
    return points_[static_cast<size_t>(article) * static_cast<size_t>(weeks_) +
                   static_cast<size_t>(week)];
  }

  int32_t weeks_;
  std::vector<PricePoint> points_;    // articles × weeks
  std::vector<uint8_t> reduced_;      // articles × weeks, only while building
  std::vector<int32_t> list_prices_;  // by article, in the last week
  std::vector<Promotion> promotions_;
};

}  // namespace coterie::synth
