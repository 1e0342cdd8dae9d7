#include <algorithm>
#include <tuple>

#include "data/datasets/session_events_internal.h"

namespace coterie::data {
namespace {

uint32_t code(const ColumnView& column, int64_t row, parquet::TextCodes& codes) {
  return column.is_null(row) ? kNoText : codes.encode(column.as_text(row));
}

int32_t code(const ColumnView& column, int64_t row) {
  return column.is_null(row) ? kNoCode : static_cast<int32_t>(column.as_int(row));
}

// Null before every text.
uint32_t rank_of(const std::vector<uint32_t>& ranks, uint32_t code) {
  return code == kNoText ? 0 : ranks[code];
}

uint64_t ordered(int64_t value) { return static_cast<uint64_t>(value) ^ (uint64_t{1} << 63); }

}  // namespace

Status SessionEvents::read(Connection& connection, const std::string& select) {
  RETURN_IF_ERROR(connection.for_each_chunk(select, [&](const Chunk& chunk) -> Status {
    add(chunk);
    return {};
  }));
  rank();
  return {};
}

void SessionEvents::add(const Chunk& chunk) {
  const ColumnView customers = chunk.column(0), sessions = chunk.column(1);
  const ColumnView kinds = chunk.column(2), articles = chunk.column(3), times = chunk.column(4);
  const ColumnView devices = chunk.column(5), locations = chunk.column(6);
  const ColumnView channels = chunk.column(7), days = chunk.column(8);
  const int64_t* micros = times.int64_data();
  for (int64_t i = 0; i < chunk.rows(); ++i) {
    EventRow row;
    row.at = micros[i];
    row.customer = code(customers, i);
    row.article = code(articles, i);
    row.visit = sessions.is_null(i) ? kNoText : visit(sessions.as_text(i));
    row.day = days.as_days(i);
    row.kind = code(kinds, i, kinds_);
    row.device = code(devices, i, devices_);
    row.location = code(locations, i, locations_);
    row.channel = code(channels, i, channels_);
    const size_t bucket = row.customer == kNoCode ? buckets_.guests() : buckets_.of(row.customer);
    rows_[bucket].push(row);
  }
}

uint32_t SessionEvents::visit(std::string_view session) {
  if (!visit_ends_.empty()) {
    const auto last = static_cast<uint32_t>(visit_ends_.size() - 1);
    if (session_of(last) == session) return last;
  }
  visits_.append(session);
  visit_ends_.push_back(visits_.size());
  return static_cast<uint32_t>(visit_ends_.size() - 1);
}

std::string_view SessionEvents::session_of(uint32_t visit) const {
  const size_t begin = visit == 0 ? 0 : visit_ends_[visit - 1];
  return std::string_view(visits_).substr(begin, visit_ends_[visit] - begin);
}

void SessionEvents::rank() {
  kind_ranks_ = kinds_.ranks();
  device_ranks_ = devices_.ranks();
  location_ranks_ = locations_.ranks();
  channel_ranks_ = channels_.ranks();
}

// Of one customer and instant: by session, then as the rules of the dataset say.
bool SessionEvents::is_before(const EventRow& a, const EventRow& b) const {
  if (a.visit != b.visit) {
    if (a.visit == kNoText || b.visit == kNoText) return b.visit == kNoText;
    const int order = session_of(a.visit).compare(session_of(b.visit));
    if (order != 0) return order < 0;
  }
  const auto key = [&](const EventRow& row) {
    return std::tuple(rank_of(kind_ranks_, row.kind), row.article,
                      rank_of(device_ranks_, row.device), rank_of(location_ranks_, row.location),
                      rank_of(channel_ranks_, row.channel));
  };
  return key(a) < key(b);
}

std::vector<SortedRow> SessionEvents::sorted(const RowBlocks<EventRow>& rows) const {
  std::vector<SortedRow> order(rows.size());
  std::vector<SortedRow> scratch;
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = {ordered(rows[i].at), static_cast<uint32_t>(i)};
  radix_sort(order, scratch);
  for (SortedRow& row : order) row.key = ordered(rows[row.row].customer);
  radix_sort(order, scratch);
  for (size_t begin = 0; begin < order.size();) {
    const EventRow& first = rows[order[begin].row];
    size_t end = begin + 1;
    while (end < order.size() && order[end].key == order[begin].key &&
           rows[order[end].row].at == first.at)
      ++end;
    if (end - begin > 1) {
      std::sort(order.begin() + static_cast<std::ptrdiff_t>(begin),
                order.begin() + static_cast<std::ptrdiff_t>(end),
                [&](const SortedRow& a, const SortedRow& b) {
                  return is_before(rows[a.row], rows[b.row]);
                });
    }
    begin = end;
  }
  return order;
}

}  // namespace coterie::data
