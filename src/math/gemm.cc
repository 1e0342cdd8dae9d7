#include "math/gemm.h"

#include <algorithm>

#include "base/check.h"
#include "math/aligned.h"
#include "math/kernels.h"

namespace coterie::math {
namespace {

constexpr int64_t kRowGrain = 96;
constexpr int64_t kGramGrain = 2048;
constexpr int64_t kGramStep = 128;  // rows copied at once into padded scratch

// Upper triangle of AᵀA over rows [begin, end), padded to `stride`.
std::vector<float> gram_block(const float* a, int64_t begin, int64_t end, int d) {
  const Kernels& kernel = kernels();
  const int stride = padded(d);
  std::vector<float> gram(static_cast<size_t>(stride) * stride, 0.0F);
  AlignedVector<float> rows(static_cast<size_t>(kGramStep) * stride, 0.0F);
  for (int64_t first = begin; first < end; first += kGramStep) {
    const int64_t count = std::min(kGramStep, end - first);
    for (int64_t r = 0; r < count; ++r) {
      std::copy_n(a + (first + r) * d, d, rows.data() + r * stride);
    }
    kernel.add_gram(rows.data(), stride, static_cast<int>(count), stride, 1.0F, gram.data(),
                    stride);
  }
  return gram;
}

}  // namespace

void multiply_transposed(std::span<const float> a, int64_t m, std::span<const float> b, int64_t n,
                         int d, std::span<float> out, ThreadPool& pool) {
  CHECK(static_cast<int64_t>(a.size()) >= m * d && static_cast<int64_t>(b.size()) >= n * d);
  CHECK(static_cast<int64_t>(out.size()) >= m * n);
  const Kernels& kernel = kernels();
  const int64_t panels = (n + kPanelWidth - 1) / kPanelWidth;
  AlignedVector<float> packed(static_cast<size_t>(panels * kPanelWidth) * d);
  pool.parallel_for(panels, 8, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t first = p * kPanelWidth;
      kernel.pack_panel(b.data() + first * d, d,
                        static_cast<int>(std::min<int64_t>(kPanelWidth, n - first)), d,
                        packed.data() + first * d);
    }
  });
  pool.parallel_for(m, kRowGrain, [&](int64_t begin, int64_t end) {
    const int rows = static_cast<int>(end - begin);
    float edge[kRowGrain * kPanelWidth];
    for (int64_t p = 0; p < panels; ++p) {
      const int64_t first = p * kPanelWidth;
      const float* panel = packed.data() + first * d;
      if (first + kPanelWidth <= n) {
        kernel.multiply_panel(a.data() + begin * d, d, rows, d, panel,
                              out.data() + begin * n + first, n);
        continue;
      }
      kernel.multiply_panel(a.data() + begin * d, d, rows, d, panel, edge, kPanelWidth);
      for (int r = 0; r < rows; ++r) {
        std::copy_n(edge + int64_t{r} * kPanelWidth, n - first,
                    out.data() + (begin + r) * n + first);
      }
    }
  });
}

std::vector<float> gram_matrix(std::span<const float> a, int64_t n, int d, ThreadPool& pool) {
  CHECK(static_cast<int64_t>(a.size()) >= n * d);
  // A block count that does not grow with n bounds the memory of the partial sums.
  const int64_t grain = std::max(kGramGrain, (n / 64 + kGramStep - 1) / kGramStep * kGramStep);
  const int64_t blocks = (n + grain - 1) / grain;
  std::vector<std::vector<float>> parts(static_cast<size_t>(blocks));
  pool.parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    parts[begin / grain] = gram_block(a.data(), begin, end, d);
  });
  const int stride = padded(d);
  std::vector<float> gram(static_cast<size_t>(d) * d, 0.0F);
  for (int i = 0; i < d; ++i) {
    for (int j = i; j < d; ++j) {
      double sum = 0;
      for (const auto& part : parts) sum += part[i * stride + j];
      gram[i * d + j] = gram[j * d + i] = static_cast<float>(sum);
    }
  }
  return gram;
}

}  // namespace coterie::math
