#pragma once
// The articles of the world with everything that is planted in them.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/threads.h"
#include "synth/columns.h"
#include "synth/retail_scale.h"
#include "synth/retail_tastes.h"

namespace coterie::synth {

// What reviews speak about. Fit .. style are traits of the article; delivery and price depend on
// the purchase.
enum class Aspect : uint8_t { kFit, kQuality, kColour, kComfort, kStyle, kPrice, kDelivery };
inline constexpr int kAspects = 7;
std::string_view aspect_name(Aspect aspect);
// How much each aspect counts in the overall experience; the weights add up to 1.
double aspect_weight(Aspect aspect);

struct Article {
  int32_t product = 0;  // articles of one product differ in colour only
  int32_t colour = 0;
  int32_t index_group = 0;
  int32_t type = 0;
  int32_t brand = 0;
  bool basic = false;                      // offered for years; others live for a season
  int32_t launch_day = 0;                  // first day on sale; may be before the world's first day
  int32_t end_day = 0;                     // first day no longer on sale; may be after its last
  int32_t base_price = 0;                  // minor units; the highest it ever costs
  double tier = 0;                         // -1 cheap .. 1 dear
  double quality = 0;                      // about N(0, 0.6)
  double elasticity = 0;                   // demand ~ (price / base price)^-elasticity
  double popularity = 0;                   // Zipf-like; mean 1 over articles
  Latent latent{};                         // unit length
  std::array<int, kMemberships> styles{};  // nearest first
  std::array<float, kMemberships> affinities{};  // 1 first
  std::array<float, kAspects> aspects{};         // mean experience of each
};

struct Catalogue {
  std::vector<Article> articles;
  TextTable ids;           // "0108775015" by article
  TextTable names;         // "Slim fit trousers"
  TextTable descriptions;  // detail_desc
};

Catalogue make_catalogue(const RetailScale& scale, const Tastes& tastes, ThreadPool& pool);

// "ladieswear.lower-body.trousers"; the leaf is what items.category_id holds.
std::string category_id(int index_group, int type);
std::string slug(std::string_view name);

}  // namespace coterie::synth
