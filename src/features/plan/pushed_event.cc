#include "features/plan/pushed_event.h"

#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/byte_stream.h"
#include "base/check.h"
#include "base/text_map.h"

namespace coterie::features {
namespace {

constexpr uint8_t kMagic = 0xFE;
constexpr uint8_t kVersion = 1;
constexpr size_t kMaxShapes = 512;

enum class Tag : uint8_t { kNull, kFalse, kTrue, kInteger, kReal, kText };

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

std::string_view take_text(ByteReader& in) { return in.text(in.varint()); }

// What the bytes end too early for, or are of no kind, fails the reader.
void read_value(ByteReader& in, PushedValue& value) {
  const uint8_t tag = in.byte();
  value = {};
  switch (static_cast<Tag>(tag)) {
    case Tag::kNull:
      return;
    case Tag::kFalse:
    case Tag::kTrue:
      value = PushedValue::of_bool(static_cast<Tag>(tag) == Tag::kTrue);
      return;
    case Tag::kInteger:
      value = PushedValue::of_integer(in.zigzag());
      return;
    case Tag::kReal: {
      const std::string_view raw = in.text(sizeof(double));
      uint64_t bits = 0;
      for (size_t i = 0; i < raw.size(); ++i)
        bits |= static_cast<uint64_t>(static_cast<uint8_t>(raw[i])) << (8 * i);
      value = PushedValue::of_real(std::bit_cast<double>(bits));
      return;
    }
    case Tag::kText:
      value = PushedValue::of_text(take_text(in));
      return;
  }
  in.fail();
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
      put_zigzag(out, value.integer);
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
  ByteReader in(header);
  PushedShape shape;
  shape.source = take_text(in);
  const uint64_t columns = in.varint();
  if (columns > kMaxPushedColumns) return std::nullopt;
  for (uint64_t i = 0; i < columns; ++i) shape.columns.emplace_back(take_text(in));
  if (!in.ok() || in.left() > 0) return std::nullopt;
  return shape;
}

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

  TextMap<PushedShape> shapes;
  std::string_view last_header;
  const PushedShape* last = nullptr;
  int64_t next_number = 1;
  std::vector<PushedValue> values;
};

PushedEventDecoder::PushedEventDecoder() : impl_(std::make_unique<Impl>()) {}

Result<PushedEventDecoder::Decoded> PushedEventDecoder::decode(std::string_view payload) {
  ByteReader in(payload);
  if (in.byte() != kMagic) return damaged("another beginning");
  const uint8_t version = in.byte();
  if (version == 0) return damaged("no version");
  if (version > kVersion) {
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("a pushed row of format {}, this program reads up to {}", version, kVersion)}
        .with_mend("use the newer release of Coterie that wrote it");
  }
  const std::string_view header = take_text(in);
  if (!in.ok()) return damaged("its header is cut off");
  const PushedShape* shape = impl_->shape_of(header);
  if (shape == nullptr) return damaged("its header is damaged");
  std::vector<PushedValue>& values = impl_->values;
  values.resize(shape->columns.size());
  for (size_t i = 0; i < values.size(); ++i) {
    read_value(in, values[i]);
    if (!in.ok()) return damaged(fmt::format("the value of column {} is damaged", i + 1));
  }
  if (in.left() > 0) return damaged("bytes follow the last value");
  return Decoded{shape, values};
}

PushedEventDecoder::PushedEventDecoder(PushedEventDecoder&&) noexcept = default;
PushedEventDecoder& PushedEventDecoder::operator=(PushedEventDecoder&&) noexcept = default;
PushedEventDecoder::~PushedEventDecoder() = default;

}  // namespace coterie::features
