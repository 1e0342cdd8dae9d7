#pragma once
// Tastes: a latent space, styles in it, and customer segments that prefer styles.
//
// An article has a vector made of its index group, type, tone, price tier and something of its own.
// A style has a centre. An article belongs to the kMemberships styles nearest to it, the nearest
// with weight 1, another with exp(kFocus * (its cosine - the nearest's)). Customers mix a few
// styles of their segment: P(article | customer, week) = sum over styles of theta * P(article |
// style, week).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "math/alias_table.h"
#include "synth/retail_scale.h"
#include "synth/retail_taxonomy.h"

namespace coterie::synth {

inline constexpr int kLatent = 16;
inline constexpr int kStyles = 40;
inline constexpr int kMemberships = 3;
inline constexpr double kFocus = 6;
using Latent = std::array<float, kLatent>;

double dot(const Latent& a, const Latent& b);
void normalise(Latent& vector);

struct Style {
  int index_group = 0;
  std::array<int, 3> types{};  // product types that it is about, most liked first
  Tone tone = Tone::kDark;
  double tier = 0;
  Latent centre{};   // unit length
  std::string name;  // "Ladieswear: dress, blouse, coat"
};

struct Segment {
  std::string_view name;
  double share;  // of customers
  double age_mean, age_sd;
  double rate;             // baskets, relative
  double basket_articles;  // mean articles a basket
  double churn_a_year;     // hazard
  double price_sensitivity;
  double online_share;
  double review_rate;  // relative
  double index_group_shares[kIndexGroups];
};
inline constexpr int kSegments = 10;
std::span<const Segment> segments();

// The space, its styles, and each segment's preference for them. Immutable.
class Tastes {
 public:
  explicit Tastes(const RetailScale& scale);

  // A unit vector for a product of these traits, without its own noise.
  Latent trait_vector(int index_group, int type, Tone tone, double tier) const;
  const std::vector<Style>& styles() const { return styles_; }
  // P(style | segment), kStyles values.
  std::span<const double> style_shares(int segment) const {
    return style_shares_[static_cast<size_t>(segment)];
  }
  int draw_segment(math::RandomStream& stream) const { return segment_table_.draw(stream); }

 private:
  void make_styles(const RetailScale& scale);
  void make_preferences(const RetailScale& scale);

  std::vector<Latent> group_vectors_, type_vectors_, tone_vectors_;
  Latent tier_vector_{};
  std::vector<Style> styles_;
  std::array<std::array<double, kStyles>, kSegments> style_shares_{};
  math::AliasTable segment_table_;
};

}  // namespace coterie::synth
