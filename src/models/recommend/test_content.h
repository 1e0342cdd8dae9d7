#pragma once
// For tests: a small catalogue with every kind of column, some cells missing. Items of one group
// (code modulo 3) are alike.

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/test_results.h"
#include "math/random.h"
#include "math/random_distributions.h"
#include "models/recommend/item_content.h"

namespace coterie::recommend {

inline std::shared_ptr<const ContentBlocks> random_content(uint64_t seed, int32_t items) {
  constexpr int kDimensions = 3;
  ItemContent content;
  content.items = items;
  for (const ContentKind kind :
       {ContentKind::kName, ContentKind::kDescription, ContentKind::kCategory,
        ContentKind::kAttribute, ContentKind::kAttribute, ContentKind::kColour, ContentKind::kPrice,
        ContentKind::kAge, ContentKind::kEmbedding}) {
    ContentColumn column;
    column.kind = kind;
    column.name = content_kind_names()[static_cast<size_t>(kind)];
    if (kind == ContentKind::kEmbedding) column.dimensions = kDimensions;
    for (int32_t item = 0; item < items; ++item) {
      math::RandomStream random(seed, content.columns.size(), static_cast<uint64_t>(item));
      const bool missing = item % 31 == 30 || random.chance(0.1);
      const int group = random.chance(0.8) ? item % 3 : static_cast<int>(random.below(6));
      if (kind == ContentKind::kEmbedding) {
        for (int j = 0; j < kDimensions; ++j) {
          const double value = math::normal(random) + (group == j ? 2 : 0);
          column.embeddings.push_back(missing ? 0.0F : static_cast<float>(value));
        }
      } else if (kind == ContentKind::kPrice || kind == ContentKind::kAge) {
        const double value = std::exp(group + 0.3 * math::normal(random));
        column.numbers.push_back(missing ? std::numeric_limits<double>::quiet_NaN() : value);
      } else if (missing) {
        column.texts.emplace_back();
      } else {
        column.texts.push_back(
            fmt::format("level{} > group{} word{}", group % 2, group, random.below(40)));
      }
    }
    content.columns.push_back(std::move(column));
  }
  return take(encode_content(content));
}

}  // namespace coterie::recommend
