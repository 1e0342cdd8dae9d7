#include "synth/retail_tastes.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "math/random_distributions.h"

namespace coterie::synth {
namespace {

constexpr double kTypeWeight = 0.9;
constexpr double kToneWeight = 0.45;
constexpr double kTierWeight = 0.45;
constexpr double kStyleNoise = 0.05;       // a dimension
constexpr double kPreferenceSpread = 1.2;  // log scale: a segment likes a handful of styles

constexpr std::array<int, kIndexGroups> kStylesOfGroup = {14, 8, 7, 7, 4};

// clang-format off
// name, share, age, sd, rate, basket, churn, sensitivity, online, reviews, index groups
constexpr Segment kSegmentTable[kSegments] = {
    {"Trend seekers",       0.12, 23, 4, 1.50, 3.2, 0.32, 1.1, 0.40, 1.3, {0.33, 0.05, 0.52, 0.00, 0.10}},
    {"Everyday basics",     0.15, 51, 8, 1.00, 3.0, 0.22, 0.9, 0.20, 1.0, {0.62, 0.14, 0.04, 0.10, 0.10}},
    {"Young families",      0.12, 32, 5, 1.30, 4.2, 0.20, 1.2, 0.33, 1.3, {0.28, 0.10, 0.04, 0.53, 0.05}},
    {"Office classics",     0.10, 48, 7, 0.90, 2.7, 0.18, 0.6, 0.28, 0.8, {0.76, 0.14, 0.00, 0.02, 0.08}},
    {"Bargain hunters",     0.13, 27, 6, 1.15, 3.8, 0.36, 1.6, 0.28, 0.9, {0.42, 0.15, 0.23, 0.10, 0.10}},
    {"Menswear regulars",   0.12, 30, 8, 0.70, 2.5, 0.30, 0.8, 0.22, 0.6, {0.03, 0.86, 0.05, 0.01, 0.05}},
    {"Sport and outdoor",   0.08, 28, 7, 0.80, 2.4, 0.28, 0.9, 0.32, 0.9, {0.14, 0.18, 0.10, 0.05, 0.53}},
    {"Premium minimalists", 0.07, 47, 8, 0.85, 2.3, 0.18, 0.4, 0.32, 1.1, {0.62, 0.26, 0.02, 0.02, 0.08}},
    {"Gift buyers",         0.06, 54, 9, 0.40, 2.6, 0.45, 0.8, 0.22, 0.5, {0.30, 0.24, 0.12, 0.29, 0.05}},
    {"Silver classics",     0.05, 64, 6, 0.75, 2.7, 0.14, 0.7, 0.12, 0.6, {0.72, 0.20, 0.00, 0.04, 0.04}},
};
// clang-format on

Latent random_unit(math::RandomStream& stream) {
  Latent vector;
  for (float& x : vector) x = static_cast<float>(math::normal(stream));
  normalise(vector);
  return vector;
}

void add_scaled(Latent& sum, const Latent& vector, double weight) {
  for (int i = 0; i < kLatent; ++i) {
    sum[static_cast<size_t>(i)] += static_cast<float>(weight) * vector[static_cast<size_t>(i)];
  }
}

// A type's share in the group, as weights over all types.
std::vector<double> type_weights(int index_group) {
  std::vector<double> weights;
  for (const ProductType& type : product_types()) weights.push_back(type.shares[index_group]);
  return weights;
}

}  // namespace

double dot(const Latent& a, const Latent& b) {
  double sum = 0;
  for (size_t i = 0; i < kLatent; ++i) sum += double{a[i]} * b[i];
  return sum;
}

void normalise(Latent& vector) {
  const double length = std::sqrt(dot(vector, vector));
  for (float& x : vector) x = static_cast<float>(x / length);
}

std::span<const Segment> segments() { return kSegmentTable; }

Tastes::Tastes(const RetailScale& scale) {
  math::RandomStream stream = scale.stream(Purpose::kTasteSpace, 0);
  for (int i = 0; i < kIndexGroups; ++i) group_vectors_.push_back(random_unit(stream));
  for (size_t i = 0; i < product_types().size(); ++i) type_vectors_.push_back(random_unit(stream));
  for (int i = 0; i < kTones; ++i) tone_vectors_.push_back(random_unit(stream));
  tier_vector_ = random_unit(stream);
  make_styles(scale);
  make_preferences(scale);
}

Latent Tastes::trait_vector(int index_group, int type, Tone tone, double tier) const {
  Latent vector = group_vectors_[static_cast<size_t>(index_group)];
  add_scaled(vector, type_vectors_[static_cast<size_t>(type)], kTypeWeight);
  add_scaled(vector, tone_vectors_[static_cast<size_t>(tone)], kToneWeight);
  add_scaled(vector, tier_vector_, kTierWeight * tier);
  normalise(vector);
  return vector;
}

void Tastes::make_styles(const RetailScale& scale) {
  for (int group = 0; group < kIndexGroups; ++group) {
    const math::AliasTable type_table(type_weights(group));
    for (int i = 0; i < kStylesOfGroup[static_cast<size_t>(group)]; ++i) {
      math::RandomStream stream =
          scale.stream(Purpose::kStyle, static_cast<int64_t>(styles_.size()));
      Style style;
      style.index_group = group;
      for (size_t k = 0; k < style.types.size();) {
        style.types[k] = type_table.draw(stream);
        if (std::find(style.types.begin(), style.types.begin() + k, style.types[k]) ==
            style.types.begin() + k) {
          ++k;
        }
      }
      style.tone = static_cast<Tone>(stream.below(kTones));
      style.tier = stream.uniform(-1, 1);
      constexpr std::array<double, 3> kLiking = {0.5, 0.3, 0.2};
      for (size_t k = 0; k < kLiking.size(); ++k) {
        add_scaled(style.centre, trait_vector(group, style.types[k], style.tone, style.tier),
                   kLiking[k]);
      }
      for (float& x : style.centre) x += static_cast<float>(kStyleNoise * math::normal(stream));
      normalise(style.centre);
      const auto noun = [&](size_t k) {
        return product_types()[static_cast<size_t>(style.types[k])].noun;
      };
      style.name = fmt::format("{}: {}, {}, {}", index_groups()[static_cast<size_t>(group)].name,
                               noun(0), noun(1), noun(2));
      styles_.push_back(std::move(style));
    }
  }
}

void Tastes::make_preferences(const RetailScale& scale) {
  std::vector<double> shares;
  for (size_t s = 0; s < kSegments; ++s) {
    const Segment& segment = kSegmentTable[s];
    shares.push_back(segment.share);
    math::RandomStream stream = scale.stream(Purpose::kSegment, static_cast<int64_t>(s));
    double sum = 0;
    for (size_t z = 0; z < kStyles; ++z) {
      const auto group = static_cast<size_t>(styles_[z].index_group);
      const double noise = math::log_normal(stream, 0, kPreferenceSpread);
      style_shares_[s][z] = noise * segment.index_group_shares[group] / kStylesOfGroup[group];
      sum += style_shares_[s][z];
    }
    for (double& share : style_shares_[s]) share /= sum;
  }
  segment_table_ = math::AliasTable(shares);
}

}  // namespace coterie::synth
