#include "math/packed_rows.h"

#include <algorithm>

#include "math/kernels.h"

namespace coterie::math {

PackedRows::PackedRows(std::span<const float> rows, int64_t n, int d) : n_(n), d_(d) {
  const int64_t panels = (n + kPanelWidth - 1) / kPanelWidth;
  panels_.resize(static_cast<size_t>(panels * kPanelWidth * d));
  for (int64_t first = 0; first < n; first += kPanelWidth) {
    kernels().pack_panel(rows.data() + first * d, d,
                         static_cast<int>(std::min<int64_t>(kPanelWidth, n - first)), d,
                         panels_.data() + first * d);
  }
}

void PackedRows::multiply(const float* a, int64_t m, float* out) const {
  constexpr int64_t kRowsAtOnce = 48;
  const Kernels& kernel = kernels();
  float edge[kRowsAtOnce * kPanelWidth];
  for (int64_t row = 0; row < m; row += kRowsAtOnce) {
    const int rows = static_cast<int>(std::min(kRowsAtOnce, m - row));
    for (int64_t first = 0; first < n_; first += kPanelWidth) {
      const float* panel = panels_.data() + first * d_;
      float* to = out + row * n_ + first;
      if (first + kPanelWidth <= n_) {
        kernel.multiply_panel(a + row * d_, d_, rows, d_, panel, to, n_);
        continue;
      }
      kernel.multiply_panel(a + row * d_, d_, rows, d_, panel, edge, kPanelWidth);
      for (int64_t r = 0; r < rows; ++r) {
        std::copy_n(edge + r * kPanelWidth, n_ - first, to + r * n_);
      }
    }
  }
}

}  // namespace coterie::math
