#pragma once
// Products: what colour variants (articles) have in common.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "math/alias_table.h"
#include "synth/retail_scale.h"
#include "synth/retail_tastes.h"

namespace coterie::synth {

struct Product {
  int32_t code = 0;
  int32_t index_group = 0, type = 0, brand = 0;
  bool basic = false;
  double tier = 0, quality = 0, elasticity = 0, popularity = 0;
  int32_t launch_day = 0, end_day = 0, base_price = 0;
  std::array<float, kLatent> noise{};
  std::string cut;
  std::string fabric;
  bool fabric_in_name = false;
};

// Tables that products are drawn from.
struct ProductChoices {
  ProductChoices();
  math::AliasTable index_group, colour;
  std::vector<math::AliasTable> types;  // by index group
};

// Everything but its popularity.
Product make_product(const RetailScale& scale, const ProductChoices& choices, int64_t index);
// Popularity by rank; ranks are a random order of the products.
void assign_popularity(const RetailScale& scale, std::vector<Product>& products);

std::vector<int32_t> distinct_colours(const ProductChoices& choices, int64_t count,
                                      math::RandomStream& stream);
std::string product_name(const Product& product);  // "Slim fit cotton trousers"
std::string product_description(const Product& product, int32_t colour, math::RandomStream& stream);

}  // namespace coterie::synth
