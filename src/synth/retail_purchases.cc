#include "synth/retail_purchases.h"

#include <algorithm>
#include <cmath>

#include "math/alias_table.h"
#include "math/random_distributions.h"

namespace coterie::synth {
namespace {

constexpr double kAnythingShare = 0.06;    // lines bought outside the customer's styles
constexpr double kSameStyleShare = 0.60;   // further lines that follow the basket's first style
constexpr double kBuyAgainShare = 0.05;    // lines that repeat an earlier one
constexpr double kBasketDispersion = 1.2;  // negative binomial shape of basket sizes
constexpr int64_t kLargestBasket = 30;
constexpr int kAttempts = 8;
constexpr double kExperienceNoise = 0.75;
constexpr double kDiscountJoy = 1.5;  // on the price aspect, times the share saved

bool in_basket(const Purchases& out, const Basket& basket, int32_t article) {
  return std::ranges::find(out.lines_of(basket), article, &Line::article) !=
         out.lines_of(basket).end();
}

// An article that is on sale, not yet in the basket and cheap enough for this customer, or -1.
int32_t try_article(const RetailWorld& world, const Customer& customer, const Basket& basket,
                    int32_t week, int32_t article, const Purchases& out,
                    math::RandomStream& stream) {
  if (article < 0 || !world.availability.on_sale(article, basket.day)) return -1;
  const float elastic_log = world.prices.at(article, week).elastic_log;
  // The tables hold the demand of the most sensitive customer; others pass up some bargains.
  if (elastic_log < 0 &&
      !stream.chance(std::exp(elastic_log * (kMaxSensitivity - customer.sensitivity)))) {
    return -1;
  }
  return in_basket(out, basket, article) ? -1 : article;
}

int32_t choose_article(const RetailWorld& world, const Customer& customer, const Basket& basket,
                       int32_t week, int style, const Purchases& out, math::RandomStream& stream) {
  if (basket.first_line > 0 && stream.chance(kBuyAgainShare)) {
    const uint32_t recent = std::min<uint32_t>(basket.first_line, 20);
    const Line& again = out.lines[basket.first_line - 1 - stream.below(recent)];
    const int32_t article = try_article(world, customer, basket, week, again.article, out, stream);
    if (article >= 0) return article;
  }
  for (int attempt = 0; attempt < 2 * kAttempts; ++attempt) {
    const int32_t candidate = attempt < kAttempts ? draw_article(world, week, style, stream)
                                                  : world.tables.draw_any(week, stream);
    const int32_t article = try_article(world, customer, basket, week, candidate, out, stream);
    if (article >= 0) return article;
  }
  return -1;
}

Line make_line(const RetailWorld& world, int32_t article, int32_t week,
               math::RandomStream& stream) {
  const Article& traits = world.catalogue.articles[static_cast<size_t>(article)];
  Line line;
  line.article = article;
  line.price = world.prices.at(article, week).price;
  const double many = stream.uniform();
  line.quantity = many < 0.94 ? 1 : many < 0.99 ? 2 : 3;
  line.discount = 1 - static_cast<double>(line.price) / traits.base_price;
  double mean = kDiscountJoy * line.discount * aspect_weight(Aspect::kPrice);
  for (size_t k = 0; k < kAspects; ++k) {
    mean += aspect_weight(static_cast<Aspect>(k)) * double{traits.aspects[k]};
  }
  line.experience = mean + kExperienceNoise * math::normal(stream);
  return line;
}

void fill_basket(const RetailWorld& world, const Customer& customer, Basket& basket, Purchases& out,
                 math::RandomStream& stream) {
  const int32_t week = world.scale.week_of(basket.day);
  const int64_t wanted =
      std::min(1 + math::negative_binomial(stream, customer.basket_articles - 1, kBasketDispersion),
               kLargestBasket);
  const int first_style = draw_style(customer, stream);
  basket.first_line = static_cast<uint32_t>(out.lines.size());
  for (int64_t i = 0; i < wanted; ++i) {
    const bool follow = i == 0 || stream.chance(kSameStyleShare);
    const int style = follow ? first_style : draw_style(customer, stream);
    const int32_t article = choose_article(world, customer, basket, week, style, out, stream);
    if (article < 0) continue;
    out.lines.push_back(make_line(world, article, week, stream));
    ++basket.lines;
  }
}

// Times of baskets, ascending, at least kBasketGap apart.
void draw_times(const RetailWorld& world, const Customer& customer, Purchases& out,
                math::RandomStream& stream) {
  const double from = world.calendar.before(customer.active_from);
  const double until = world.calendar.before(customer.active_until);
  const int64_t count = math::poisson(stream, customer.rate * (until - from));
  out.masses.clear();
  for (int64_t i = 0; i < count; ++i) out.masses.push_back(stream.uniform(from, until));
  for (const double mass : out.masses) {
    Basket basket;
    // Rounding at the edge of the mass must not leave the customer's lifetime.
    basket.day =
        std::clamp(world.calendar.day_at(mass), customer.active_from, customer.active_until - 1);
    basket.online = stream.chance(customer.online_share);
    basket.at =
        world.scale.midnight(basket.day) + draw_second(basket.online, stream) * kMicrosPerSecond;
    out.baskets.push_back(basket);
  }
  std::ranges::sort(out.baskets, {}, &Basket::at);
  size_t kept = 0;
  for (const Basket& basket : out.baskets) {
    if (kept > 0 && basket.at - out.baskets[kept - 1].at < kBasketGap) continue;
    out.baskets[kept++] = basket;
  }
  out.baskets.resize(kept);
}

math::AliasTable hour_table(std::initializer_list<double> by_hour) {
  return math::AliasTable(std::vector<double>(by_hour));
}

}  // namespace

int32_t draw_second(bool online, math::RandomStream& stream) {
  // Hours 5 to 20 UTC.
  static const math::AliasTable web =
      hour_table({1.2, 1.8, 2.2, 2.6, 2.9, 3.1, 3.4, 3.5, 3.3, 3.2, 3.5, 4.0, 4.6, 5.6, 6.2, 5.0});
  static const math::AliasTable shop =
      hour_table({0, 0, 0, 1.6, 3.0, 4.4, 5.2, 5.0, 5.0, 5.6, 6.2, 6.4, 5.0, 2.8, 0.8, 0});
  const int32_t hour = 5 + (online ? web : shop).draw(stream);
  return hour * 3600 + static_cast<int32_t>(stream.below(3600));
}

int draw_style(const Customer& customer, math::RandomStream& stream) {
  if (customer.style_count == 0) return kStyles;
  double left = stream.uniform();
  for (int i = 0; i + 1 < customer.style_count; ++i) {
    left -= customer.style_weights[static_cast<size_t>(i)];
    if (left < 0) return customer.styles[static_cast<size_t>(i)];
  }
  return customer.styles[static_cast<size_t>(customer.style_count - 1)];
}

int32_t draw_article(const RetailWorld& world, int32_t week, int style,
                     math::RandomStream& stream) {
  if (stream.chance(kAnythingShare)) return world.tables.draw_any(week, stream);
  const int32_t article = world.tables.draw(week, style, stream);
  return article >= 0 ? article : world.tables.draw_any(week, stream);
}

void draw_purchases(const RetailWorld& world, int64_t index, const Customer& customer,
                    Purchases& out) {
  out.baskets.clear();
  out.lines.clear();
  if (customer.active_until <= customer.active_from) return;
  math::RandomStream stream = world.scale.stream(Purpose::kPurchase, index);
  draw_times(world, customer, out, stream);
  for (Basket& basket : out.baskets) fill_basket(world, customer, basket, out, stream);
  std::erase_if(out.baskets, [](const Basket& basket) { return basket.lines == 0; });
}

}  // namespace coterie::synth
