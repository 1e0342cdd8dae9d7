#include "data/parquet/parquet_encoding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/byte_stream.h"

namespace coterie::parquet {
namespace {

// Appends fixed-width values, least significant bit first: whole words into a buffer, the buffer to
// the text when it is full.
class BitPacker {
 public:
  explicit BitPacker(std::string& out) : out_(out) {}

  // width <= 32.
  void put(uint64_t value, int width) {
    pending_ |= value << bits_;
    bits_ += width;
    if (bits_ >= 32) {
      const auto word = static_cast<uint32_t>(pending_);
      std::memcpy(buffer_.data() + used_, &word, sizeof(word));
      used_ += sizeof(word);
      pending_ >>= 32;
      bits_ -= 32;
      if (used_ == buffer_.size()) flush();
    }
  }
  void finish() {
    flush();
    for (; bits_ > 0; bits_ -= 8, pending_ >>= 8) out_.push_back(static_cast<char>(pending_));
  }

 private:
  void flush() {
    out_.append(buffer_.data(), used_);
    used_ = 0;
  }

  std::string& out_;
  std::array<char, 256> buffer_;
  size_t used_ = 0;
  uint64_t pending_ = 0;
  int bits_ = 0;
};

void append_packed_run(std::span<const uint32_t> values, int bit_width, std::string& out) {
  if (values.empty()) return;
  const size_t groups = (values.size() + 7) / 8;
  put_varint(out, groups << 1 | 1);
  BitPacker packer(out);
  for (const uint32_t value : values) packer.put(value, bit_width);
  for (size_t i = values.size(); i < groups * 8; ++i) packer.put(0, bit_width);
  packer.finish();
}

constexpr size_t kBlock = 128;
constexpr size_t kMiniblocks = 4;
constexpr size_t kMiniblock = kBlock / kMiniblocks;

void append_miniblock(const uint64_t* values, int width, std::string& out) {
  if (width == 0) return;
  BitPacker packer(out);
  if (width <= 32) {
    for (size_t i = 0; i < kMiniblock; ++i) packer.put(values[i], width);
    packer.finish();
    return;
  }
  for (size_t i = 0; i < kMiniblock; ++i) {
    packer.put(values[i] & 0xFFFFFFFF, 32);
    packer.put(values[i] >> 32, width - 32);
  }
  packer.finish();
}

// One block: `count` deltas (1 .. 128) of values[0 .. count], each from its predecessor.
void append_delta_block(const int64_t* values, size_t count, std::string& out) {
  std::array<uint64_t, kBlock> deltas{};
  int64_t least = INT64_MAX;
  for (size_t i = 0; i < count; ++i) {
    deltas[i] = static_cast<uint64_t>(values[i + 1]) - static_cast<uint64_t>(values[i]);
    least = std::min(least, static_cast<int64_t>(deltas[i]));
  }
  put_zigzag(out, least);
  std::array<int, kMiniblocks> widths{};
  for (size_t mini = 0; mini * kMiniblock < count; ++mini) {
    uint64_t bits = 0;
    for (size_t i = mini * kMiniblock; i < std::min(count, (mini + 1) * kMiniblock); ++i) {
      deltas[i] -= static_cast<uint64_t>(least);
      bits |= deltas[i];
    }
    widths[mini] = static_cast<int>(std::bit_width(bits));
  }
  for (const int width : widths) out.push_back(static_cast<char>(width));
  for (size_t mini = 0; mini * kMiniblock < count; ++mini) {
    append_miniblock(deltas.data() + mini * kMiniblock, widths[mini], out);
  }
}

}  // namespace

void append_prefixed(std::string_view text, std::string& out) {
  const auto size = static_cast<uint32_t>(text.size());
  char bytes[sizeof(size)];
  std::memcpy(bytes, &size, sizeof(size));
  out.append(bytes, sizeof(size));
  out.append(text);
}

int bits_for(uint32_t max) { return std::max(1, static_cast<int>(std::bit_width(max))); }

void encode_repeated(uint32_t value, size_t count, int bit_width, std::string& out) {
  put_varint(out, uint64_t{count} << 1);
  for (int bits = 0; bits < bit_width; bits += 8) out.push_back(static_cast<char>(value >> bits));
}

void encode_hybrid(std::span<const uint32_t> values, int bit_width, std::string& out) {
  const size_t n = values.size();
  size_t literals = 0;  // first value not yet written
  for (size_t i = 0; i < n;) {
    size_t end = i + 1;
    while (end < n && values[end] == values[i]) ++end;
    // A packed run holds whole groups of 8, so a repeated run may only start at such a bound.
    const size_t start = literals + (i - literals + 7) / 8 * 8;
    if (end >= start + 8) {
      append_packed_run(values.subspan(literals, start - literals), bit_width, out);
      encode_repeated(values[start], end - start, bit_width, out);
      literals = end;
    }
    i = end;
  }
  append_packed_run(values.subspan(literals), bit_width, out);
}

void encode_delta(std::span<const int64_t> values, std::string& out) {
  put_varint(out, kBlock);
  put_varint(out, kMiniblocks);
  put_varint(out, values.size());
  put_varint(out, values.empty() ? 0 : zigzag(values[0]));
  for (size_t first = 0; first + 1 < values.size(); first += kBlock) {
    append_delta_block(values.data() + first, std::min(kBlock, values.size() - 1 - first), out);
  }
}

void ThriftWriter::header(int id, uint8_t type) {
  const int delta = id - last_ids_.back();
  if (delta > 0 && delta < 16) {
    out_.push_back(static_cast<char>(delta << 4 | type));
  } else {
    out_.push_back(static_cast<char>(type));
    put_zigzag(out_, id);
  }
  last_ids_.back() = id;
}

void ThriftWriter::field(int id, int32_t value) {
  header(id, 5);
  put_zigzag(out_, value);
}

void ThriftWriter::field(int id, int64_t value) {
  header(id, 6);
  put_zigzag(out_, value);
}

void ThriftWriter::field(int id, bool value) { header(id, value ? 1 : 2); }

void ThriftWriter::field(int id, std::string_view value) {
  header(id, 8);
  element(value);
}

void ThriftWriter::byte_field(int id, int8_t value) {
  header(id, 3);
  out_.push_back(static_cast<char>(value));
}

void ThriftWriter::begin_struct(int id) {
  header(id, 12);
  last_ids_.push_back(0);
}

void ThriftWriter::end_struct() {
  out_.push_back('\0');
  last_ids_.pop_back();
}

void ThriftWriter::begin_list(int id, ElementType type, size_t size) {
  header(id, 9);
  const auto code = static_cast<uint8_t>(type);
  if (size < 15) {
    out_.push_back(static_cast<char>(size << 4 | code));
  } else {
    out_.push_back(static_cast<char>(0xF0 | code));
    put_varint(out_, size);
  }
}

void ThriftWriter::element(int32_t value) { put_zigzag(out_, value); }

void ThriftWriter::element(std::string_view value) {
  put_varint(out_, value.size());
  out_.append(value);
}

}  // namespace coterie::parquet
