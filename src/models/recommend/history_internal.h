#pragma once
// What every recommender checks before it answers, and the order it falls back to.

#include <span>
#include <vector>

#include "base/result.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

// Fit: at least one entry, finite confidences > 0, offsets that fit. kInvalidInput otherwise.
Status check_interactions(const math::Csr& interactions);
// Recommend: users are rows of `history`, k >= 0, allowed_items empty or one byte an item.
Status check_request(std::span<const int32_t> users, const math::Csr& history, int32_t items,
                     const RecommendOptions& options);
// Similar items: kInvalidInput for an item that the model does not have, and for k < 0.
Status check_items(std::span<const int32_t> items, int32_t model_items, int k);
// kCorrupt unless `offsets` rise from 0 to `entries`.
Status check_offsets(std::span<const int64_t> offsets, int64_t entries);
// Sum of confidences of every item.
std::vector<float> item_popularity(const math::Csr& interactions);
// Lists by popularity for the users marked in `which` (empty = all), into `out`.
void popularity_lists(std::span<const float> popularity, std::span<const int32_t> users,
                      std::span<const uint8_t> which, const math::Csr& history,
                      const RecommendOptions& options, ThreadPool& pool, TopK& out);
// The same where any of `unknown` is marked.
void popularity_for_unknown(std::span<const float> popularity, std::span<const int32_t> users,
                            std::span<const uint8_t> unknown, const math::Csr& history,
                            const RecommendOptions& options, ThreadPool& pool, TopK& out);

}  // namespace coterie::recommend
