#pragma once
// A sparse graph of items: row j holds the items nearest to j, ascending, with their similarities.

#include <functional>
#include <string>

#include "base/result.h"
#include "math/artefact.h"
#include "models/recommend/recommender.h"
#include "models/recommend/similarity_internal.h"

namespace coterie::recommend {

// The `neighbours` nearest of every row, with similarities > 0. Row by row: O(neighbours) memory a
// row and O(rows) a thread. Deterministic for any number of threads. Error: kCancelled.
Result<Postings> nearest_neighbours(const RowSimilarity& similarity, int neighbours,
                                    ThreadPool& pool);
// The same of what `nearest` leaves in its last argument for every row; entries that are not > 0
// are dropped. Called on several threads at once; `scores` has ids of the rows and is left clear.
using NearestOfRow =
    std::function<void(int32_t row, SparseScores& scores, std::vector<math::Candidate>& nearest)>;
Result<Postings> build_graph(int32_t rows, const NearestOfRow& nearest, ThreadPool& pool);
// The k nearest of each given row's neighbours. kInvalidInput for rows out of range or k < 0.
Result<TopK> neighbour_lists(const Postings& graph, std::span<const int32_t> items, int k,
                             ThreadPool& pool);

// As tensors "neighbour_offsets", "neighbours" and "similarities".
void add_graph(const Postings& graph, math::Artefact& artefact);
Result<Postings> read_graph(const math::Artefact& artefact, int64_t rows);

}  // namespace coterie::recommend
