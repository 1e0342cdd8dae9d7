#include <algorithm>
#include <array>
#include <memory>
#include <numeric>

#include <fmt/format.h>

#include "base/cancel.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/neighbour_graph_internal.h"

namespace coterie::recommend {
namespace {

constexpr int64_t kRowsAtOnce = 64;

// The rows of one chunk, side by side.
struct Part {
  std::vector<int32_t> counts;
  std::vector<Posting> entries;
};

struct Scratch {
  explicit Scratch(int32_t rows) : scores(rows) {}
  SparseScores scores;
  std::vector<math::Candidate> nearest;
  std::vector<Posting> sorted;
};

// Ascending, a byte of the ids at a time: there are a few hundred of them, and a comparison of two
// is a coin toss.
void sort_by_id(std::span<Posting> entries, int32_t ids, std::vector<Posting>& scratch) {
  scratch.resize(entries.size());
  for (int shift = 0; shift < 32 && (ids - 1) >> shift > 0; shift += 8) {
    std::array<uint32_t, 257> starts{};
    for (const Posting& entry : entries) ++starts[((entry.id >> shift) & 0xFF) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    for (const Posting& entry : entries) scratch[starts[(entry.id >> shift) & 0xFF]++] = entry;
    std::copy(scratch.begin(), scratch.end(), entries.begin());
  }
}

void append_row(const NearestOfRow& nearest, int32_t row, int32_t rows, Scratch& scratch,
                Part& part) {
  nearest(row, scratch.scores, scratch.nearest);
  const size_t first = part.entries.size();
  for (const math::Candidate& near : scratch.nearest) {
    if (near.score > 0) part.entries.push_back({near.column, near.score});
  }
  sort_by_id(std::span(part.entries).subspan(first), rows, scratch.sorted);
  part.counts.push_back(static_cast<int32_t>(part.entries.size() - first));
}

}  // namespace

Result<Postings> nearest_neighbours(const RowSimilarity& similarity, int neighbours,
                                    ThreadPool& pool) {
  return build_graph(
      similarity.rows(),
      [&](int32_t row, SparseScores& scores, std::vector<math::Candidate>& nearest) {
        similarity.nearest(similarity.row(row), neighbours, scores, nearest);
      },
      pool);
}

Result<Postings> build_graph(int32_t rows, const NearestOfRow& nearest, ThreadPool& pool) {
  std::vector<Part> parts(static_cast<size_t>((int64_t{rows} + kRowsAtOnce - 1) / kRowsAtOnce));
  std::vector<std::unique_ptr<Scratch>> scratch(static_cast<size_t>(pool.threads()));
  pool.parallel_for_worker(rows, kRowsAtOnce, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    auto& mine = scratch[worker];
    if (!mine) mine = std::make_unique<Scratch>(rows);
    for (int64_t row = begin; row < end; ++row) {
      append_row(nearest, static_cast<int32_t>(row), rows, *mine, parts[begin / kRowsAtOnce]);
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  Postings graph;
  graph.offsets.push_back(0);
  for (Part& part : parts) {
    for (const int32_t count : part.counts) graph.offsets.push_back(graph.offsets.back() + count);
  }
  graph.entries.reserve(static_cast<size_t>(graph.offsets.back()));
  for (Part& part : parts) {
    graph.entries.insert(graph.entries.end(), part.entries.begin(), part.entries.end());
    part = Part();
  }
  return graph;
}

Result<TopK> neighbour_lists(const Postings& graph, std::span<const int32_t> items, int k,
                             ThreadPool& pool) {
  const auto rows = static_cast<int32_t>(graph.offsets.size()) - 1;
  RETURN_IF_ERROR(check_items(items, rows, k));
  TopK out(static_cast<int64_t>(items.size()), k);
  pool.parallel_for(static_cast<int64_t>(items.size()), 256, [&](int64_t begin, int64_t end) {
    math::RowSelector selector;
    std::vector<math::Candidate> found;
    for (int64_t i = begin; i < end; ++i) {
      found.clear();
      for (const Posting& near : graph.row(items[i])) found.push_back({near.weight, near.id});
      selector.select(found, i, out);
    }
  });
  return out;
}

void add_graph(const Postings& graph, math::Artefact& artefact) {
  std::vector<int32_t> ids;
  std::vector<float> weights;
  for (const Posting& entry : graph.entries) {
    ids.push_back(entry.id);
    weights.push_back(entry.weight);
  }
  const auto entries = static_cast<int64_t>(ids.size());
  artefact.tensors.add("neighbour_offsets", {static_cast<int64_t>(graph.offsets.size())},
                       std::span<const int64_t>(graph.offsets));
  artefact.tensors.add("neighbours", {entries}, std::span<const int32_t>(ids));
  artefact.tensors.add("similarities", {entries}, std::span<const float>(weights));
}

Result<Postings> read_graph(const math::Artefact& artefact, int64_t rows) {
  ASSIGN_OR_RETURN(const auto ids, artefact.tensors.ints("neighbours", {-1}));
  ASSIGN_OR_RETURN(const auto weights,
                   artefact.floats("similarities", {static_cast<int64_t>(ids.size())}));
  Postings graph;
  ASSIGN_OR_RETURN(graph.offsets, artefact.tensors.longs("neighbour_offsets", {rows + 1}));
  RETURN_IF_ERROR(check_offsets(graph.offsets, static_cast<int64_t>(ids.size())));
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= rows) {
      return corrupt(fmt::format("neighbour {} is outside of the model's {} items", ids[i], rows));
    }
    graph.entries.push_back({ids[i], weights[i]});
  }
  return graph;
}

}  // namespace coterie::recommend
