#include "math/spd_inverse.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/cancel.h"
#include "base/check.h"
#include "base/large_array.h"
#include "math/kernels.h"

namespace coterie::math {
namespace {

constexpr int kBlock = 192;  // a panel of the block and a row tile fit the first-level cache
// Row groups whose factors stay in the second-level cache while panels pass by.
constexpr int64_t kGroupsAtOnce = 8;
constexpr int64_t kTransposeTile = 64;

static_assert(kBlock % kPanelWidth == 0 && kBlock % kTileMultiple == 0);

// Inverse of a d × d block in double: Cholesky, then the columns of the identity.
bool invert_block(std::vector<double>& a, int d) {
  std::vector<double> lower(a);
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = lower[i * d + j];
      for (int k = 0; k < j; ++k) sum -= lower[i * d + k] * lower[j * d + k];
      if (i != j) {
        lower[i * d + j] = sum / lower[j * d + j];
      } else if (sum > 0 && std::isfinite(sum)) {
        lower[i * d + i] = std::sqrt(sum);
      } else {
        return false;
      }
    }
  }
  // Row i of `inverse` is row i of L⁻¹; then A⁻¹ = L⁻ᵀ L⁻¹.
  std::vector<double> inverse(static_cast<size_t>(d) * d, 0.0);
  for (int i = 0; i < d; ++i) {
    inverse[i * d + i] = 1;
    for (int k = 0; k < i; ++k) {
      const double factor = lower[i * d + k];
      for (int j = 0; j <= k; ++j) inverse[i * d + j] -= factor * inverse[k * d + j];
    }
    for (int j = 0; j <= i; ++j) inverse[i * d + j] /= lower[i * d + i];
  }
  std::fill(a.begin(), a.end(), 0.0);
  for (int k = 0; k < d; ++k) {
    for (int i = 0; i <= k; ++i) {
      const double factor = inverse[k * d + i];
      for (int j = 0; j <= k; ++j) a[i * d + j] += factor * inverse[k * d + j];
    }
  }
  return true;
}

class Inversion {
 public:
  Inversion(const SymmetricMatrix& matrix, ThreadPool& pool)
      : a_(matrix.data),
        stride_(matrix.stride),
        pool_(pool),
        panels_(make_large_array<float>(static_cast<size_t>(stride_ * kBlock))),
        groups_(make_large_array<float>(static_cast<size_t>(stride_ * kBlock))),
        solved_(make_large_array<float>(static_cast<size_t>(stride_ * kBlock))),
        pivot_(static_cast<size_t>(kBlock) * kBlock) {}

  bool sweep(int64_t first) {
    first_ = first;
    for (int64_t r = 0; r < kBlock; ++r) {
      for (int64_t c = r; c < kBlock; ++c) {
        pivot_[r * kBlock + c] = pivot_[c * kBlock + r] = at(first + r)[first + c];
      }
    }
    if (!invert_block(pivot_, kBlock)) return false;
    inverse_.assign(pivot_.begin(), pivot_.end());
    gather();
    solve();
    update();
    write_back();
    return true;
  }

  // Both triangles, of the opposite sign.
  void finish() {
    const int64_t tiles = stride_ / kTransposeTile;
    pool_.parallel_for(tiles, 1, [&](int64_t begin, int64_t end) {
      for (int64_t tile = begin; tile < end; ++tile) {
        for (int64_t other = tile; other < tiles; ++other) mirror_tile(tile, other);
      }
    });
  }

 private:
  float* at(int64_t row) const { return a_ + row * stride_; }

  // The block's rows of the whole symmetric matrix, as panels and as row groups.
  void gather() {
    pool_.parallel_for(stride_ / kPanelWidth, 16, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        const int64_t column = p * kPanelWidth;
        float* panel = panels_.get() + column * kBlock;
        if (column < first_) {
          kernels().pack_panel(at(column) + first_, stride_, kPanelWidth, kBlock, panel);
          continue;
        }
        for (int64_t r = 0; r < kBlock; ++r) {
          std::copy_n(at(first_ + r) + column, kPanelWidth, panel + r * kPanelWidth);
        }
      }
    });
    pool_.parallel_for(stride_ / kTileMultiple, 16, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin * kTileMultiple; i < end * kTileMultiple; i += kTileMultiple / 3) {
        float* group =
            groups_.get() + i / kTileMultiple * kTileMultiple * kBlock + i % kTileMultiple;
        const float* panel = panels_.get() + i / kPanelWidth * kPanelWidth * kBlock;
        for (int64_t r = 0; r < kBlock; ++r) {
          std::copy_n(panel + r * kPanelWidth + i % kPanelWidth, kTileMultiple / 3,
                      group + r * kTileMultiple);
        }
      }
    });
  }

  void solve() {
    pool_.parallel_for(stride_ / kPanelWidth, 4, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        const int64_t at = p * kPanelWidth * kBlock;
        kernels().multiply_panel(inverse_.data(), kBlock, kBlock, kBlock, panels_.get() + at,
                                 solved_.get() + at, kPanelWidth);
      }
    });
  }

  bool swept_now(int64_t index) const { return index >= first_ && index < first_ + kBlock; }

  // The upper triangle of what is neither a row nor a column of the block.
  void update() {
    const int64_t groups = stride_ / kTileMultiple;
    pool_.parallel_for(groups, kGroupsAtOnce, [&](int64_t begin, int64_t end) {
      const int64_t top = begin * kTileMultiple;
      for (int64_t column = top / kPanelWidth * kPanelWidth; column < stride_;
           column += kPanelWidth) {
        if (swept_now(column)) continue;
        for (int64_t group = begin; group < end; ++group) {
          const int64_t row = group * kTileMultiple;
          if (row >= column + kPanelWidth || swept_now(row)) continue;
          kernels().subtract_product({.a = groups_.get() + row * kBlock,
                                      .a_step = kTileMultiple,
                                      .rows = kTileMultiple,
                                      .panel = solved_.get() + column * kBlock,
                                      .depth = kBlock,
                                      .c = at(row) + column,
                                      .c_stride = stride_});
        }
      }
    });
  }

  void write_back() {
    pool_.parallel_for(stride_ / kPanelWidth, 16, [&](int64_t begin, int64_t end) {
      for (int64_t column = begin * kPanelWidth; column < end * kPanelWidth;
           column += kPanelWidth) {
        const float* panel = solved_.get() + column * kBlock;
        if (swept_now(column)) continue;
        for (int64_t r = 0; r < kBlock; ++r) {
          const float* row = panel + r * kPanelWidth;
          if (column > first_) {
            std::copy_n(row, kPanelWidth, at(first_ + r) + column);
          } else {
            for (int c = 0; c < kPanelWidth; ++c) at(column + c)[first_ + r] = row[c];
          }
        }
      }
    });
    for (int64_t r = 0; r < kBlock; ++r) {
      for (int64_t c = r; c < kBlock; ++c) {
        at(first_ + r)[first_ + c] = static_cast<float>(-pivot_[r * kBlock + c]);
      }
    }
  }

  void mirror_tile(int64_t tile, int64_t other) const {
    for (int64_t i = tile * kTransposeTile; i < (tile + 1) * kTransposeTile; ++i) {
      const int64_t begin = std::max(i, other * kTransposeTile);
      for (int64_t j = begin; j < (other + 1) * kTransposeTile; ++j) {
        at(j)[i] = at(i)[j] = -at(i)[j];
      }
    }
  }

  float* a_;
  int64_t stride_;
  ThreadPool& pool_;
  int64_t first_ = 0;
  LargeArray<float> panels_;  // stride / kPanelWidth panels of kBlock × kPanelWidth
  LargeArray<float> groups_;  // the same by groups of kTileMultiple
  LargeArray<float> solved_;  // D⁻¹ times the panels
  std::vector<double> pivot_;
  std::vector<float> inverse_;
};

}  // namespace

int64_t symmetric_stride(int64_t n) { return (n + kBlock - 1) / kBlock * kBlock; }

int64_t inversion_scratch_bytes(int64_t n) {
  return 3 * symmetric_stride(n) * kBlock * static_cast<int64_t>(sizeof(float));
}

Status invert_spd(const SymmetricMatrix& matrix, ThreadPool& pool,
                  const std::function<void()>& on_block) {
  CHECK(matrix.stride == symmetric_stride(matrix.n));
  // The padding is the identity.
  for (int64_t i = 0; i < matrix.stride; ++i) {
    float* row = matrix.data + i * matrix.stride;
    std::fill(row + std::max(i, matrix.n), row + matrix.stride, 0.0F);
    if (i >= matrix.n) row[i] = 1;
  }
  Inversion inversion(matrix, pool);
  for (int64_t first = 0; first < matrix.stride; first += kBlock) {
    RETURN_IF_ERROR(check_cancelled());
    if (!inversion.sweep(first)) {
      return invalid_input("the matrix is not positive definite to working precision");
    }
    if (on_block) on_block();
  }
  inversion.finish();
  return {};
}

}  // namespace coterie::math
