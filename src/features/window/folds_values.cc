// What looks at the values themselves: distinct counts, entropy, percentiles.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/hash.h"
#include "features/window/folds_internal.h"

namespace coterie::features {
namespace {

constexpr int kRegisterBits = 12;
constexpr int kRegisters = 1 << kRegisterBits;
constexpr int kRanks = 64 - kRegisterBits + 2;

// Calls body(i) for the counted events of [begin, end).
template <class Body>
void for_counted(const uint8_t* mask, int32_t begin, int32_t end, const Body& body) {
  for (int32_t i = begin; i < end; ++i) {
    if (mask == nullptr || mask[i] != 0) body(i);
  }
}

// HyperLogLog registers that are emptied by what was touched, not all of them; how many hold each
// rank is counted along.
class Sketch {
 public:
  explicit Sketch(FoldMemory& memory) : registers_(memory.registers), touched_(memory.touched) {
    registers_.resize(kRegisters);
    tally_[0] = kRegisters;
  }
  Sketch(const Sketch&) = delete;
  Sketch& operator=(const Sketch&) = delete;
  ~Sketch() {
    for (const int32_t index : touched_) registers_[index] = 0;
    touched_.clear();
  }

  void add(uint64_t hash) {
    const uint64_t rest = hash << kRegisterBits;
    const auto rank = static_cast<uint8_t>(rest == 0 ? kRanks - 1 : std::countl_zero(rest) + 1);
    const auto index = static_cast<int32_t>(hash >> (64 - kRegisterBits));
    uint8_t& kept = registers_[index];
    if (kept >= rank) return;
    if (kept == 0) touched_.push_back(index);
    --tally_[kept];
    ++tally_[rank];
    kept = rank;
  }

  int64_t estimate() const {
    double harmonic = 0;
    for (int rank = kRanks - 1; rank >= 0; --rank) harmonic = harmonic / 2 + tally_[rank];
    constexpr double m = kRegisters;
    const double raw = 0.7213 / (1 + 1.079 / m) * m * m / harmonic;
    if (raw > 2.5 * m || tally_[0] == 0) return std::llround(raw);
    return std::llround(m * std::log(m / tally_[0]));
  }

 private:
  std::vector<uint8_t>& registers_;  // all 0 between sketches
  std::vector<int32_t>& touched_;
  std::array<int32_t, kRanks> tally_{};
};

uint64_t hash_at(const EventColumn& column, const TextPool* pool, int32_t i) {
  if (column.cell == Cell::kInteger) return mix64(static_cast<uint64_t>(column.integers[i]));
  return pool != nullptr ? pool->hash(column.codes[i])
                         : mix64(static_cast<uint64_t>(column.codes[i]));
}

// The value as the key of a table; reals by their bits (zero has one sign: see EventTableBuilder).
int64_t key_at(const EventColumn& column, int32_t i) {
  switch (column.cell) {
    case Cell::kInteger:
      return column.integers[i];
    case Cell::kReal:
      return std::bit_cast<int64_t>(column.reals[i]);
    case Cell::kCode:
      return column.codes[i];
  }
  return 0;
}

// Ascending counts: the sum's rounding does not depend on the order of the events.
double entropy_of(std::vector<int64_t>& counts, double n) {
  std::sort(counts.begin(), counts.end());
  double bits = 0;
  for (const int64_t count : counts) {
    const double share = static_cast<double>(count) / n;
    bits -= share * std::log2(share);
  }
  return bits;
}

}  // namespace

// The last occurrences among the visible events are those whose next one is not visible.
void fold_distinct(const Fold& fold, const Tile& tile) {
  const int32_t* next = tile.view->next[fold.distinct];
  const auto count = static_cast<int32_t>(tile.view->count);
  KeptBlocks* const kept = uses_kept(fold, tile) ? tile.view->kept : nullptr;
  for (int row = 0; row < tile.rows; ++row) {
    const int32_t horizon = tile.ends[row];
    int32_t end = horizon;
    int64_t n = 0;
    for (const FoldWindow& window : fold.windows) {
      const int32_t begin = tile.begin(row, window);
      n += kept == nullptr ? tile.kernels->count_reaching(next + begin, end - begin, horizon)
                           : kept->count_reaching(*tile.kernels, fold.distinct, next, count, begin,
                                                  end, horizon);
      end = begin;
      for (int i = window.first; i < window.last; ++i) put(tile, fold.outputs[i], row, n);
    }
  }
}

void fold_sketches(const Fold& fold, const Tile& tile) {
  const EventColumn& column = tile.view->columns[fold.column];
  const TextPool* pool = tile.pools[fold.column];
  const uint8_t* mask = tile.mask(fold);
  for (int row = 0; row < tile.rows; ++row) {
    Sketch sketch(*tile.memory);
    int32_t end = tile.ends[row];
    for (const FoldWindow& window : fold.windows) {
      const int32_t begin = tile.begin(row, window);
      for_counted(mask, begin, end, [&](int32_t i) { sketch.add(hash_at(column, pool, i)); });
      end = begin;
      const int64_t estimate = sketch.estimate();
      for (int i = window.first; i < window.last; ++i) put(tile, fold.outputs[i], row, estimate);
    }
  }
}

void fold_entropy(const Fold& fold, const Tile& tile) {
  const EventColumn& column = tile.view->columns[fold.column];
  const uint8_t* mask = tile.mask(fold);
  std::vector<int64_t>& counts = tile.memory->counts;
  std::vector<int64_t>& sorted = tile.memory->integers;
  for (int row = 0; row < tile.rows; ++row) {
    int32_t end = tile.ends[row];
    tile.memory->values.reset(end - tile.begin(row, fold.windows.back()));
    counts.clear();
    int64_t n = 0;
    for (const FoldWindow& window : fold.windows) {
      const int32_t begin = tile.begin(row, window);
      for_counted(mask, begin, end, [&](int32_t i) {
        int32_t& number = tile.memory->values.number_of(key_at(column, i));
        if (number < 0) {
          number = static_cast<int32_t>(counts.size());
          counts.push_back(0);
        }
        ++counts[number];
        ++n;
      });
      end = begin;
      sorted = counts;
      const double bits = entropy_of(sorted, static_cast<double>(n));
      for (int i = window.first; i < window.last; ++i) {
        put(tile, fold.outputs[i], row, bits, n == 0);
      }
    }
  }
}

void fold_ranks(const Fold& fold, const Tile& tile) {
  const EventColumn& column = tile.view->columns[fold.column];
  const uint8_t* mask = tile.mask(fold);
  std::vector<double>& values = tile.memory->reals;
  for (int row = 0; row < tile.rows; ++row) {
    int32_t end = tile.ends[row];
    values.clear();
    for (const FoldWindow& window : fold.windows) {
      const int32_t begin = tile.begin(row, window);
      for_counted(mask, begin, end, [&](int32_t i) {
        values.push_back(column.cell == Cell::kReal ? column.reals[i]
                                                    : static_cast<double>(column.integers[i]));
      });
      end = begin;
      for (int i = window.first; i < window.last; ++i) {
        const Output& output = fold.outputs[i];
        if (values.empty()) {
          put_null(tile, output, row, true);
          continue;
        }
        const double rank = output.quantile * static_cast<double>(values.size() - 1);
        const auto nth = values.begin() + static_cast<int64_t>(std::floor(rank));
        std::nth_element(values.begin(), nth, values.end());
        put(tile, output, row, *nth);
      }
    }
  }
}

}  // namespace coterie::features
