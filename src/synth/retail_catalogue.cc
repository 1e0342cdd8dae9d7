#include "synth/retail_catalogue.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "math/random_distributions.h"
#include "synth/retail_products.h"

namespace coterie::synth {
namespace {

constexpr std::array<std::string_view, kAspects> kAspectNames = {
    "fit", "quality", "colour", "comfort", "style", "price", "delivery"};
constexpr std::array<double, kAspects> kAspectWeights = {0.28, 0.24, 0.10, 0.14, 0.10, 0.08, 0.06};

constexpr double kVariantSpread = 0.5;  // log scale, between colours of one product
constexpr double kVariantNoise = 0.04;

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
  const ProductChoices choices;
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
      texts[i] = product_description(product, colour_of[i], stream);
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
