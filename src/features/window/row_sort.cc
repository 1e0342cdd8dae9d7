// Rows by entity and time: rows are dealt into partitions that fit a core's cache, then each
// partition is sorted by itself. Every position follows from counts, so threads need no order.

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "features/window/event_table_internal.h"
#include "features/window/partition_sort_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kPartitionRows = 1 << 15;
constexpr int64_t kMostPartitions = 2048;
// Rows that are dealt together: what is read of them by partitions stays in a core's cache.
constexpr int32_t kPieceRows = 1 << 16;

// The partition of an entity is entity >> shift.
int shift_for(int64_t rows, int32_t entities) {
  const int64_t most = std::clamp<int64_t>(rows / kPartitionRows, 1, kMostPartitions);
  int shift = 0;
  while (((static_cast<int64_t>(entities) - 1) >> shift) + 1 > most) ++shift;
  return shift;
}

class Dealer {
 public:
  Dealer(UnsortedRows rows, int32_t entities, ThreadPool& pool)
      : rows_(std::move(rows)), index_(rows_.layout), pool_(pool), entities_(entities) {
    int64_t most = 0;
    for (size_t b = 0; b < rows_.blocks.size(); ++b) {
      first_piece_.push_back(pieces_.size());
      const int32_t block_rows = rows_.blocks[b].rows;
      most += block_rows;
      for (int32_t first = 0; first < block_rows; first += kPieceRows)
        pieces_.push_back({b, first, std::min(first + kPieceRows, block_rows)});
    }
    first_piece_.push_back(pieces_.size());
    shift_ = shift_for(most, entities);
    partitions_ = entities == 0 ? 1 : static_cast<size_t>(((entities - 1) >> shift_) + 1);
  }

  DealtRows deal() {
    count();
    DealtRows dealt{.layout = rows_.layout, .facts = rows_.facts};
    dealt.shift = shift_;
    place(dealt);
    dealt.entities = make_large_array<int32_t>(static_cast<size_t>(dealt.rows()));
    for (int lane = 0; lane < index_.count(); ++lane) {
      const bool kept = rows_.facts.lane_says_anything(index_, lane);
      dealt.lanes.push_back(kept ? index_.make(lane, dealt.rows()) : LaneArray{});
    }
    pool_.parallel_for(static_cast<int64_t>(rows_.blocks.size()), 1, [&](int64_t b, int64_t) {
      for (size_t piece = first_piece_[b]; piece < first_piece_[b + 1]; ++piece)
        deal_piece(piece, dealt);
      rows_.blocks[b] = {};
    });
    return dealt;
  }

 private:
  struct Piece {
    size_t block;
    int32_t first, end;
  };

  // Rows by piece and partition.
  void count() {
    starts_.resize(pieces_.size() * partitions_);
    pool_.parallel_for(static_cast<int64_t>(pieces_.size()), 1, [&](int64_t p, int64_t) {
      const Piece& piece = pieces_[p];
      const int32_t* entities = rows_.blocks[piece.block].entities.get();
      int64_t* counts = starts_.data() + static_cast<size_t>(p) * partitions_;
      for (int32_t i = piece.first; i < piece.end; ++i) {
        CHECK(entities[i] >= 0 && entities[i] < entities_);
        ++counts[entities[i] >> shift_];
      }
    });
  }

  // Turns the counts into places: partition by partition, within each piece by piece.
  void place(DealtRows& dealt) {
    int64_t total = 0;
    dealt.offsets.push_back(0);
    for (size_t p = 0; p < partitions_; ++p) {
      for (size_t piece = 0; piece < pieces_.size(); ++piece) {
        total += std::exchange(starts_[piece * partitions_ + p], total);
      }
      dealt.offsets.push_back(total);
    }
  }

  void deal_piece(size_t number, DealtRows& dealt) {
    const Piece& piece = pieces_[number];
    const RowBlock& block = rows_.blocks[piece.block];
    const int64_t* starts = starts_.data() + number * partitions_;
    // The piece's rows by partition: each run is then written in one go.
    std::vector<int32_t> ends(partitions_ + 1);
    for (int32_t i = piece.first; i < piece.end; ++i) ++ends[(block.entities[i] >> shift_) + 1];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    std::vector<int32_t> order(static_cast<size_t>(ends.back()));
    for (int32_t i = piece.first; i < piece.end; ++i)
      order[ends[block.entities[i] >> shift_]++] = i;
    const auto write_runs = [&](const auto& value_of, auto* to) {
      int32_t from = 0;
      for (size_t p = 0; p < partitions_; ++p) {
        auto* out = to + starts[p];
        for (int32_t i = from; i < ends[p]; ++i) *out++ = value_of(order[i]);
        from = ends[p];
      }
    };
    write_runs([&](int32_t i) { return block.entities[i]; }, dealt.entities.get());
    for (int lane = 0; lane < index_.count(); ++lane) {
      write_lane(block, lane, dealt.lanes[lane], write_runs);
    }
  }

  template <class WriteRuns>
  void write_lane(const RowBlock& block, int lane, LaneArray& to, const WriteRuns& write_runs) {
    if (!has_lane(to)) return;
    const LaneArray& own = block.lanes[lane];
    if (!has_lane(own) && lane != LaneIndex::kArrivals) {
      const uint8_t value = index_.is_mask(lane) ? 1 : 0;
      return write_runs([value](int32_t) { return value; }, lane_data<uint8_t>(to));
    }
    const LaneArray& from = has_lane(own) ? own : block.lanes[LaneIndex::kTimes];
    with_lane(to, [&](auto& out) {
      const auto* in = std::get<std::decay_t<decltype(out)>>(from).get();
      write_runs([in](int32_t i) { return in[i]; }, out.get());
    });
  }

  UnsortedRows rows_;
  LaneIndex index_;
  ThreadPool& pool_;
  int32_t entities_;
  int shift_ = 0;
  size_t partitions_ = 1;
  std::vector<Piece> pieces_;        // of blocks, in their order
  std::vector<size_t> first_piece_;  // by block
  std::vector<int64_t> starts_;
};

// By column the entities whose sums may pass 64 bits; empty where none can.
std::vector<std::vector<uint8_t>> wide_entities(const DealtRows& dealt,
                                                const std::vector<int64_t>& offsets) {
  std::vector<std::vector<uint8_t>> wide(dealt.layout.columns.size());
  int64_t longest = 0;
  for (size_t e = 0; e + 1 < offsets.size(); ++e) {
    longest = std::max(longest, offsets[e + 1] - offsets[e]);
  }
  const LaneIndex index(dealt.layout);
  for (size_t c = 0; c < wide.size(); ++c) {
    if (dealt.layout.columns[c] != Cell::kInteger || longest == 0) continue;
    constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (dealt.facts.magnitudes[c] <= kMost / static_cast<uint64_t>(longest)) continue;
    const int64_t* values = lane_data<int64_t>(dealt.lanes[index.column(static_cast<int>(c))]);
    wide[c].resize(offsets.size() - 1);
    for (size_t e = 0; e + 1 < offsets.size(); ++e) {
      wide[c][e] = sum_may_overflow(values + offsets[e], offsets[e + 1] - offsets[e]) ? 1 : 0;
    }
  }
  return wide;
}

}  // namespace

SortedRows sort_rows(UnsortedRows rows, int32_t entities, ThreadPool& pool) {
  DealtRows dealt = Dealer(std::move(rows), entities, pool).deal();
  SortedRows sorted;
  sorted.offsets.resize(static_cast<size_t>(entities) + 1, dealt.rows());
  sorted.next.resize(dealt.layout.distincts.size());
  for (auto& next : sorted.next) {
    next = make_large_array<int32_t>(static_cast<size_t>(dealt.rows()));
  }
  if (has_lane(dealt.lanes[LaneIndex::kArrivals])) {
    sorted.latest_arrival = make_large_array<Micros>(static_cast<size_t>(dealt.rows()));
  }
  std::vector<PartitionSorter> sorters;
  for (int t = 0; t < pool.threads(); ++t) sorters.emplace_back(dealt, sorted);
  pool.parallel_for_worker(
      static_cast<int64_t>(dealt.offsets.size()) - 1, 1,
      [&](int64_t partition, int64_t, int worker) { sorters[worker].sort(partition); });
  sorted.wide = wide_entities(dealt, sorted.offsets);
  sorted.layout = std::move(dealt.layout);
  sorted.lanes = std::move(dealt.lanes);
  return sorted;
}

}  // namespace coterie::features
