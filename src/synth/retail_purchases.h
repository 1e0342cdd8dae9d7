#pragma once
// What one customer buys: baskets of lines, in the order of time.

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "synth/retail_world.h"

namespace coterie::synth {

struct Line {
  int32_t article = 0;
  int32_t price = 0;  // paid a unit, minor units
  int32_t quantity = 1;
  double experience = 0;  // how well it pleased, about N(0, 0.8)
  double discount = 0;    // share of the base price that was saved
};

struct Basket {
  Micros at = 0;
  int32_t day = 0;
  bool online = false;
  uint32_t first_line = 0, lines = 0;
};

// One customer's; buffers are reused from customer to customer.
struct Purchases {
  std::vector<Basket> baskets;  // ascending in time, at least kBasketGap apart
  std::vector<Line> lines;
  std::vector<double> masses;  // scratch

  std::span<const Line> lines_of(const Basket& basket) const {
    return std::span(lines).subspan(basket.first_line, basket.lines);
  }
};

inline constexpr Micros kBasketGap = int64_t{3} * 3600 * kMicrosPerSecond;

void draw_purchases(const RetailWorld& world, int64_t index, const Customer& customer,
                    Purchases& out);

// A style of the customer's mix.
int draw_style(const Customer& customer, math::RandomStream& stream);
// An article of the style that is wanted in that week (now and then of any style), or -1 when
// nothing is on sale. Not filtered by the customer's view of its price, by day or by stock.
int32_t draw_article(const RetailWorld& world, int32_t week, int style, math::RandomStream& stream);

// A second of the day in UTC, by the hours in which people use the channel. Every such time lies in
// the same day of every European time zone.
int32_t draw_second(bool online, math::RandomStream& stream);

}  // namespace coterie::synth
