#include "synth/retail_products.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "math/random_distributions.h"
#include "synth/calendar.h"
#include "synth/retail_taxonomy.h"

namespace coterie::synth {
namespace {

// Popularity of a product by rank: (rank + kZipfShift * products)^-kZipfExponent.
constexpr double kZipfExponent = 0.85;
constexpr double kZipfShift = 0.008;
// A seasonal article sells for a quarter of the time a basic one does.
constexpr double kSeasonalBoost = 2.2;

constexpr double kProductNoise = 0.10;  // a latent dimension
constexpr double kElasticitySpread = 0.22;
constexpr int32_t kLeadDays = 140;  // seasonal articles on sale on the first day began before it

// x.99 below 60, then 69.99, 79.99, ...
int32_t shelf_price(double major) {
  const double step = major < 60 ? 1 : 10;
  const double rounded = std::max(3.0, std::round(major / step) * step);
  return static_cast<int32_t>(std::lround(rounded * 100)) - 1;
}

// Product codes look unordered, as codes of several buying offices do, and never repeat.
int32_t product_code(int64_t product, uint64_t seed) {
  constexpr int64_t kCodes = 900'000, kStride = 640'007;  // coprime
  const auto shift = static_cast<int64_t>(seed % kCodes);
  return static_cast<int32_t>(100'000 + (product * kStride + shift) % kCodes);
}

void choose_lifetime(const RetailScale& scale, const ProductType& type, math::RandomStream& stream,
                     Product& product) {
  product.basic = stream.chance(type.basic_share);
  if (product.basic) {
    product.launch_day = stream.chance(0.75) ? -static_cast<int32_t>(30 + stream.below(900))
                                             : static_cast<int32_t>(stream.below(scale.days));
    const bool ends = stream.chance(0.2);
    product.end_day = ends ? std::max(product.launch_day + 120,
                                      static_cast<int32_t>(stream.below(scale.days) + 60))
                           : scale.days + 365;
    return;
  }
  const double mean_life = 50 + math::gamma(stream, 4, 20);
  // Seasonal goods come into the shops about six weeks before their season's peak.
  for (int attempt = 0; attempt < 16; ++attempt) {
    product.launch_day =
        -kLeadDays +
        static_cast<int32_t>(stream.below(static_cast<uint32_t>(scale.days + kLeadDays - 7)));
    const double week = week_of_year(scale.date_of(product.launch_day)) + 6;
    const double season = std::cos(2 * std::numbers::pi * (week - type.peak_week) / 52.18);
    if (stream.chance(std::exp(2 * type.season_amplitude * (season - 1)))) break;
  }
  product.end_day = product.launch_day + static_cast<int32_t>(mean_life);
}

}  // namespace

ProductChoices::ProductChoices() {
  std::vector<double> weights;
  for (const IndexGroup& group : index_groups()) weights.push_back(group.share);
  index_group = math::AliasTable(weights);
  for (int group = 0; group < kIndexGroups; ++group) {
    weights.clear();
    for (const ProductType& type : product_types()) weights.push_back(type.shares[group]);
    types.emplace_back(weights);
  }
  weights.clear();
  for (const Colour& option : colours()) weights.push_back(option.share);
  colour = math::AliasTable(weights);
}
Product make_product(const RetailScale& scale, const ProductChoices& choices, int64_t index) {
  math::RandomStream stream = scale.stream(Purpose::kProduct, index);
  Product product;
  product.code = product_code(index, scale.seed);
  product.index_group = choices.index_group.draw(stream);
  product.type = choices.types[static_cast<size_t>(product.index_group)].draw(stream);
  const ProductType& type = product_types()[static_cast<size_t>(product.type)];
  product.brand = static_cast<int32_t>(stream.below(static_cast<uint32_t>(brands().size())));
  const double brand_tier = brands()[static_cast<size_t>(product.brand)].tier;
  product.tier = std::clamp(brand_tier + 0.2 * math::normal(stream), -1.2, 1.2);
  product.quality = 0.5 * math::normal(stream) + 0.3 * product.tier;
  product.elasticity =
      std::clamp(type.elasticity * std::exp(kElasticitySpread * math::normal(stream)) *
                     (1 - 0.1 * product.tier),
                 0.4, 3.5);
  constexpr std::array<double, kIndexGroups> kPriceOfGroup = {1.0, 1.05, 0.85, 0.7, 1.0};
  product.base_price =
      shelf_price(type.price * kPriceOfGroup[static_cast<size_t>(product.index_group)] *
                  std::exp(0.35 * product.tier + 0.18 * math::normal(stream)));
  choose_lifetime(scale, type, stream, product);
  const auto pick = [&](std::span<const std::string_view> words) {
    return std::string(words[stream.below(static_cast<uint32_t>(words.size()))]);
  };
  product.cut = pick(cuts(type.shape));
  product.fabric = type.garment_group == "Trousers Denim" ? "denim" : pick(materials(type.shape));
  product.fabric_in_name = product.fabric != "denim" && stream.chance(0.45);
  for (float& x : product.noise) x = static_cast<float>(kProductNoise * math::normal(stream));
  return product;
}

std::string product_name(const Product& product) {
  const ProductType& type = product_types()[static_cast<size_t>(product.type)];
  if (!product.fabric_in_name) return fmt::format("{} {}", product.cut, type.noun);
  return fmt::format("{} {} {}", product.cut, product.fabric, type.noun);
}

std::string product_description(const Product& product, int32_t colour,
                                math::RandomStream& stream) {
  const ProductType& type = product_types()[static_cast<size_t>(product.type)];
  const auto sentences = details(type.shape);
  const auto& detail = sentences[stream.below(static_cast<uint32_t>(sentences.size()))];
  std::string tone(colours()[static_cast<size_t>(colour)].name);
  std::ranges::transform(tone, tone.begin(),
                         [](char c) { return static_cast<char>(std::tolower(c)); });
  std::string text = fmt::format("{} in {}", product_name(product), tone);
  if (!product.fabric_in_name) text += " " + product.fabric;
  return fmt::format("{}. {}", text, detail);
}

std::vector<int32_t> distinct_colours(const ProductChoices& choices, int64_t count,
                                      math::RandomStream& stream) {
  std::vector<int32_t> chosen;
  while (static_cast<int64_t>(chosen.size()) < count) {
    const int32_t colour = choices.colour.draw(stream);
    if (std::ranges::find(chosen, colour) == chosen.end()) chosen.push_back(colour);
  }
  return chosen;
}

void assign_popularity(const RetailScale& scale, std::vector<Product>& products) {
  std::vector<int32_t> order(products.size());
  std::iota(order.begin(), order.end(), 0);
  math::RandomStream stream = scale.stream(Purpose::kProduct, -1);
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[stream.below(static_cast<uint32_t>(i))]);
  }
  const double shift = kZipfShift * static_cast<double>(products.size());
  for (size_t rank = 0; rank < order.size(); ++rank) {
    Product& product = products[static_cast<size_t>(order[rank])];
    product.popularity = std::pow(static_cast<double>(rank) + 1 + shift, -kZipfExponent) *
                         (product.basic ? 1 : kSeasonalBoost);
  }
}

}  // namespace coterie::synth
