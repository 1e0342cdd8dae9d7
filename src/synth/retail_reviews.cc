#include "synth/retail_reviews.h"

#include <algorithm>
#include <cmath>

#include "math/random_distributions.h"
#include "synth/review_text.h"

namespace coterie::synth {
namespace {

constexpr double kReturnLogit = -2.75;  // at a neutral experience, online
constexpr double kReturnSlope = -1.1;
constexpr double kShopReturnShare = 0.25;
constexpr double kReviewOnline = 0.050, kReviewShop = 0.012;
constexpr double kAspectNoise = 0.45;
constexpr double kAbuseShare = 0.06;  // of reviews with one star or a very bad mood
constexpr double kVotesADay = 0.010;  // a typical review's, while it is young

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

// Aspect experiences whose weighted mean is the line's experience.
void draw_aspects(const Article& article, const Line& line, bool online, math::RandomStream& stream,
                  std::array<double, kAspects>& aspects) {
  double mean = 0;
  for (size_t k = 0; k < kAspects; ++k) {
    aspects[k] = double{article.aspects[k]} + kAspectNoise * math::normal(stream);
    mean += aspect_weight(static_cast<Aspect>(k)) * aspects[k];
  }
  const double shift = line.experience - mean;
  for (double& aspect : aspects) aspect += shift;
  // Who bought in a shop has nothing to say about delivery; kept neutral.
  if (!online) aspects[static_cast<size_t>(Aspect::kDelivery)] = line.experience;
}

// Two to four aspects, the more striking the likelier.
void choose_aspects(const std::array<double, kAspects>& aspects, bool online,
                    math::RandomStream& stream, std::vector<int>& said) {
  std::array<double, kAspects> weights{};
  for (size_t k = 0; k < kAspects; ++k) {
    weights[k] = aspect_weight(static_cast<Aspect>(k)) * (0.2 + std::abs(aspects[k]));
  }
  weights[static_cast<size_t>(Aspect::kDelivery)] *= online ? 3 : 0;
  said.clear();
  const int wanted = stream.between(2, 4);
  for (int n = 0; n < wanted; ++n) {
    double sum = 0;
    for (const double weight : weights) sum += weight;
    double left = stream.uniform() * sum;
    size_t k = 0;
    while (k + 1 < kAspects && (left -= weights[k]) >= 0) ++k;
    if (weights[k] <= 0) continue;
    said.push_back(static_cast<int>(k));
    weights[k] = 0;
  }
}

void write_text(const Article& article, Review& review, math::RandomStream& stream) {
  const ProductType& type = product_types()[static_cast<size_t>(article.type)];
  const ReviewSubject subject{type.noun, type.plural,
                              colours()[static_cast<size_t>(article.colour)].name};
  std::array<AspectMood, kAspects> moods{};
  for (size_t i = 0; i < review.said.size(); ++i) {
    const int aspect = review.said[i];
    moods[i] = {aspect, mood_of(review.aspects[static_cast<size_t>(aspect)])};
  }
  append_review(subject, review.rating - 1, std::span(moods).first(review.said.size()),
                review.abusive, stream, review.text);
}

// Long, striking reviews of popular articles collect votes; helpful if they say much.
void draw_votes(const RetailWorld& world, const Article& article, Review& review,
                math::RandomStream& stream) {
  const double days_seen =
      static_cast<double>(world.scale.midnight(world.scale.days) - review.at) / kMicrosPerDay;
  const double reach = std::min(std::sqrt(article.popularity), 5.0);
  const double mean = kVotesADay * std::min(days_seen, 200.0) * reach;
  review.total_votes = math::negative_binomial(stream, mean, 0.7);
  const double helpful = logistic(-1.0 + 0.55 * static_cast<double>(review.said.size()) +
                                  0.4 * std::abs(review.experience) - (review.abusive ? 3 : 0));
  review.helpful_votes = math::binomial(stream, review.total_votes, helpful);
}

void write_review(const RetailWorld& world, const Line& line, bool online, Micros at,
                  math::RandomStream& stream, Aftermath& out) {
  const Article& article = world.catalogue.articles[static_cast<size_t>(line.article)];
  Review& review = out.reviews.emplace_back();
  review.article = line.article;
  review.at = at;
  review.experience = line.experience;
  review.rating = rating_of(line.experience);
  draw_aspects(article, line, online, stream, review.aspects);
  choose_aspects(review.aspects, online, stream, review.said);
  review.abusive = review.rating <= 2 && stream.chance(kAbuseShare);
  write_text(article, review, stream);
  draw_votes(world, article, review, stream);
}

}  // namespace

int rating_of(double experience) {
  return static_cast<int>(std::clamp(std::lround(4.2 + 1.35 * experience), 1L, 5L));
}

void draw_aftermath(const RetailWorld& world, int64_t index, const Customer& customer,
                    const Purchases& purchases, Aftermath& out) {
  out.returns.clear();
  out.reviews.clear();
  math::RandomStream stream = world.scale.stream(Purpose::kExperience, index);
  const auto later = [&](const Basket& basket, int low, int high) {
    const int32_t day = basket.day + stream.between(low, high);
    return customer.active(day)
               ? world.scale.midnight(day) + draw_second(basket.online, stream) * kMicrosPerSecond
               : Micros{-1};
  };
  for (uint32_t b = 0; b < purchases.baskets.size(); ++b) {
    const Basket& basket = purchases.baskets[b];
    for (uint32_t l = 0; l < basket.lines; ++l) {
      const Line& line = purchases.lines[basket.first_line + l];
      const double back = logistic(kReturnLogit + kReturnSlope * line.experience) *
                          (basket.online ? 1 : kShopReturnShare);
      if (stream.chance(back)) {
        const Micros at = later(basket, 2, 25);
        if (at >= 0) out.returns.push_back({b, basket.first_line + l, at});
      }
      const double tells = (basket.online ? kReviewOnline : kReviewShop) * customer.review_rate *
                           (0.55 + 0.65 * std::abs(line.experience));
      if (!stream.chance(tells)) continue;
      const bool told =
          std::ranges::find(out.reviews, line.article, &Review::article) != out.reviews.end();
      const Micros at = later(basket, basket.online ? 3 : 1, 21);
      if (!told && at >= 0) write_review(world, line, basket.online, at, stream, out);
    }
  }
}

}  // namespace coterie::synth
