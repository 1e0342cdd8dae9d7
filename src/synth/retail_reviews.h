#pragma once
// What one customer writes about and what comes back: reviews and returns of purchased lines.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "synth/retail_purchases.h"
#include "synth/retail_world.h"

namespace coterie::synth {

struct Return {
  uint32_t basket = 0, line = 0;  // indices into Purchases
  Micros at = 0;
};

struct Review {
  int32_t article = 0;
  Micros at = 0;
  int rating = 3;
  int64_t helpful_votes = 0, total_votes = 0;
  std::string text;
  // Planted.
  double experience = 0;                   // overall; the weighted mean of the aspects
  std::array<double, kAspects> aspects{};  // of each aspect, said or not
  std::vector<int> said;                   // aspects that the text speaks of, in its order
  bool abusive = false;
};

struct Aftermath {
  std::vector<Return> returns;  // never of more than was bought, never after the customer left
  std::vector<Review> reviews;  // at most one an article
};

void draw_aftermath(const RetailWorld& world, int64_t index, const Customer& customer,
                    const Purchases& purchases, Aftermath& out);

// Stars of an experience: 1 .. 5.
int rating_of(double experience);

}  // namespace coterie::synth
