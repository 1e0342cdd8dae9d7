#include <algorithm>
#include <limits>

#include "features/window/next_occurrence_internal.h"
#include "features/window/partition_sort_internal.h"

namespace coterie::features {

bool sum_may_overflow(const int64_t* values, int64_t n) {
  __extension__ using UnsignedWide = unsigned __int128;
  UnsignedWide sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto bits = static_cast<uint64_t>(values[i]);
    sum += values[i] < 0 ? ~bits + 1 : bits;
  }
  return sum > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
}

PartitionSorter::PartitionSorter(SortedRows& sorted) : sorted_(sorted), index_(sorted.layout) {
  for (const Cell cell : sorted.layout.columns) real_ = real_ || cell == Cell::kReal;
  moved_.resize(static_cast<size_t>(index_.count()));
}

void PartitionSorter::sort(const DealtBand& band, int64_t partition) {
  order_by_entity(band, partition);
  int64_t begin = 0;
  for (const int64_t end : ends_) {
    order_by_time(begin, end);
    begin = end;
  }
  move_lanes();
  begin = 0;
  for (const int64_t end : ends_) {
    if (begin < end) index_entity(start_ + begin, start_ + end);
    begin = end;
  }
}

// A counting sort, which keeps rows of one entity in the order they came.
void PartitionSorter::order_by_entity(const DealtBand& band, int64_t partition) {
  start_ = band.starts[partition];
  const auto rows = static_cast<int32_t>(band.starts[partition + 1] - start_);
  const int64_t first = band.first_entity + (partition << band.shift);
  const int64_t last = std::min<int64_t>(first + (int64_t{1} << band.shift), band.end_entity);
  const int32_t* entities = band.entities.data() + (start_ - band.first_row);
  ends_.assign(static_cast<size_t>(std::max<int64_t>(last - first, 0)), 0);
  for (int32_t i = 0; i < rows; ++i) ++ends_[entities[i] - first];
  int64_t at = 0;
  for (size_t e = 0; e < ends_.size(); ++e) {
    sorted_.offsets[first + static_cast<int64_t>(e)] = start_ + at;
    at += std::exchange(ends_[e], at);
  }
  order_.resize(static_cast<size_t>(rows));
  for (int32_t i = 0; i < rows; ++i) order_[ends_[entities[i] - first]++] = i;
}

void PartitionSorter::order_by_time(int64_t begin, int64_t end) {
  const Micros* times = lane_data<int64_t>(sorted_.lanes[LaneIndex::kTimes]) + start_;
  bool ascending = true;
  for (int64_t i = begin + 1; i < end; ++i) {
    ascending = ascending && times[order_[i - 1]] <= times[order_[i]];
  }
  if (!ascending) {
    keyed_.clear();
    for (int64_t i = begin; i < end; ++i) keyed_.emplace_back(times[order_[i]], order_[i]);
    std::sort(keyed_.begin(), keyed_.end());
    for (int64_t i = begin; i < end; ++i) order_[i] = keyed_[i - begin].second;
  }
  if (real_) sort_ties(begin, end);
}

// By all that the rows hold: whatever order they came in, it is the same now.
void PartitionSorter::sort_ties(int64_t begin, int64_t end) {
  const Micros* times = lane_data<int64_t>(sorted_.lanes[LaneIndex::kTimes]) + start_;
  for (int64_t i = begin; i < end;) {
    int64_t run = i + 1;
    while (run < end && times[order_[run]] == times[order_[i]]) ++run;
    if (run - i > 1) {
      std::sort(order_.begin() + i, order_.begin() + run,
                [this](int32_t a, int32_t b) { return tie_less(a, b); });
    }
    i = run;
  }
}

bool PartitionSorter::tie_less(int32_t a, int32_t b) const {
  for (int lane = LaneIndex::kArrivals; lane < index_.count(); ++lane) {
    int order = 0;
    with_lane(sorted_.lanes[lane], [&](const auto& array) {
      const auto x = array[start_ + a];
      const auto y = array[start_ + b];
      order = x < y ? -1 : (y < x ? 1 : 0);
    });
    if (order != 0) return order < 0;
  }
  return false;
}

void PartitionSorter::move_lanes() {
  const auto rows = static_cast<int64_t>(order_.size());
  if (rows == 0) return;
  if (rows > moved_rows_) {
    for (int lane = 0; lane < index_.count(); ++lane) {
      if (has_lane(sorted_.lanes[lane])) moved_[lane] = index_.make(lane, rows);
    }
    moved_rows_ = rows;
  }
  for (int lane = 0; lane < index_.count(); ++lane) {
    with_lane(sorted_.lanes[lane], [&](const auto& array) {
      auto* to = std::get<std::decay_t<decltype(array)>>(moved_[lane]).get();
      auto* from = array.get() + start_;
      for (int64_t i = 0; i < rows; ++i) to[i] = from[order_[i]];
      std::copy_n(to, rows, from);
    });
  }
}

void PartitionSorter::index_entity(int64_t begin, int64_t end) {
  for (size_t d = 0; d < sorted_.next.size(); ++d) {
    const DistinctIndex& index = sorted_.layout.distincts[d];
    const LaneArray& lane = sorted_.lanes[index_.column(index.column)];
    EventColumn column;
    column.cell = sorted_.layout.columns[index.column];
    if (column.cell == Cell::kCode) {
      column.codes = lane_data<int32_t>(lane) + begin;
    } else {
      column.integers = lane_data<int64_t>(lane) + begin;
    }
    const uint8_t* mask =
        index.mask < 0 ? nullptr : byte_lane(sorted_.lanes[index_.mask(index.mask)]);
    fill_next(column, mask == nullptr ? nullptr : mask + begin, end - begin, values_,
              sorted_.next[d].get() + begin);
  }
  if (sorted_.latest_arrival == nullptr) return;
  const Micros* arrivals = lane_data<int64_t>(sorted_.lanes[LaneIndex::kArrivals]);
  Micros latest = std::numeric_limits<Micros>::min();
  for (int64_t i = begin; i < end; ++i) {
    latest = std::max(latest, arrivals[i]);
    sorted_.latest_arrival[i] = latest;
  }
}

}  // namespace coterie::features
