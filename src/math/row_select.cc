#include "math/row_select.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "math/kernels.h"
#include "math/topk_internal.h"

namespace coterie::math {
namespace {

constexpr int64_t kStrip = 512;     // columns between two looks at the threshold
constexpr size_t kSurplus = 1'024;  // candidates beyond k before they are cut
constexpr size_t kFewToSelect = 64;
constexpr float kLeftOut = -std::numeric_limits<float>::infinity();

void leave_out(std::span<float> scores, std::span<const int32_t> excluded,
               std::span<const uint8_t> allowed) {
  for (const int32_t column : excluded) {
    if (column >= 0 && column < static_cast<int64_t>(scores.size())) scores[column] = kLeftOut;
  }
  for (size_t column = 0; column < allowed.size(); ++column) {
    if (allowed[column] == 0) scores[column] = kLeftOut;
  }
}

// Drops what cannot be among the best `count`, without the mispredicted branches of a selection.
void leave_reaching(std::vector<Candidate>& scored, int count) {
  thread_local std::vector<float> scores;
  scores.resize(scored.size());
  bool finite = true;
  for (size_t i = 0; i < scored.size(); ++i) {
    scores[i] = scored[i].score;
    finite = finite & std::isfinite(scores[i]);
  }
  if (!finite) return;
  const float bound = kernels().reached_by(scores.data(), static_cast<int>(scores.size()), count);
  size_t kept = 0;
  for (const Candidate candidate : scored) {
    scored[kept] = candidate;
    kept += candidate.score >= bound ? 1 : 0;
  }
  scored.resize(kept);
}

}  // namespace

void keep_best(std::vector<Candidate>& scored, size_t count) {
  if (scored.size() <= count) return;
  if (count > 0 && scored.size() > count + count / 8 && scored.size() >= kFewToSelect) {
    leave_reaching(scored, static_cast<int>(count));
  }
  if (scored.size() == count) return;
  std::nth_element(scored.begin(), scored.begin() + static_cast<int64_t>(count), scored.end(),
                   kBetter);
  scored.resize(count);
}

void RowSelector::select(std::span<float> scores, std::span<const int32_t> excluded,
                         std::span<const uint8_t> allowed, int64_t row, TopK& out) {
  out.counts[row] = 0;
  if (out.k == 0) return;
  leave_out(scores, excluded, allowed);
  const Kernels& kernel = kernels();
  const auto n = static_cast<int64_t>(scores.size());
  const auto k = static_cast<size_t>(out.k);
  float threshold = std::numeric_limits<float>::lowest();
  size_t count = 0;
  kept_.resize(std::min(static_cast<size_t>(n), k + kSurplus) + kStrip);
  for (int64_t first = 0; first < n; first += kStrip) {
    count += static_cast<size_t>(
        kernel.filter_row(scores.data() + first, static_cast<int>(std::min(kStrip, n - first)),
                          static_cast<int32_t>(first), threshold, kept_.data() + count));
    if (count <= k + kSurplus) continue;
    const auto begin = kept_.begin();
    std::nth_element(begin, begin + static_cast<int64_t>(k) - 1,
                     begin + static_cast<int64_t>(count), kBetter);
    count = k;
    threshold = kept_[k - 1].score;
  }
  kept_.resize(count);
  select(kept_, row, out);
}

void RowSelector::select(std::vector<Candidate>& scored, int64_t row, TopK& out) {
  keep_best(scored, static_cast<size_t>(out.k));
  write_list(scored, row, out);
}

}  // namespace coterie::math
