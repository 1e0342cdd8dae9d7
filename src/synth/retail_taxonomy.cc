#include "synth/retail_taxonomy.h"

#include <algorithm>
#include <array>
#include <vector>

namespace coterie::synth {
namespace {

using enum Shape;

constexpr std::array<IndexGroup, kIndexGroups> kGroups = {{
    {"Ladieswear", "Womens", "ladieswear", 0.40},
    {"Menswear", "Mens", "menswear", 0.20},
    {"Young Fashion", "Young", "young", 0.16},
    {"Baby & Children", "Kids", "kids", 0.16},
    {"Sport", "Sport", "sport", 0.08},
}};

constexpr std::string_view kUpper = "Garment Upper body", kLower = "Garment Lower body",
                           kFull = "Garment Full body", kUnder = "Underwear", kNight = "Nightwear",
                           kSwim = "Swimwear", kSocks = "Socks & Tights", kShoes = "Shoes",
                           kAccessories = "Accessories", kBags = "Bags";

// clang-format off
// name, noun, group, garment group, shape, plural, price, elasticity, peak, amplitude, basic,
// shares in {ladies, men, young, kids, sport}
constexpr ProductType kTypes[] = {
    {"T-shirt", "T-shirt", kUpper, "Jersey Basic", kTop, false, 12.99, 1.9, 26, 0.35, 0.45, {6, 9, 8, 8, 5}},
    {"Top", "top", kUpper, "Jersey Fancy", kTop, false, 14.99, 2.0, 25, 0.30, 0.20, {8, 0, 9, 4, 3}},
    {"Vest top", "vest top", kUpper, "Jersey Basic", kTop, false, 7.99, 2.1, 27, 0.80, 0.35, {5, 2, 6, 3, 5}},
    {"Blouse", "blouse", kUpper, "Blouses", kTop, false, 24.99, 1.7, 16, 0.20, 0.15, {8, 0, 3, 1, 0}},
    {"Shirt", "shirt", kUpper, "Shirts", kTop, false, 27.99, 1.6, 18, 0.15, 0.30, {3, 9, 2, 2, 0}},
    {"Polo shirt", "polo shirt", kUpper, "Jersey Basic", kTop, false, 22.99, 1.7, 24, 0.55, 0.30, {0, 5, 1, 1, 2}},
    {"Sweater", "sweater", kUpper, "Knitwear", kTop, false, 29.99, 1.6, 46, 0.85, 0.20, {8, 6, 6, 5, 1}},
    {"Cardigan", "cardigan", kUpper, "Knitwear", kTop, false, 29.99, 1.6, 42, 0.60, 0.20, {6, 2, 4, 4, 0}},
    {"Hoodie", "hoodie", kUpper, "Jersey Fancy", kTop, false, 29.99, 1.6, 43, 0.45, 0.30, {2, 6, 8, 7, 6}},
    {"Bodysuit", "bodysuit", kUpper, "Jersey Basic", kTop, false, 14.99, 1.9, 22, 0.15, 0.30, {3, 0, 4, 8, 0}},
    {"Trousers", "trousers", kLower, "Trousers", kBottom, true, 29.99, 1.5, 38, 0.15, 0.30, {9, 9, 6, 7, 2}},
    {"Jeans", "jeans", kLower, "Trousers Denim", kBottom, true, 39.99, 1.3, 37, 0.20, 0.45, {7, 7, 8, 4, 0}},
    {"Leggings", "leggings", kLower, "Jersey Basic", kBottom, true, 12.99, 1.8, 41, 0.35, 0.50, {4, 0, 3, 7, 6}},
    {"Skirt", "skirt", kLower, "Skirts", kBottom, false, 24.99, 1.8, 21, 0.35, 0.10, {6, 0, 6, 3, 0}},
    {"Shorts", "shorts", kLower, "Shorts", kBottom, true, 19.99, 1.9, 26, 1.25, 0.20, {4, 5, 5, 5, 5}},
    {"Joggers", "joggers", kLower, "Jersey Fancy", kBottom, true, 24.99, 1.6, 44, 0.30, 0.40, {3, 5, 5, 6, 5}},
    {"Dress", "dress", kFull, "Dresses", kDress, false, 34.99, 1.8, 22, 0.50, 0.10, {12, 0, 9, 6, 0}},
    {"Jumpsuit", "jumpsuit", kFull, "Dresses", kDress, false, 39.99, 1.8, 24, 0.40, 0.08, {3, 0, 3, 2, 0}},
    {"Dungarees", "dungarees", kFull, "Trousers Denim", kDress, true, 29.99, 1.6, 16, 0.20, 0.15, {0, 0, 1, 4, 0}},
    {"Jacket", "jacket", kUpper, "Outdoor", kOuter, false, 49.99, 1.4, 40, 0.60, 0.15, {6, 7, 5, 5, 5}},
    {"Coat", "coat", kUpper, "Outdoor", kOuter, false, 79.99, 1.3, 43, 1.20, 0.10, {4, 3, 2, 3, 0}},
    {"Blazer", "blazer", kUpper, "Dressed", kOuter, false, 59.99, 1.3, 36, 0.25, 0.20, {5, 4, 1, 1, 0}},
    {"Rain jacket", "rain jacket", kUpper, "Outdoor", kOuter, false, 44.99, 1.2, 40, 0.50, 0.30, {1, 1, 0, 3, 4}},
    {"Bra", "bra", kUnder, "Under-, Nightwear", kIntimate, false, 19.99, 1.4, 26, 0.05, 0.50, {7, 0, 4, 0, 4}},
    {"Briefs", "briefs", kUnder, "Under-, Nightwear", kIntimate, true, 9.99, 1.6, 48, 0.10, 0.60, {6, 4, 4, 4, 0}},
    {"Boxer shorts", "boxer shorts", kUnder, "Under-, Nightwear", kIntimate, true, 14.99, 1.5, 49, 0.20, 0.60, {0, 6, 0, 2, 0}},
    {"Pyjamas", "pyjamas", kNight, "Under-, Nightwear", kIntimate, true, 24.99, 1.7, 49, 0.80, 0.25, {4, 2, 2, 6, 0}},
    {"Dressing gown", "dressing gown", kNight, "Under-, Nightwear", kIntimate, false, 29.99, 1.5, 50, 0.90, 0.25, {2, 1, 0, 1, 0}},
    {"Bikini top", "bikini top", kSwim, "Swimwear", kIntimate, false, 14.99, 1.9, 25, 1.70, 0.10, {5, 0, 5, 1, 1}},
    {"Swimsuit", "swimsuit", kSwim, "Swimwear", kIntimate, false, 24.99, 1.7, 25, 1.40, 0.15, {3, 0, 1, 3, 2}},
    {"Swim shorts", "swim shorts", kSwim, "Swimwear", kBottom, true, 17.99, 1.8, 26, 1.60, 0.15, {0, 4, 2, 3, 1}},
    {"Socks", "socks", kSocks, "Socks and Tights", kIntimate, true, 7.99, 1.7, 49, 0.40, 0.60, {4, 5, 4, 6, 4}},
    {"Tights", "tights", kSocks, "Socks and Tights", kIntimate, true, 9.99, 1.5, 45, 0.90, 0.60, {4, 0, 2, 4, 3}},
    {"Sneakers", "sneakers", kShoes, "Shoes", kShoe, true, 34.99, 1.6, 15, 0.15, 0.25, {3, 4, 3, 4, 5}},
    {"Boots", "boots", kShoes, "Shoes", kShoe, true, 49.99, 1.4, 42, 1.20, 0.10, {3, 2, 2, 3, 0}},
    {"Sandals", "sandals", kShoes, "Shoes", kShoe, true, 24.99, 1.8, 24, 1.50, 0.10, {4, 1, 2, 2, 0}},
    {"Heels", "heels", kShoes, "Shoes", kShoe, true, 34.99, 1.7, 48, 0.30, 0.10, {3, 0, 2, 0, 0}},
    {"Bag", "bag", kBags, "Accessories", kAccessory, false, 24.99, 1.6, 48, 0.25, 0.20, {4, 2, 3, 2, 2}},
    {"Belt", "belt", kAccessories, "Accessories", kAccessory, false, 12.99, 1.4, 48, 0.20, 0.40, {2, 3, 1, 0, 0}},
    {"Scarf", "scarf", kAccessories, "Accessories", kAccessory, false, 17.99, 1.6, 47, 1.20, 0.15, {3, 2, 1, 2, 0}},
    {"Hat", "hat", kAccessories, "Accessories", kAccessory, false, 12.99, 1.7, 47, 0.60, 0.20, {2, 2, 2, 4, 2}},
    {"Gloves", "gloves", kAccessories, "Accessories", kAccessory, true, 14.99, 1.5, 48, 1.60, 0.20, {1, 1, 1, 2, 1}},
    {"Earrings", "earrings", kAccessories, "Accessories", kAccessory, true, 8.99, 1.9, 50, 0.40, 0.15, {4, 0, 4, 1, 0}},
    {"Necklace", "necklace", kAccessories, "Accessories", kAccessory, false, 10.99, 1.9, 50, 0.40, 0.15, {3, 0, 2, 0, 0}},
    {"Sunglasses", "sunglasses", kAccessories, "Accessories", kAccessory, true, 11.99, 1.7, 24, 1.00, 0.20, {2, 1, 2, 1, 0}},
    {"Sports top", "sports top", kUpper, "Jersey Fancy", kTop, false, 19.99, 1.6, 3, 0.30, 0.30, {0, 0, 0, 0, 9}},
    {"Sports tights", "sports tights", kLower, "Trousers", kBottom, true, 27.99, 1.5, 3, 0.30, 0.35, {0, 0, 0, 0, 9}},
    {"Fleece jacket", "fleece jacket", kUpper, "Outdoor", kOuter, false, 39.99, 1.4, 44, 0.80, 0.20, {0, 1, 0, 3, 5}},
};

constexpr Colour kColours[] = {
    {"Black", Tone::kDark, 21}, {"Dark Blue", Tone::kDark, 11}, {"Dark Grey", Tone::kDark, 4},
    {"Dark Green", Tone::kDark, 2.5}, {"Dark Red", Tone::kDark, 2.5}, {"Brown", Tone::kDark, 2},
    {"White", Tone::kNeutral, 11}, {"Off White", Tone::kNeutral, 4}, {"Grey", Tone::kNeutral, 5},
    {"Beige", Tone::kNeutral, 4.5}, {"Light Beige", Tone::kNeutral, 3}, {"Khaki Green", Tone::kNeutral, 3},
    {"Blue", Tone::kBright, 4.5}, {"Red", Tone::kBright, 3.5}, {"Pink", Tone::kBright, 3},
    {"Green", Tone::kBright, 2}, {"Yellow", Tone::kBright, 2}, {"Orange", Tone::kBright, 1.5},
    {"Light Pink", Tone::kPastel, 4.5}, {"Light Blue", Tone::kPastel, 4.5},
    {"Light Turquoise", Tone::kPastel, 1}, {"Light Purple", Tone::kPastel, 1.2},
    {"Light Yellow", Tone::kPastel, 0.8}, {"Light Green", Tone::kPastel, 1},
};

constexpr Brand kBrands[] = {
    {"Oakfern", -0.9}, {"Mossgate", -0.7}, {"Tarnby Basics", -0.6}, {"Elmsquare", -0.4},
    {"Galtwick", -0.3}, {"Brynhollow", -0.1}, {"Juniper Vale", 0.0}, {"Norrvik", 0.1},
    {"Pellworth", 0.2}, {"Isbrook", 0.3}, {"Kestrel & Rye", 0.4}, {"Lindhaven", 0.5},
    {"Dovrefell", 0.6}, {"Harrowmint", 0.7}, {"Castelune", 0.9}, {"Aldermoor", 1.0},
};

constexpr std::string_view kTopCuts[] = {"Slim fit", "Relaxed fit", "Oversized", "Cropped", "Crew-neck", "V-neck", "Long-sleeved", "Boxy", "Fitted", "Puff-sleeved", "Button-up", "Printed", "Striped", "Ribbed"};
constexpr std::string_view kBottomCuts[] = {"Slim fit", "Straight", "Wide-leg", "High-waisted", "Tapered", "Regular fit", "Cropped", "Flared", "Cargo", "Pleated", "Ankle-length", "Drawstring"};
constexpr std::string_view kDressCuts[] = {"Wrap", "Midi", "Maxi", "Fitted", "Tiered", "Belted", "Off-the-shoulder", "Printed", "Pleated", "A-line", "Sleeveless"};
constexpr std::string_view kOuterCuts[] = {"Padded", "Lightweight", "Oversized", "Single-breasted", "Double-breasted", "Hooded", "Quilted", "Belted", "Water-repellent", "Fitted"};
constexpr std::string_view kIntimateCuts[] = {"Seamless", "Soft", "Two-pack", "Five-pack", "Padded", "Ribbed", "Printed", "Lace-trimmed", "Textured", "Classic"};
constexpr std::string_view kShoeCuts[] = {"Chunky", "Slip-on", "Lace-up", "Platform", "Ankle", "Pointed", "Strappy", "Classic", "High-profile"};
constexpr std::string_view kAccessoryCuts[] = {"Small", "Large", "Classic", "Chunky", "Minimal", "Patterned", "Braided", "Everyday", "Two-pack"};

constexpr std::string_view kTopMaterials[] = {"cotton", "organic cotton", "linen-blend", "jersey", "fine-knit", "satin", "modal", "wool-blend", "viscose"};
constexpr std::string_view kBottomMaterials[] = {"cotton", "twill", "denim", "linen-blend", "jersey", "wool-blend", "corduroy", "stretch"};
constexpr std::string_view kDressMaterials[] = {"cotton", "satin", "jersey", "viscose", "linen", "chiffon", "crinkled"};
constexpr std::string_view kOuterMaterials[] = {"nylon", "wool-blend", "denim", "recycled polyester", "imitation leather", "cotton", "fleece"};
constexpr std::string_view kIntimateMaterials[] = {"cotton", "microfibre", "modal", "lace", "bamboo", "organic cotton"};
constexpr std::string_view kShoeMaterials[] = {"leather", "suede", "canvas", "mesh", "imitation leather", "cotton canvas"};
constexpr std::string_view kAccessoryMaterials[] = {"metal", "leather", "wool", "cotton", "straw", "recycled"};

constexpr std::string_view kTopDetails[] = {"Dropped shoulders and a straight hem.", "Ribbing around the neckline, cuffs and hem.", "Short sleeves and a chest pocket.", "A round neckline and a gently rounded hem.", "Buttons down the front and a yoke at the back.", "Slits in the sides and a slightly longer back."};
constexpr std::string_view kBottomDetails[] = {"Zip fly with a concealed hook-and-eye fastener.", "Elasticated waist with a drawstring.", "Side pockets and welt back pockets.", "High waist and tapered legs with creases.", "Five pockets and a button fly.", "Covered elastication at the back of the waist."};
constexpr std::string_view kDressDetails[] = {"A V-neck, a seam at the waist and a flared skirt.", "Narrow shoulder straps and a concealed zip at the back.", "Long sleeves with buttoned cuffs and a tie belt.", "Gathers at the waist and a lined skirt.", "Pockets in the side seams. Partly lined."};
constexpr std::string_view kOuterDetails[] = {"A stand-up collar, zip down the front and side pockets.", "Notch lapels, two buttons and a vent at the back. Lined.", "Detachable hood, inner pocket and adjustable cuffs.", "Flap front pockets and a tie belt at the waist.", "Taped seams and a drawstring at the hem."};
constexpr std::string_view kIntimateDetails[] = {"Elasticated edges and a soft gusset.", "Adjustable straps and a hook-and-eye fastener.", "A comfortable waistband that does not cut in.", "Fully lined, with removable inserts.", "Reinforced at heels and toes."};
constexpr std::string_view kShoeDetails[] = {"Padded edge, lacing at the front and a loop at the back.", "Fabric linings and insoles, patterned soles.", "Elastic gores in the sides and a chunky heel.", "Adjustable straps with a metal buckle."};
constexpr std::string_view kAccessoryDetails[] = {"Adjustable, with a magnetic fastener.", "A zip at the top and an inner compartment.", "Length about 90 cm.", "Soft finish and a woven label.", "Sold in a small cotton pouch."};

constexpr std::string_view kCompetitors[] = {"Vestora Market", "Tidewear", "Halden & Co"};
// clang-format on

struct Words {
  std::span<const std::string_view> cuts, materials, details;
};

const Words& words(Shape shape) {
  static const std::array<Words, 7> table = {{
      {kTopCuts, kTopMaterials, kTopDetails},
      {kBottomCuts, kBottomMaterials, kBottomDetails},
      {kDressCuts, kDressMaterials, kDressDetails},
      {kOuterCuts, kOuterMaterials, kOuterDetails},
      {kIntimateCuts, kIntimateMaterials, kIntimateDetails},
      {kShoeCuts, kShoeMaterials, kShoeDetails},
      {kAccessoryCuts, kAccessoryMaterials, kAccessoryDetails},
  }};
  return table[static_cast<size_t>(shape)];
}

}  // namespace

std::span<const IndexGroup> index_groups() { return kGroups; }
std::span<const ProductType> product_types() { return kTypes; }
std::span<const Colour> colours() { return kColours; }
std::span<const Brand> brands() { return kBrands; }
std::span<const std::string_view> competitor_names() { return kCompetitors; }
std::span<const std::string_view> cuts(Shape shape) { return words(shape).cuts; }
std::span<const std::string_view> materials(Shape shape) { return words(shape).materials; }
std::span<const std::string_view> details(Shape shape) { return words(shape).details; }

std::span<const std::string_view> product_groups() {
  static const auto groups = [] {
    std::vector<std::string_view> names;
    for (const ProductType& type : kTypes) {
      if (std::ranges::find(names, type.group) == names.end()) names.push_back(type.group);
    }
    return names;
  }();
  return groups;
}

int product_group_of(int type) {
  const auto groups = product_groups();
  return static_cast<int>(std::ranges::find(groups, kTypes[static_cast<size_t>(type)].group) -
                          groups.begin());
}

}  // namespace coterie::synth
