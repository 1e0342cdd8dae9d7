#pragma once
// How alike two rows of a sparse matrix are, for the neighbourhood models: items by who met them,
// users by what they met.
//
//   cosine   aᵀb / (‖a‖‖b‖ + shrinkage)
//   jaccard  |a ∩ b| / (|a ∪ b| + shrinkage); confidences do not count
//   tfidf    cosine of a(t) · ln((1 + N) / (1 + n_t)): a column that many rows have says little
//   bm25     cosine of idf_t · a(t) (k1 + 1) / (a(t) + k1 (1 - b + b |a| / mean |a|)), where
//            idf_t = ln(1 + (N - n_t + 0.5) / (n_t + 0.5)) (Robertson, Zaragoza 2009, "The
//            probabilistic relevance framework: BM25 and beyond")
//
// Entries weigh n_t^-damping as much (not jaccard's): a column that many rows have says little.
// Every similarity is multiplied by (‖b‖ / ‖a‖)^asymmetry (Aiolli 2013, "Efficient top-n
// recommendation for very large scale binary rated datasets"): the neighbours of rare rows say
// more, and common ones are recommended more.
//
// N rows, n_t of them with column t, |a| the sum of a row. Shrinkage keeps rows with few entries
// from looking alike by chance (Bell, Koren 2007); it is in units of ‖a‖‖b‖ and |a ∪ b|.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace coterie::recommend {

enum class Similarity { kCosine, kJaccard, kTfIdf, kBm25 };

struct SimilarityOptions {
  Similarity similarity = Similarity::kCosine;
  double shrinkage = 0;
  double damping = 0;
  double asymmetry = 0;
  double k1 = 1.2;  // bm25: how soon repeats stop to count
  double b = 0.75;  // bm25: how much long rows are held against them
  // Confidences count as (c / mean)^value_power: 0 = all alike.
  double value_power = 0;
};

// "cosine", "jaccard", "tfidf", "bm25", in the order of Similarity.
const std::vector<std::string>& similarity_names();
const std::string& similarity_name(Similarity similarity);
Result<Similarity> similarity_of_name(const std::string& name);  // kInvalidInput
// kInvalidInput names the first option out of its range.
Status check_options(const SimilarityOptions& options);

}  // namespace coterie::recommend
