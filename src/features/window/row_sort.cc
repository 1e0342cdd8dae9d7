// Rows by entity and time. Band by band they are dealt into partitions that fit a core's cache,
// then each partition is sorted by itself. Every position follows from counts, so threads need no
// order.

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "features/window/event_table_internal.h"
#include "features/window/partition_sort_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kPartitionRows = 1 << 15;
constexpr int64_t kMostPartitions = 256;  // of a band
// Rows that are dealt together: what is read of them by partitions stays in a core's cache.
constexpr int32_t kPieceRows = 1 << 16;

int64_t rows_of(const std::vector<RowBlock>& blocks) {
  int64_t rows = 0;
  for (const RowBlock& block : blocks) rows += block.rows;
  return rows;
}

// Deals the rows of one band into their places of the table.
class BandDealer {
 public:
  BandDealer(std::vector<RowBlock> blocks, DealtBand& band, SortedRows& sorted,
             std::span<int32_t> entities, ThreadPool& pool)
      : blocks_(std::move(blocks)),
        band_(band),
        sorted_(sorted),
        entities_(entities),
        index_(sorted.layout),
        pool_(pool) {
    for (size_t b = 0; b < blocks_.size(); ++b) {
      first_piece_.push_back(pieces_.size());
      for (int32_t first = 0; first < blocks_[b].rows; first += kPieceRows)
        pieces_.push_back({b, first, std::min(first + kPieceRows, blocks_[b].rows)});
    }
    first_piece_.push_back(pieces_.size());
    const int32_t count = band.end_entity - band.first_entity;
    const int64_t most =
        std::clamp<int64_t>(std::ssize(entities) / kPartitionRows, 1, kMostPartitions);
    band_.shift = shift_for_groups(count, most);
    partitions_ = groups_of(count, band_.shift);
  }

  void deal() {
    count();
    place();
    pool_.parallel_for(static_cast<int64_t>(blocks_.size()), 1, [&](int64_t b, int64_t) {
      for (size_t piece = first_piece_[b]; piece < first_piece_[b + 1]; ++piece) deal_piece(piece);
      const RowBlock done = std::move(blocks_[b]);
    });
    band_.entities = entities_;
  }

 private:
  struct Piece {
    size_t block;
    int32_t first, end;
  };

  size_t partition_of(int32_t entity) const {
    return static_cast<size_t>(entity - band_.first_entity) >> band_.shift;
  }

  // Rows by piece and partition.
  void count() {
    starts_.resize(pieces_.size() * partitions_);
    pool_.parallel_for(static_cast<int64_t>(pieces_.size()), 1, [&](int64_t p, int64_t) {
      const Piece& piece = pieces_[p];
      const int32_t* entities = blocks_[piece.block].entities;
      int64_t* counts = starts_.data() + static_cast<size_t>(p) * partitions_;
      for (int32_t i = piece.first; i < piece.end; ++i) {
        CHECK(entities[i] >= band_.first_entity && entities[i] < band_.end_entity);
        ++counts[partition_of(entities[i])];
      }
    });
  }

  // Turns the counts into places: partition by partition, within each piece by piece.
  void place() {
    int64_t total = band_.first_row;
    band_.starts.assign(1, total);
    for (size_t p = 0; p < partitions_; ++p) {
      for (size_t piece = 0; piece < pieces_.size(); ++piece) {
        total += std::exchange(starts_[piece * partitions_ + p], total);
      }
      band_.starts.push_back(total);
    }
  }

  void deal_piece(size_t number) {
    const Piece& piece = pieces_[number];
    const RowBlock& block = blocks_[piece.block];
    const int64_t* starts = starts_.data() + number * partitions_;
    // The piece's rows by partition: each run is then written in one go.
    std::vector<int32_t> ends(partitions_ + 1);
    for (int32_t i = piece.first; i < piece.end; ++i) ++ends[partition_of(block.entities[i]) + 1];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    std::vector<int32_t> order(static_cast<size_t>(ends.back()));
    for (int32_t i = piece.first; i < piece.end; ++i)
      order[ends[partition_of(block.entities[i])]++] = i;
    const auto write_runs = [&](const auto& value_of, auto* to) {
      int32_t from = 0;
      for (size_t p = 0; p < partitions_; ++p) {
        auto* out = to + starts[p];
        for (int32_t i = from; i < ends[p]; ++i) *out++ = value_of(order[i]);
        from = ends[p];
      }
    };
    write_runs([&](int32_t i) { return block.entities[i]; }, entities_.data() - band_.first_row);
    for (int lane = 0; lane < index_.count(); ++lane) {
      write_lane(block, lane, sorted_.lanes[lane], write_runs);
    }
  }

  template <class WriteRuns>
  void write_lane(const RowBlock& block, int lane, LaneArray& to, const WriteRuns& write_runs) {
    if (!has_lane(to)) return;
    const LanePointer& own = block.lanes[lane];
    if (!has_lane(own) && lane != LaneIndex::kArrivals) {
      const uint8_t value = index_.is_mask(lane) ? 1 : 0;
      return write_runs([value](int32_t) { return value; }, lane_data<uint8_t>(to));
    }
    const LanePointer& from = has_lane(own) ? own : block.lanes[LaneIndex::kTimes];
    with_lane(to, [&](auto& out) {
      const auto* in = std::get<decltype(out.get())>(from);
      write_runs([in](int32_t i) { return in[i]; }, out.get());
    });
  }

  std::vector<RowBlock> blocks_;
  DealtBand& band_;
  SortedRows& sorted_;
  std::span<int32_t> entities_;
  LaneIndex index_;
  ThreadPool& pool_;
  size_t partitions_ = 1;
  std::vector<Piece> pieces_;        // of blocks, in their order
  std::vector<size_t> first_piece_;  // by block
  std::vector<int64_t> starts_;      // by piece and partition
};

// By column the entities whose sums may pass 64 bits; empty where none can.
std::vector<std::vector<uint8_t>> wide_entities(const SortedRows& sorted, const RowFacts& facts) {
  const std::vector<int64_t>& offsets = sorted.offsets;
  std::vector<std::vector<uint8_t>> wide(sorted.layout.columns.size());
  int64_t longest = 0;
  for (size_t e = 0; e + 1 < offsets.size(); ++e) {
    longest = std::max(longest, offsets[e + 1] - offsets[e]);
  }
  const LaneIndex index(sorted.layout);
  for (size_t c = 0; c < wide.size(); ++c) {
    if (sorted.layout.columns[c] != Cell::kInteger || longest == 0) continue;
    constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (facts.magnitudes[c] <= kMost / static_cast<uint64_t>(longest)) continue;
    const int64_t* values = lane_data<int64_t>(sorted.lanes[index.column(static_cast<int>(c))]);
    wide[c].resize(offsets.size() - 1);
    for (size_t e = 0; e + 1 < offsets.size(); ++e) {
      wide[c][e] = sum_may_overflow(values + offsets[e], offsets[e + 1] - offsets[e]) ? 1 : 0;
    }
  }
  return wide;
}

// Memory for all rows: what no row says has no lane.
SortedRows room_for(const UnsortedRows& unsorted, int64_t rows) {
  SortedRows sorted;
  sorted.layout = unsorted.layout;
  sorted.offsets.resize(static_cast<size_t>(unsorted.entities) + 1, rows);
  const LaneIndex index(sorted.layout);
  for (int lane = 0; lane < index.count(); ++lane) {
    const bool kept = unsorted.facts.lane_says_anything(index, lane);
    sorted.lanes.push_back(kept ? index.make(lane, rows) : LaneArray{});
  }
  for (size_t d = 0; d < sorted.layout.distincts.size(); ++d)
    sorted.next.push_back(make_large_array<int32_t>(static_cast<size_t>(rows)));
  if (has_lane(sorted.lanes[LaneIndex::kArrivals]))
    sorted.latest_arrival = make_large_array<Micros>(static_cast<size_t>(rows));
  return sorted;
}

}  // namespace

int shift_for_groups(int32_t entities, int64_t most) {
  int shift = 0;
  while (static_cast<int64_t>(groups_of(entities, shift)) > most) ++shift;
  return shift;
}

size_t groups_of(int32_t entities, int shift) {
  return entities == 0 ? 1 : (static_cast<size_t>(entities - 1) >> shift) + 1;
}

SortedRows sort_rows(UnsortedRows rows, ThreadPool& pool) {
  int64_t total = 0, most = 0;
  for (const std::vector<RowBlock>& blocks : rows.bands) {
    total += rows_of(blocks);
    most = std::max(most, rows_of(blocks));
  }
  SortedRows sorted = room_for(rows, total);
  const auto entities = make_large_array<int32_t>(static_cast<size_t>(most));
  std::vector<PartitionSorter> sorters;
  for (int t = 0; t < pool.threads(); ++t) sorters.emplace_back(sorted);
  DealtBand band;
  for (size_t b = 0; b < rows.bands.size(); ++b) {
    const auto band_rows = static_cast<size_t>(rows_of(rows.bands[b]));
    band.end_entity = static_cast<int32_t>(
        std::min<int64_t>((static_cast<int64_t>(b) + 1) << rows.shift, rows.entities));
    BandDealer(std::move(rows.bands[b]), band, sorted, {entities.get(), band_rows}, pool).deal();
    pool.parallel_for_worker(band.partitions(), 1, [&](int64_t partition, int64_t, int worker) {
      sorters[worker].sort(band, partition);
    });
    band.first_entity = band.end_entity;
    band.first_row = band.starts.back();
  }
  sorted.wide = wide_entities(sorted, rows.facts);
  return sorted;
}

}  // namespace coterie::features
