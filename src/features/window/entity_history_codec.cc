// A history as bytes:
//
//   version, fingerprint of the layout, number of events, 1 if any arrived late
//   times       the first, then differences; arrivals: how much later than the time
//   by column   1 if any are null, and then a bit an event; then of those that are not null
//               integers: zigzag; reals: 8 bytes; codes: the number of different texts, the texts,
//               then a number an event (without a pool: the codes)
//   by mask     1 if any are left out, and then a bit an event

#include <bit>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/byte_stream.h"
#include "base/check.h"
#include "base/hash.h"
#include "features/window/entity_history_internal.h"

namespace coterie::features {
namespace {

constexpr uint8_t kVersion = 1;

// Of what the bytes depend on.
uint32_t fingerprint(const EventLayout& layout) {
  std::string text;
  for (const Cell cell : layout.columns) text += static_cast<char>('a' + static_cast<int>(cell));
  for (const Mask& mask : layout.masks) text += fmt::format(" {}:{}", mask.filter, mask.column);
  return static_cast<uint32_t>(hash64(text));
}

void put_bits(std::string& out, const uint8_t* bytes, int32_t first, int32_t count, uint8_t usual) {
  bool any = false;
  for (int32_t i = first; i < count; ++i) any = any || bytes[i] != usual;
  out += static_cast<char>(any ? 1 : 0);
  if (!any) return;
  for (int32_t i = first; i < count; i += 8) {
    int byte = 0;
    for (int32_t bit = 0; bit < 8 && i + bit < count; ++bit) byte |= bytes[i + bit] << bit;
    out += static_cast<char>(byte);
  }
}

void get_bits(ByteReader& in, uint8_t* bytes, int32_t count, uint8_t usual) {
  const uint8_t any = in.byte();
  if (any > 1) in.fail();
  if (any == 0) {
    for (int32_t i = 0; i < count; ++i) bytes[i] = usual;
    return;
  }
  for (int32_t i = 0; i < count; i += 8) {
    const uint8_t byte = in.byte();
    for (int32_t bit = 0; bit < 8 && i + bit < count; ++bit) bytes[i + bit] = (byte >> bit) & 1;
    // One way to write a history: bits beyond the last event are 0.
    if (count - i < 8 && byte >> (count - i) != 0) in.fail();
  }
}

// Events with a value: those of [first, count) that are not null.
struct Present {
  const uint8_t* nulls;
  int32_t first;
  int32_t count;

  template <class Body>
  void each(const Body& body) const {
    for (int32_t i = first; i < count; ++i) {
      if (nulls[i] == 0) body(i);
    }
  }
};

void put_codes(std::string& out, const int32_t* codes, const Present& present,
               const TextPool* pool) {
  if (pool == nullptr) return present.each([&](int32_t i) { put_zigzag(out, codes[i]); });
  ValueTable table;
  table.reset(present.count - present.first);
  std::string texts;
  std::string numbers;
  int32_t different = 0;
  present.each([&](int32_t i) {
    int32_t& number = table.number_of(codes[i]);
    if (number < 0) {
      number = different++;
      const std::string_view text = pool->at(codes[i]);
      put_varint(texts, text.size());
      texts += text;
    }
    put_varint(numbers, static_cast<uint64_t>(number));
  });
  put_varint(out, static_cast<uint64_t>(different));
  out += texts;
  out += numbers;
}

void get_codes(ByteReader& in, int32_t* codes, const Present& present, TextPool* pool) {
  if (pool == nullptr) {
    return present.each([&](int32_t i) {
      const int64_t code = in.zigzag();
      codes[i] = static_cast<int32_t>(code);
      if (code != codes[i]) in.fail();
    });
  }
  const uint64_t different = in.varint();
  if (different > static_cast<uint64_t>(present.count)) in.fail();
  std::vector<int32_t> known;
  for (uint64_t i = 0; i < different && in.ok(); ++i) {
    const std::string_view text = in.text(in.varint());
    if (in.ok()) known.push_back(pool->add(text));
  }
  present.each([&](int32_t i) {
    const uint64_t number = in.varint();
    if (number >= known.size()) in.fail();
    codes[i] = in.ok() ? known[number] : 0;
  });
}

void put_real(std::string& out, double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>((bits >> shift) & 0xFF);
}

double get_real(ByteReader& in) {
  uint64_t bits = 0;
  for (int shift = 0; shift < 64; shift += 8) bits |= static_cast<uint64_t>(in.byte()) << shift;
  const auto value = std::bit_cast<double>(bits);
  if (!std::isfinite(value)) in.fail();
  return std::isfinite(value) ? value : 0;
}

// Times ascend; an arrival is not before its time.
void get_times(ByteReader& in, int32_t count, Micros* times, Micros* arrivals) {
  for (int32_t i = 0; i < count; ++i) {
    if (i == 0) {
      times[i] = in.zigzag();
      continue;
    }
    const uint64_t step = in.varint();
    const auto room = static_cast<uint64_t>(std::numeric_limits<Micros>::max()) -
                      static_cast<uint64_t>(times[i - 1]);
    if (step > room) in.fail();
    times[i] = static_cast<Micros>(static_cast<uint64_t>(times[i - 1]) + (in.ok() ? step : 0));
  }
  for (int32_t i = 0; i < count && arrivals != nullptr; ++i) {
    const uint64_t delay = in.varint();
    const auto room =
        static_cast<uint64_t>(std::numeric_limits<Micros>::max()) - static_cast<uint64_t>(times[i]);
    if (delay > room) in.fail();
    arrivals[i] = static_cast<Micros>(static_cast<uint64_t>(times[i]) + (in.ok() ? delay : 0));
  }
}

Error bad_bytes() {
  return corrupt("an entity's events are not what was written for this layout")
      .with_mend("coterie features rebuild: it restores the store from the event log");
}

}  // namespace

void EntityHistory::Impl::put_column(int c, const TextPool* pool, std::string& out) const {
  const Present present{part<uint8_t>(Part::kNulls, c), first, count};
  put_bits(out, present.nulls, first, count, 0);
  const std::byte* values = find(Part::kColumn, c);
  switch (layout->columns[c]) {
    case Cell::kInteger:
      present.each(
          [&](int32_t i) { put_zigzag(out, reinterpret_cast<const int64_t*>(values)[i]); });
      break;
    case Cell::kReal:
      present.each([&](int32_t i) { put_real(out, reinterpret_cast<const double*>(values)[i]); });
      break;
    case Cell::kCode:
      put_codes(out, reinterpret_cast<const int32_t*>(values), present, pool);
      break;
  }
}

void EntityHistory::Impl::get_column(int c, TextPool* pool, ByteReader& in) {
  const Present present{part<uint8_t>(Part::kNulls, c), 0, count};
  get_bits(in, part<uint8_t>(Part::kNulls, c), count, 0);
  std::byte* values = find(Part::kColumn, c);
  std::memset(values, 0, static_cast<size_t>(count) * (layout->columns[c] == Cell::kCode ? 4 : 8));
  switch (layout->columns[c]) {
    case Cell::kInteger:
      present.each([&](int32_t i) { reinterpret_cast<int64_t*>(values)[i] = in.zigzag(); });
      break;
    case Cell::kReal:
      present.each([&](int32_t i) { reinterpret_cast<double*>(values)[i] = get_real(in); });
      break;
    case Cell::kCode:
      get_codes(in, reinterpret_cast<int32_t*>(values), present, pool);
      break;
  }
}

// A mask that names a column leaves its nulls out: what else would be counted is not a value.
bool EntityHistory::Impl::masks_hold() const {
  for (size_t m = 0; m < layout->masks.size(); ++m) {
    const int column = layout->masks[m].column;
    if (column < 0) continue;
    const auto* nulls = part<uint8_t>(Part::kNulls, column);
    const auto* mask = part<uint8_t>(Part::kMask, static_cast<int>(m));
    for (int32_t i = 0; i < count; ++i) {
      if (nulls[i] != 0 && mask[i] != 0) return false;
    }
  }
  return true;
}

void EntityHistory::encode(std::span<const TextPool* const> pools, std::string& out) const {
  const Impl& own = this->own();
  CHECK(pools.size() == own.layout->columns.size());
  out += static_cast<char>(kVersion);
  put_varint(out, fingerprint(*own.layout));
  put_varint(out, static_cast<uint64_t>(size()));
  if (size() == 0) return;
  out += static_cast<char>(own.late ? 1 : 0);
  const auto* times = own.part<Micros>(Part::kTimes);
  for (int32_t i = own.first; i < own.count; ++i) {
    if (i == own.first) {
      put_zigzag(out, times[i]);
    } else {
      put_varint(out, static_cast<uint64_t>(times[i]) - static_cast<uint64_t>(times[i - 1]));
    }
  }
  if (own.late) {
    const auto* arrivals = own.part<Micros>(Part::kArrivals);
    for (int32_t i = own.first; i < own.count; ++i) {
      put_varint(out, static_cast<uint64_t>(arrivals[i]) - static_cast<uint64_t>(times[i]));
    }
  }
  for (size_t c = 0; c < pools.size(); ++c) own.put_column(static_cast<int>(c), pools[c], out);
  for (size_t m = 0; m < own.layout->masks.size(); ++m) {
    const auto* mask = own.part<uint8_t>(Part::kMask, static_cast<int>(m));
    put_bits(out, mask, own.first, own.count, 1);
  }
}

Result<EntityHistory> EntityHistory::decode(const EventLayout& layout, std::string_view bytes,
                                            std::span<TextPool* const> pools) {
  CHECK(pools.size() == layout.columns.size());
  EntityHistory history(layout);
  ByteReader in(bytes);
  if (in.byte() != kVersion || in.varint() != fingerprint(layout)) return bad_bytes();
  const uint64_t count = in.varint();
  // An event takes at least the byte of its time: no number of events can ask for more memory than
  // a multiple of what was read.
  if (!in.ok() || count > in.left()) return bad_bytes();
  if (count == 0) return in.left() == 0 ? Result<EntityHistory>(std::move(history)) : bad_bytes();
  const uint8_t late = in.byte();
  if (late > 1 || count > (1U << 30)) return bad_bytes();
  Impl& own = history.own();
  own.reallocate(static_cast<int32_t>(count), late == 1);
  own.count = static_cast<int32_t>(count);
  get_times(in, own.count, own.part<Micros>(Part::kTimes), own.part<Micros>(Part::kArrivals));
  for (size_t c = 0; c < pools.size() && in.ok(); ++c) {
    own.get_column(static_cast<int>(c), pools[c], in);
  }
  for (size_t m = 0; m < layout.masks.size() && in.ok(); ++m) {
    get_bits(in, own.part<uint8_t>(Part::kMask, static_cast<int>(m)), own.count, 1);
  }
  if (!in.ok() || in.left() != 0 || !own.masks_hold()) return bad_bytes();
  own.rebuild_indices();
  return history;
}

}  // namespace coterie::features
