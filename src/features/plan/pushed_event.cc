#include "features/plan/pushed_event.h"

#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "base/check.h"

namespace coterie::features {
namespace {

constexpr uint8_t kMagic = 0xFE;
constexpr uint8_t kVersion = 1;
constexpr size_t kMaxShapes = 512;

enum class Tag : uint8_t { kNull, kFalse, kTrue, kInteger, kReal, kText };

void put_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
int64_t from_zigzag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// What is left of a payload; each function is nullopt or false where the bytes end too early.
struct Bytes {
  std::string_view rest;

  std::optional<uint8_t> byte() {
    if (rest.empty()) return std::nullopt;
    const auto value = static_cast<uint8_t>(rest[0]);
    rest.remove_prefix(1);
    return value;
  }
  std::optional<uint64_t> varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const auto next = byte();
      if (!next) return std::nullopt;
      const uint64_t bits = *next & 0x7F;
      if (shift == 63 && bits > 1) return std::nullopt;
      value |= bits << shift;
      if (*next < 0x80) return value;
    }
    return std::nullopt;
  }
  std::optional<std::string_view> take(uint64_t count) {
    if (count > rest.size()) return std::nullopt;
    const std::string_view taken = rest.substr(0, count);
    rest.remove_prefix(count);
    return taken;
  }
  std::optional<std::string_view> text() {
    const auto length = varint();
    return length ? take(*length) : std::nullopt;
  }
};

bool read_value(Bytes& bytes, PushedValue& value) {
  const auto tag = bytes.byte();
  if (!tag || *tag > static_cast<uint8_t>(Tag::kText)) return false;
  value = {};
  switch (static_cast<Tag>(*tag)) {
    case Tag::kNull:
      value.kind = PushedValue::Kind::kNull;
      return true;
    case Tag::kFalse:
    case Tag::kTrue:
      value.kind = PushedValue::Kind::kBool;
      value.integer = static_cast<Tag>(*tag) == Tag::kTrue ? 1 : 0;
      return true;
    case Tag::kInteger: {
      const auto number = bytes.varint();
      value.kind = PushedValue::Kind::kInteger;
      value.integer = from_zigzag(number.value_or(0));
      return number.has_value();
    }
    case Tag::kReal: {
      const auto raw = bytes.take(sizeof(double));
      if (!raw) return false;
      uint64_t bits = 0;
      for (size_t i = 0; i < sizeof bits; ++i)
        bits |= static_cast<uint64_t>(static_cast<uint8_t>((*raw)[i])) << (8 * i);
      value.kind = PushedValue::Kind::kReal;
      value.real = std::bit_cast<double>(bits);
      return true;
    }
    case Tag::kText: {
      const auto text = bytes.text();
      value.kind = PushedValue::Kind::kText;
      value.text = text.value_or(std::string_view());
      return text.has_value();
    }
  }
  return false;
}

void put_real(std::string& out, double real) {
  const auto bits = std::bit_cast<uint64_t>(real);
  for (size_t i = 0; i < sizeof bits; ++i) out += static_cast<char>((bits >> (8 * i)) & 0xFF);
}

void put_value(std::string& out, const PushedValue& value) {
  switch (value.kind) {
    case PushedValue::Kind::kNull:
      out += static_cast<char>(Tag::kNull);
      return;
    case PushedValue::Kind::kBool:
      out += static_cast<char>(value.integer != 0 ? Tag::kTrue : Tag::kFalse);
      return;
    case PushedValue::Kind::kInteger:
      out += static_cast<char>(Tag::kInteger);
      put_varint(out, zigzag(value.integer));
      return;
    case PushedValue::Kind::kReal:
      out += static_cast<char>(Tag::kReal);
      put_real(out, value.real);
      return;
    case PushedValue::Kind::kText:
      out += static_cast<char>(Tag::kText);
      put_text(out, value.text);
      return;
  }
}

std::optional<PushedShape> read_shape(std::string_view header) {
  Bytes bytes{header};
  PushedShape shape;
  const auto source = bytes.text();
  const auto columns = bytes.varint();
  if (!source || !columns || *columns > kMaxPushedColumns) return std::nullopt;
  shape.source = *source;
  for (uint64_t i = 0; i < *columns; ++i) {
    const auto name = bytes.text();
    if (!name) return std::nullopt;
    shape.columns.emplace_back(*name);
  }
  if (!bytes.rest.empty()) return std::nullopt;
  return shape;
}

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

Error damaged(std::string_view what) {
  return corrupt(fmt::format("not the payload of a pushed row: {}", what));
}

}  // namespace

std::string pushed_event_head(std::string_view source, std::span<const std::string> columns) {
  CHECK(columns.size() <= kMaxPushedColumns);
  std::string header;
  put_text(header, source);
  put_varint(header, columns.size());
  for (const std::string& column : columns) put_text(header, column);
  std::string head;
  head += static_cast<char>(kMagic);
  head += static_cast<char>(kVersion);
  put_text(head, header);
  return head;
}

void append_pushed_event(std::string& out, std::string_view head,
                         std::span<const PushedValue> values) {
  out += head;
  for (const PushedValue& value : values) put_value(out, value);
}

struct PushedEventDecoder::Impl {
  // The shape of a header, remembered; null if the header is none.
  const PushedShape* shape_of(std::string_view header) {
    if (last != nullptr && last_header == header) return last;
    auto found = shapes.find(header);
    if (found == shapes.end()) {
      auto shape = read_shape(header);
      if (!shape) return nullptr;
      // Whoever writes a new shape with each row gains nothing but the parsing of it.
      if (shapes.size() >= kMaxShapes) shapes.clear();
      shape->number = next_number++;
      found = shapes.emplace(header, *std::move(shape)).first;
    }
    last_header = found->first;
    last = &found->second;
    return last;
  }

  std::unordered_map<std::string, PushedShape, TextHash, std::equal_to<>> shapes;
  std::string_view last_header;
  const PushedShape* last = nullptr;
  int64_t next_number = 1;
  std::vector<PushedValue> values;
};

PushedEventDecoder::PushedEventDecoder() : impl_(std::make_unique<Impl>()) {}

Result<PushedEventDecoder::Decoded> PushedEventDecoder::decode(std::string_view payload) {
  Bytes bytes{payload};
  const auto magic = bytes.byte();
  if (!magic || *magic != kMagic) return damaged("another beginning");
  const auto version = bytes.byte();
  if (!version || *version == 0) return damaged("no version");
  if (*version > kVersion) {
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("a pushed row of format {}, this program reads up to {}", *version, kVersion)}
        .with_mend("use the newer release of Coterie that wrote it");
  }
  const auto header = bytes.text();
  if (!header) return damaged("its header is cut off");
  const PushedShape* shape = impl_->shape_of(*header);
  if (shape == nullptr) return damaged("its header is damaged");
  std::vector<PushedValue>& values = impl_->values;
  values.resize(shape->columns.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!read_value(bytes, values[i]))
      return damaged(fmt::format("the value of column {} is damaged", i + 1));
  }
  if (!bytes.rest.empty()) return damaged("bytes follow the last value");
  return Decoded{shape, values};
}

PushedEventDecoder::PushedEventDecoder(PushedEventDecoder&&) noexcept = default;
PushedEventDecoder& PushedEventDecoder::operator=(PushedEventDecoder&&) noexcept = default;
PushedEventDecoder::~PushedEventDecoder() = default;

}  // namespace coterie::features
