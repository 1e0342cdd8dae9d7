// Counts, sums, means and extremes of integers, all in one pass.

#include "features/window/folds_internal.h"

namespace coterie::features {
namespace {

void put_number(const Tile& tile, const Output& output, int row, const Numbers& numbers) {
  switch (output.function) {
    case Function::kCount:
      return put(tile, output, row, numbers.n);
    case Function::kMean:
      return put(
          tile, output, row,
          static_cast<double>(static_cast<int64_t>(numbers.sum)) / static_cast<double>(numbers.n),
          numbers.n == 0);
    case Function::kMin:
      return put(tile, output, row, numbers.least, numbers.n == 0);
    case Function::kMax:
      return put(tile, output, row, numbers.greatest, numbers.n == 0);
    default:
      return put(tile, output, row, static_cast<int64_t>(numbers.sum), numbers.n == 0);
  }
}

template <bool kMasked>
void short_row(const Fold& fold, const Tile& tile, const int64_t* values, const uint8_t* mask,
               int row) {
  Numbers* after = tile.memory->numbers.data();  // of the newest 0, 1, 2, ... events
  Numbers now;
  after[0] = now;
  const int32_t end = tile.ends[row];
  const int32_t length = end - tile.begin(row, fold.windows.back());
  for (int32_t i = 0; i < length; ++i) {
    const int64_t value = values[end - 1 - i];
    if (!kMasked || mask[end - 1 - i] != 0)
      now.add({static_cast<uint64_t>(value), 1, value, value});
    after[i + 1] = now;
  }
  for (const FoldWindow& window : fold.windows) {
    const Numbers& numbers = after[end - tile.begin(row, window)];
    for (int i = window.first; i < window.last; ++i) {
      put_number(tile, fold.outputs[i], row, numbers);
    }
  }
}

void long_row(const Fold& fold, const Tile& tile, const int64_t* values, const uint8_t* mask,
              int row) {
  Numbers numbers;
  int32_t end = tile.ends[row];
  for (const FoldWindow& window : fold.windows) {
    const int32_t begin = tile.begin(row, window);
    tile.kernels->add_numbers(values + begin, mask == nullptr ? nullptr : mask + begin, end - begin,
                              numbers);
    end = begin;
    for (int i = window.first; i < window.last; ++i) {
      put_number(tile, fold.outputs[i], row, numbers);
    }
  }
}

// Sums that may pass 64 bits.
struct WideNumbers {
  Numbers numbers;
  Wide sum = 0;
};

void wide_rows(const Fold& fold, const Tile& tile, const int64_t* values, const uint8_t* mask) {
  fold_rows<WideNumbers>(
      fold, tile,
      [&](WideNumbers& state, int32_t begin, int32_t end) {
        for (int32_t i = begin; i < end; ++i) {
          if (mask != nullptr && mask[i] == 0) continue;
          state.numbers.add({0, 1, values[i], values[i]});
          state.sum += values[i];
        }
      },
      [&](const Output& output, int row, const WideNumbers& state) {
        const int64_t n = state.numbers.n;
        if (output.function == Function::kMean) {
          put(tile, output, row, static_cast<double>(state.sum) / static_cast<double>(n), n == 0);
        } else if (output.function == Function::kSum) {
          const auto sum = static_cast<int64_t>(state.sum);
          put(tile, output, row, sum, n == 0 || sum != state.sum);
        } else {
          put_number(tile, output, row, state.numbers);
        }
      });
}

}  // namespace

void fold_numbers(const Fold& fold, const Tile& tile) {
  const EventColumn& column = tile.view->columns[fold.column];
  const uint8_t* mask = tile.mask(fold);
  if (column.wide) return wide_rows(fold, tile, column.integers, mask);
  if (tile.many_rows || uses_kept(fold, tile)) {
    const auto make = [&](int32_t begin, int32_t end) {
      Numbers numbers;
      tile.kernels->add_numbers(column.integers + begin, mask == nullptr ? nullptr : mask + begin,
                                end - begin, numbers);
      return numbers;
    };
    return fold_blocks<Numbers>(fold, tile, make,
                                [&](const Output& output, int row, const Numbers& numbers) {
                                  put_number(tile, output, row, numbers);
                                });
  }
  for (int row = 0; row < tile.rows; ++row) {
    const int32_t length = tile.ends[row] - tile.begin(row, fold.windows.back());
    if (length > kShortEvents) {
      long_row(fold, tile, column.integers, mask, row);
    } else if (mask == nullptr) {
      short_row<false>(fold, tile, column.integers, mask, row);
    } else {
      short_row<true>(fold, tile, column.integers, mask, row);
    }
  }
}

}  // namespace coterie::features
