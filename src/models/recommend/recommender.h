#pragma once
// The one interface of recommenders. Users and items are dense int32 codes; what they mean is the
// caller's. Scores are float32, higher is better, comparable inside one user's list only.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/sparse.h"
#include "math/topk.h"
#include "models/recommend/ordered_history.h"

namespace coterie::recommend {

// n lists of at most k items, ordered by score descending, ties by item ascending.
using math::TopK;

struct RecommendOptions {
  int k = 10;
  bool filter_seen = true;                      // leave out what `history` holds
  std::span<const uint8_t> allowed_items = {};  // empty = all; else one byte an item
  // When what of `history` was met, for models of sequences: as many rows. Null: not known.
  const OrderedHistory* order = nullptr;
};

// After fit, all const members are thread-safe.
class Recommender {
 public:
  virtual ~Recommender() = default;
  virtual std::string name() const = 0;

  // `interactions`: users × items, value = confidence > 0. Deterministic for any number of threads.
  // Errors: kInvalidInput for an empty matrix, kResourceExhausted with an estimate, kCancelled.
  virtual Status fit(const math::Csr& interactions, ThreadPool& pool) = 0;

  // The same where it is known when what was met: `order` has the rows of `interactions`, and maybe
  // more. Models that do not read it fit without. Errors as above, kInvalidInput for a wrong order.
  virtual Status fit_in_order(const math::Csr& interactions, const OrderedHistory& /*order*/,
                              ThreadPool& pool) {
    return fit(interactions, pool);
  }

  // `history` is what filter_seen leaves out and what fold-in models read: users × items, normally
  // the training matrix. `users` are rows of it; ids out of range are kInvalidInput. A user unknown
  // to the model (row >= trained users) is folded in from its history where the model can, else
  // gets the popularity order.
  virtual Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                                 const RecommendOptions& options, ThreadPool& pool) const = 0;
  // Items nearest to each given item, itself left out.
  virtual Result<TopK> similar_items(std::span<const int32_t> items, int k,
                                     ThreadPool& pool) const = 0;

  // Artefacts: safetensors + model.json inside `folder` (created). load(save(m)) gives equal bytes
  // and equal answers.
  virtual Status save(const std::string& folder) const = 0;
};

}  // namespace coterie::recommend
