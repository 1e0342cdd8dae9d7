#pragma once
// What the chain sells, as constant tables: index groups > product groups > product types, colours,
// brands, and the words that product names and descriptions are made of. All names are invented.

#include <cstdint>
#include <span>
#include <string_view>

namespace coterie::synth {

inline constexpr int kIndexGroups = 5;
struct IndexGroup {
  std::string_view name;     // "Ladieswear"
  std::string_view section;  // first word of section names: "Womens"
  std::string_view slug;     // in category ids: "ladieswear"
  double share;              // of products
};
std::span<const IndexGroup> index_groups();

// Words that fit a kind of garment, for names.
enum class Shape : uint8_t { kTop, kBottom, kDress, kOuter, kIntimate, kShoe, kAccessory };

struct ProductType {
  std::string_view name;           // "Trousers"
  std::string_view noun;           // "trousers"
  std::string_view group;          // "Garment Lower body"
  std::string_view garment_group;  // "Trousers"
  Shape shape;
  bool plural;
  double price;                 // median, in major units
  double elasticity;            // mean of its articles
  double peak_week;             // of the year, 0 .. 52; where its season is highest
  double season_amplitude;      // log demand swings by +- this over the year
  double basic_share;           // articles offered the whole time
  double shares[kIndexGroups];  // how common it is in each index group; 0 = not sold there
};
std::span<const ProductType> product_types();
// Distinct groups of product_types(), in order of first appearance.
std::span<const std::string_view> product_groups();
int product_group_of(int type);

enum class Tone : uint8_t { kDark, kNeutral, kBright, kPastel };
inline constexpr int kTones = 4;
struct Colour {
  std::string_view name;  // "Dark Blue"
  Tone tone;
  double share;
};
std::span<const Colour> colours();

struct Brand {
  std::string_view name;
  double tier;  // -1 cheap .. +1 dear
};
std::span<const Brand> brands();

std::span<const std::string_view> cuts(Shape shape);       // "Slim fit"
std::span<const std::string_view> materials(Shape shape);  // "cotton"
std::span<const std::string_view> details(Shape shape);    // sentences for detail_desc
std::span<const std::string_view> competitor_names();

}  // namespace coterie::synth
