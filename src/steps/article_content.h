#pragma once
// What articles are like, from dataset B.

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/snapshot.h"
#include "models/recommend/item_content.h"

namespace coterie::steps {

inline constexpr const char* kArticleTable = "dataset_b_articles";

// A cell a code of the dictionary; articles that the dataset does not have are without content.
// `connection` has dataset B attached, and the role items where there is one. Errors kInvalidInput
// name the column of a wrong embedding.
Result<std::shared_ptr<const recommend::ContentBlocks>> read_article_content(
    data::Connection& connection, const data::Snapshot& snapshot, int32_t articles);

}  // namespace coterie::steps
