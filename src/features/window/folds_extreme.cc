// Least and greatest reals and texts.

#include "features/window/column_order_internal.h"
#include "features/window/folds_internal.h"

namespace coterie::features {
namespace {

RealExtremes real_extremes(const double* values, const uint8_t* mask, int32_t begin, int32_t end) {
  RealExtremes state;
  for (int32_t i = begin; i < end; ++i) {
    const bool counts = mask == nullptr || mask[i] != 0;
    const double value = values[i];
    state.least = counts && value < state.least ? value : state.least;
    state.greatest = counts && value > state.greatest ? value : state.greatest;
    state.n += counts ? 1 : 0;
  }
  return state;
}

struct TextExtremes {
  int32_t least = 0;
  int32_t greatest = 0;
  int64_t n = 0;
};

void add_values(const TextOrder& order, const uint8_t* mask, int32_t begin, int32_t end,
                TextExtremes& state) {
  for (int32_t i = begin; i < end; ++i) {
    if (mask != nullptr && mask[i] == 0) continue;
    const int32_t value = order.at(i);
    if (state.n == 0 || order.less(value, state.least)) state.least = value;
    if (state.n == 0 || order.less(state.greatest, value)) state.greatest = value;
    ++state.n;
  }
}

}  // namespace

void fold_extremes(const Fold& fold, const Tile& tile) {
  const EventColumn& column = tile.view->columns[fold.column];
  const uint8_t* mask = tile.mask(fold);
  const auto emit = [&](const Output& output, int row, const auto& state) {
    const bool least = output.function == Function::kMin;
    put(tile, output, row, least ? state.least : state.greatest, state.n == 0);
  };
  if (column.cell == Cell::kReal) {
    return fold_blocks<RealExtremes>(
        fold, tile,
        [&](int32_t begin, int32_t end) { return real_extremes(column.reals, mask, begin, end); },
        emit);
  }
  const TextOrder order{column.codes, tile.pools[fold.column]};
  fold_rows<TextExtremes>(
      fold, tile,
      [&](TextExtremes& state, int32_t begin, int32_t end) {
        add_values(order, mask, begin, end, state);
      },
      emit);
}

}  // namespace coterie::features
