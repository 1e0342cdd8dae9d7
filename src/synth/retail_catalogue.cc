#include "synth/retail_catalogue.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "math/alias_table.h"
#include "math/random_distributions.h"
#include "synth/calendar.h"

namespace coterie::synth {
namespace {

constexpr std::array<std::string_view, kAspects> kAspectNames = {
    "fit", "quality", "colour", "comfort", "style", "price", "delivery"};
constexpr std::array<double, kAspects> kAspectWeights = {0.28, 0.24, 0.10, 0.14, 0.10, 0.08, 0.06};

// Popularity of a product by rank: (rank + kZipfShift * products)^-kZipfExponent.
constexpr double kZipfExponent = 0.85;
constexpr double kZipfShift = 0.008;
constexpr double kVariantSpread = 0.5;  // log scale, between colours of one product
// A seasonal article sells for a quarter of the time a basic one does.
constexpr double kSeasonalBoost = 2.2;

constexpr double kProductNoise = 0.10;  // a latent dimension
constexpr double kVariantNoise = 0.04;
constexpr double kElasticitySpread = 0.22;
constexpr int32_t kLeadDays = 140;  // seasonal articles on sale on the first day began before it

struct Product {
  int32_t code = 0;
  int32_t index_group = 0, type = 0, brand = 0;
  bool basic = false;
  double tier = 0, quality = 0, elasticity = 0, popularity = 0;
  int32_t launch_day = 0, end_day = 0, base_price = 0;
  std::array<float, kLatent> noise{};
  std::string cut, material;
};

// Tables that products are drawn from.
struct Choices {
  math::AliasTable index_group, colour;
  std::vector<math::AliasTable> types;  // by index group
  Choices() {
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
};

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
    const double season = std::cos(2 * M_PI * (week - type.peak_week) / 52.18);
    if (stream.chance(std::exp(2 * type.season_amplitude * (season - 1)))) break;
  }
  product.end_day = product.launch_day + static_cast<int32_t>(mean_life);
}

Product make_product(const RetailScale& scale, const Choices& choices, int64_t index) {
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
  product.material = stream.chance(0.45) ? pick(materials(type.shape)) : "";
  for (float& x : product.noise) x = static_cast<float>(kProductNoise * math::normal(stream));
  return product;
}

std::string product_name(const Product& product) {
  const ProductType& type = product_types()[static_cast<size_t>(product.type)];
  if (product.material.empty()) return fmt::format("{} {}", product.cut, type.noun);
  return fmt::format("{} {} {}", product.cut, product.material, type.noun);
}

std::string description(const Product& product, int32_t colour, math::RandomStream& stream) {
  const ProductType& type = product_types()[static_cast<size_t>(product.type)];
  const auto sentences = details(type.shape);
  const auto& detail = sentences[stream.below(static_cast<uint32_t>(sentences.size()))];
  std::string tone(colours()[static_cast<size_t>(colour)].name);
  std::ranges::transform(tone, tone.begin(),
                         [](char c) { return static_cast<char>(std::tolower(c)); });
  std::string text = fmt::format("{} in {}", product_name(product), tone);
  if (product.material.empty()) {
    const auto fabrics = materials(type.shape);
    text += fmt::format(" {}", fabrics[stream.below(static_cast<uint32_t>(fabrics.size()))]);
  }
  return fmt::format("{}. {}", text, detail);
}

void join_styles(const Tastes& tastes, Article& article) {
  std::array<double, kStyles> cosines{};
  for (size_t z = 0; z < kStyles; ++z) cosines[z] = dot(article.latent, tastes.styles()[z].centre);
  std::array<int, kStyles> order{};
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + kMemberships, order.end(), [&](int a, int b) {
    return cosines[static_cast<size_t>(a)] > cosines[static_cast<size_t>(b)];
  });
  for (size_t m = 0; m < kMemberships; ++m) {
    article.styles[m] = order[m];
    const double behind =
        cosines[static_cast<size_t>(order[m])] - cosines[static_cast<size_t>(order[0])];
    article.affinities[m] = static_cast<float>(std::exp(kFocus * behind));
  }
}

Article make_article(const Tastes& tastes, const Product& product, int32_t product_index,
                     int32_t colour, math::RandomStream& stream) {
  Article article;
  article.product = product_index;
  article.colour = colour;
  article.index_group = product.index_group;
  article.type = product.type;
  article.brand = product.brand;
  article.basic = product.basic;
  article.launch_day = product.launch_day;
  article.end_day = product.end_day;
  article.base_price = product.base_price;
  article.tier = product.tier;
  article.quality = product.quality + 0.1 * math::normal(stream);
  article.elasticity = product.elasticity;
  article.popularity = product.popularity * math::log_normal(stream, 0, kVariantSpread);
  const Tone tone = colours()[static_cast<size_t>(colour)].tone;
  article.latent = tastes.trait_vector(product.index_group, product.type, tone, product.tier);
  for (size_t i = 0; i < kLatent; ++i) {
    article.latent[i] +=
        product.noise[i] + static_cast<float>(kVariantNoise * math::normal(stream));
  }
  normalise(article.latent);
  join_styles(tastes, article);
  for (size_t k = 0; k < kAspects; ++k) {
    const bool of_article = k < static_cast<size_t>(Aspect::kPrice);
    const double own = of_article ? 0.6 * article.quality + 0.45 * math::normal(stream) : 0;
    article.aspects[k] = static_cast<float>(own);
  }
  article.aspects[static_cast<size_t>(Aspect::kPrice)] = static_cast<float>(-0.35 * product.tier);
  return article;
}

std::vector<int32_t> distinct_colours(const Choices& choices, int64_t count,
                                      math::RandomStream& stream) {
  std::vector<int32_t> chosen;
  while (static_cast<int64_t>(chosen.size()) < count) {
    const int32_t colour = choices.colour.draw(stream);
    if (std::ranges::find(chosen, colour) == chosen.end()) chosen.push_back(colour);
  }
  return chosen;
}

// Popularity by rank: ranks are a random order of the products.
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

}  // namespace

std::string_view aspect_name(Aspect aspect) { return kAspectNames[static_cast<size_t>(aspect)]; }
double aspect_weight(Aspect aspect) { return kAspectWeights[static_cast<size_t>(aspect)]; }

std::string slug(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      text.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    } else if (!text.empty() && text.back() != '-') {
      text.push_back('-');
    }
  }
  while (!text.empty() && text.back() == '-') text.pop_back();
  return text;
}

std::string category_id(int index_group, int type) {
  const ProductType& spec = product_types()[static_cast<size_t>(type)];
  return fmt::format("{}.{}.{}", index_groups()[static_cast<size_t>(index_group)].slug,
                     slug(spec.group), slug(spec.name));
}

Catalogue make_catalogue(const RetailScale& scale, const Tastes& tastes, ThreadPool& pool) {
  const Choices choices;
  std::vector<Product> products;
  std::vector<int32_t> product_of, colour_of;  // by article
  for (int64_t index = 0; static_cast<int32_t>(product_of.size()) < scale.articles; ++index) {
    products.push_back(make_product(scale, choices, index));
    math::RandomStream stream = scale.stream(Purpose::kArticle, -1 - index);
    const auto variants = std::min<int64_t>(1 + math::geometric(stream, 0.45), 6);
    for (const int32_t colour : distinct_colours(choices, variants, stream)) {
      product_of.push_back(static_cast<int32_t>(index));
      colour_of.push_back(colour);
    }
  }
  product_of.resize(static_cast<size_t>(scale.articles));
  assign_popularity(scale, products);

  Catalogue catalogue;
  catalogue.articles.resize(product_of.size());
  std::vector<std::string> texts(product_of.size());
  pool.parallel_for(scale.articles, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t a = begin; a < end; ++a) {
      const auto i = static_cast<size_t>(a);
      math::RandomStream stream = scale.stream(Purpose::kArticle, a);
      const Product& product = products[static_cast<size_t>(product_of[i])];
      catalogue.articles[i] = make_article(tastes, product, product_of[i], colour_of[i], stream);
      texts[i] = description(product, colour_of[i], stream);
    }
  });
  double sum = 0;
  for (const Article& article : catalogue.articles) sum += article.popularity;
  int32_t variant = 0;
  for (size_t i = 0; i < product_of.size(); ++i) {
    catalogue.articles[i].popularity *= static_cast<double>(scale.articles) / sum;
    variant = i > 0 && product_of[i] == product_of[i - 1] ? variant + 1 : 1;
    const Product& product = products[static_cast<size_t>(product_of[i])];
    catalogue.ids.add(fmt::format("0{:06d}{:03d}", product.code, variant));
    catalogue.names.add(product_name(product));
    catalogue.descriptions.add(texts[i]);
  }
  return catalogue;
}

}  // namespace coterie::synth
