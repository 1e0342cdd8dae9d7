#include "text/tf_idf.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text_map.h"
#include "text/tokenizer.h"

namespace coterie::text {
namespace {

// Documents × terms in order of first appearance, with counts.
struct Counted {
  std::vector<std::string> terms;
  std::vector<int64_t> documents;  // by term
  math::Csr counts;
};

Counted count_terms(std::span<const std::string> documents) {
  Counted counted;
  TextMap<int32_t> codes;
  std::vector<std::string> tokens;
  std::vector<int32_t> found;
  counted.counts.offsets = {0};
  for (const std::string& document : documents) {
    tokens.clear();
    found.clear();
    append_tokens(document, tokens);
    for (std::string& token : tokens) {
      const auto [place, added] =
          codes.try_emplace(std::move(token), static_cast<int32_t>(codes.size()));
      if (added) {
        counted.terms.push_back(place->first);
        counted.documents.push_back(0);
      }
      found.push_back(place->second);
    }
    std::sort(found.begin(), found.end());
    for (size_t i = 0; i < found.size(); ++i) {
      if (i > 0 && found[i] == found[i - 1]) {
        ++counted.counts.values.back();
        continue;
      }
      counted.counts.indices.push_back(found[i]);
      counted.counts.values.push_back(1);
      ++counted.documents[found[i]];
    }
    counted.counts.offsets.push_back(static_cast<int64_t>(counted.counts.indices.size()));
  }
  counted.counts.rows = static_cast<int32_t>(documents.size());
  counted.counts.cols = static_cast<int32_t>(counted.terms.size());
  return counted;
}

struct Kept {
  std::vector<int32_t> column;  // by term as counted; -1: left out
  std::vector<double> weight;
};

Kept keep_terms(const Counted& counted, const TfIdfOptions& options, TfIdf& result) {
  double with_terms = 0;
  for (int32_t row = 0; row < counted.counts.rows; ++row) {
    with_terms += counted.counts.row_indices(row).empty() ? 0 : 1;
  }
  std::vector<int32_t> order(counted.terms.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](int32_t a, int32_t b) { return counted.terms[a] < counted.terms[b]; });
  Kept kept{std::vector<int32_t>(order.size(), -1), std::vector<double>(order.size(), 0)};
  for (const int32_t term : order) {
    const auto documents = static_cast<double>(counted.documents[term]);
    if (documents < options.min_documents || documents >= with_terms) continue;
    kept.weight[term] = std::log((1 + with_terms) / (1 + documents));
    kept.column[term] = static_cast<int32_t>(result.terms.size());
    result.terms.push_back(counted.terms[term]);
  }
  return kept;
}

}  // namespace

TfIdf tf_idf(std::span<const std::string> documents, const TfIdfOptions& options) {
  const Counted counted = count_terms(documents);
  TfIdf result;
  const Kept kept = keep_terms(counted, options, result);
  math::Csr& out = result.weights;
  out.rows = counted.counts.rows;
  out.cols = static_cast<int32_t>(result.terms.size());
  out.offsets = {0};
  std::vector<std::pair<int32_t, double>> row;
  for (int32_t document = 0; document < out.rows; ++document) {
    const auto terms = counted.counts.row_indices(document);
    const auto counts = counted.counts.row_values(document);
    row.clear();
    double squares = 0;
    for (size_t i = 0; i < terms.size(); ++i) {
      if (kept.column[terms[i]] < 0) continue;
      const double weight = (1 + std::log(counts[i])) * kept.weight[terms[i]];
      row.emplace_back(kept.column[terms[i]], weight);
      squares += weight * weight;
    }
    std::sort(row.begin(), row.end());
    for (const auto& [column, weight] : row) {
      out.indices.push_back(column);
      out.values.push_back(static_cast<float>(weight / std::sqrt(squares)));
    }
    out.offsets.push_back(static_cast<int64_t>(out.indices.size()));
  }
  return result;
}

}  // namespace coterie::text
