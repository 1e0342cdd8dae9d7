// Least and greatest reals and texts.

#include <limits>

#include "features/window/column_order_internal.h"
#include "features/window/folds_internal.h"

namespace coterie::features {
namespace {

template <class T>
struct NumberExtremes {
  T least = std::numeric_limits<T>::max();
  T greatest = std::numeric_limits<T>::lowest();
  int64_t n = 0;
};

template <class T>
void add_values(const NumberOrder<T>& order, const uint8_t* mask, int32_t begin, int32_t end,
                NumberExtremes<T>& state) {
  if (mask == nullptr) {
    for (int32_t i = begin; i < end; ++i) {
      const T value = order.values[i];
      state.least = value < state.least ? value : state.least;
      state.greatest = value > state.greatest ? value : state.greatest;
    }
    state.n += end - begin;
    return;
  }
  const NumberExtremes<T> none;
  for (int32_t i = begin; i < end; ++i) {
    const T low = mask[i] != 0 ? order.values[i] : none.least;
    const T high = mask[i] != 0 ? order.values[i] : none.greatest;
    state.least = low < state.least ? low : state.least;
    state.greatest = high > state.greatest ? high : state.greatest;
    state.n += mask[i];
  }
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

template <class T>
NumberExtremes<T> nothing_yet(const NumberOrder<T>& /*order*/) {
  return {};
}
TextExtremes nothing_yet(const TextOrder& /*order*/) { return {}; }

}  // namespace

void fold_extremes(const Fold& fold, const Tile& tile) {
  const uint8_t* mask = tile.mask(fold);
  with_order(tile.view->columns[fold.column], tile.pools[fold.column], [&](const auto& order) {
    using State = decltype(nothing_yet(order));
    fold_rows<State>(
        fold, tile,
        [&](State& state, int32_t begin, int32_t end) {
          add_values(order, mask, begin, end, state);
        },
        [&](const Output& output, int row, const State& state) {
          const bool least = output.function == Function::kMin;
          put(tile, output, row, least ? state.least : state.greatest, state.n == 0);
        });
  });
}

}  // namespace coterie::features
