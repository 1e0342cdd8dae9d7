#pragma once
// Texts as weighted terms, so that cosines tell how alike they are.
//
//   weight(t, d) = (1 + ln count(t, d)) · ln((1 + N) / (1 + n_t)),  then ‖row‖ = 1
//
// with N documents that hold any term and n_t of them with term t (Salton, Buckley 1988,
// "Term-weighting approaches in automatic text retrieval"; the quotient is smoothed). A term that
// all texts have weighs nothing and is left out.

#include <span>
#include <string>
#include <vector>

#include "math/sparse.h"

namespace coterie::text {

struct TfIdfOptions {
  int min_documents = 2;  // a term that fewer have can relate no two of them
};

struct TfIdf {
  std::vector<std::string> terms;  // ascending by bytes: the columns
  math::Csr weights;               // documents × terms, values > 0; rows of norm 1, or empty
};

// Tokens as in text/tokenizer.h. One thread; O(bytes + tokens log terms).
TfIdf tf_idf(std::span<const std::string> documents, const TfIdfOptions& options);

}  // namespace coterie::text
