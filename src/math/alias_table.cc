#include "math/alias_table.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace coterie::math {
namespace {

uint32_t to_threshold(double probability) {
  constexpr double kScale = 0x1.0p32;
  return static_cast<uint32_t>(std::min(probability * kScale, kScale - 1));
}

}  // namespace

void build_alias(std::span<const double> weights, std::span<const int32_t> labels,
                 std::span<AliasEntry> out) {
  const size_t n = weights.size();
  CHECK(n > 0 && out.size() == n && (labels.empty() || labels.size() == n));
  double sum = 0;
  for (const double weight : weights) sum += weight;
  CHECK(sum > 0 && std::isfinite(sum));
  const auto label = [&](size_t i) { return labels.empty() ? static_cast<int32_t>(i) : labels[i]; };

  std::vector<double> scaled(n);
  std::vector<uint32_t> small, large;
  for (size_t i = 0; i < n; ++i) {
    CHECK(weights[i] >= 0);
    scaled[i] = weights[i] * static_cast<double>(n) / sum;
    (scaled[i] < 1 ? small : large).push_back(static_cast<uint32_t>(i));
  }
  while (!small.empty() && !large.empty()) {
    const uint32_t under = small.back();
    const uint32_t over = large.back();
    small.pop_back();
    out[under] = {to_threshold(scaled[under]), label(under), label(over)};
    scaled[over] = (scaled[over] + scaled[under]) - 1;
    if (scaled[over] < 1) {
      large.pop_back();
      small.push_back(over);
    }
  }
  for (const uint32_t i : large) out[i] = {UINT32_MAX, label(i), label(i)};
  // Rounding may run out of givers before takers: the heaviest category gives what is missing, so
  // that a weight of 0 is never drawn.
  const auto heaviest = static_cast<size_t>(std::ranges::max_element(weights) - weights.begin());
  for (const uint32_t i : small) out[i] = {to_threshold(scaled[i]), label(i), label(heaviest)};
}

AliasTable::AliasTable(std::span<const double> weights, std::span<const int32_t> labels)
    : entries_(weights.size()) {
  build_alias(weights, labels, entries_);
}

}  // namespace coterie::math
