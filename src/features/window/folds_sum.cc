// Counts; sums, means and deviations of reals.

#include <cmath>

#include "features/window/folds_internal.h"

namespace coterie::features {
namespace {

RealSum real_sum(const double* values, const uint8_t* mask, int32_t begin, int32_t end) {
  RealSum state;
  if (mask == nullptr) {
    for (int32_t i = begin; i < end; ++i) state.sum += values[i];
    state.n = end - begin;
    return state;
  }
  for (int32_t i = begin; i < end; ++i) {
    state.sum += mask[i] != 0 ? values[i] : 0;
    state.n += mask[i];
  }
  return state;
}

template <class T>
Moments moments_of(const T* values, const uint8_t* mask, int32_t begin, int32_t end) {
  Moments moments;
  double sum = 0;
  for (int32_t i = begin; i < end; ++i) {
    if (mask != nullptr && mask[i] == 0) continue;
    sum += static_cast<double>(values[i]);
    ++moments.n;
  }
  if (moments.n == 0) return moments;
  moments.mean = sum / moments.n;
  for (int32_t i = begin; i < end; ++i) {
    if (mask != nullptr && mask[i] == 0) continue;
    const double off = static_cast<double>(values[i]) - moments.mean;
    moments.squares += off * off;
  }
  return moments;
}

template <class T>
void deviations(const T* values, const Fold& fold, const Tile& tile) {
  const uint8_t* mask = tile.mask(fold);
  fold_blocks<Moments>(
      fold, tile, [&](int32_t begin, int32_t end) { return moments_of(values, mask, begin, end); },
      [&](const Output& output, int row, const Moments& state) {
        const double value = std::sqrt(state.squares / (state.n - 1));
        put(tile, output, row, value, state.n < 2 || !std::isfinite(value));
      });
}

}  // namespace

void fold_counts(const Fold& fold, const Tile& tile) {
  const uint8_t* mask = tile.mask(fold);
  const auto emit = [&](const Output& output, int row, const Count& state) {
    put(tile, output, row, state.n);
  };
  if (mask == nullptr) {
    const auto all = [](Count& state, int32_t begin, int32_t end) { state.n += end - begin; };
    return fold_rows<Count>(fold, tile, all, emit);
  }
  fold_blocks<Count>(
      fold, tile,
      [&](int32_t begin, int32_t end) {
        return Count{tile.kernels->count_marked(mask + begin, end - begin)};
      },
      emit);
}

void fold_sums(const Fold& fold, const Tile& tile) {
  const double* values = tile.view->columns[fold.column].reals;
  const uint8_t* mask = tile.mask(fold);
  fold_blocks<RealSum>(
      fold, tile, [&](int32_t begin, int32_t end) { return real_sum(values, mask, begin, end); },
      [&](const Output& output, int row, const RealSum& state) {
        const bool mean = output.function == Function::kMean;
        const double value = mean ? state.sum / static_cast<double>(state.n) : state.sum;
        put(tile, output, row, value, state.n == 0 || !std::isfinite(value));
      });
}

void fold_deviations(const Fold& fold, const Tile& tile) {
  const EventColumn& column = tile.view->columns[fold.column];
  if (column.cell == Cell::kReal) {
    deviations(column.reals, fold, tile);
  } else {
    deviations(column.integers, fold, tile);
  }
}

}  // namespace coterie::features
