#include "data/postgres/binary_copy.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

namespace coterie::data {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr size_t kHeaderBytes = 11 + 4 + 4;  // signature, flags, length of the extension
constexpr uint32_t kCriticalFlags = 0xFFFF0000;
constexpr int32_t kEpochDays = 10957;  // 1970-01-01 to 2000-01-01
constexpr int64_t kEpochMicros = int64_t{kEpochDays} * 86'400'000'000;
// Nothing the server sends in one row is longer: a field is limited to 1 GB there.
constexpr uint32_t kMaxFieldBytes = 0x3FFFFFFF + 64;

uint64_t big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

uint32_t read_u32(std::string_view bytes, size_t at) {
  return static_cast<uint32_t>(big_endian(bytes.substr(at, 4)));
}
int16_t read_i16(std::string_view bytes, size_t at) {
  return static_cast<int16_t>(big_endian(bytes.substr(at, 2)));
}

Error wrong_width(std::string_view type, std::string_view bytes) {
  return corrupt(fmt::format("binary COPY: {} of {} bytes", type, bytes.size()));
}

}  // namespace

BinaryCopyParser::BinaryCopyParser(int columns, std::function<Status(const Fields&)> on_row)
    : columns_(columns), on_row_(std::move(on_row)) {}

Status BinaryCopyParser::feed(std::string_view bytes) {
  if (!pending_.empty()) {
    pending_.append(bytes);
    ASSIGN_OR_RETURN(const size_t used, consume(pending_));
    pending_.erase(0, used);
    return {};
  }
  ASSIGN_OR_RETURN(const size_t used, consume(bytes));
  pending_.assign(bytes.substr(used));
  return {};
}

Status BinaryCopyParser::finish() const {
  if (step_ == Step::kDone && pending_.empty()) return {};
  return corrupt(fmt::format("binary COPY ended after {} rows without its trailer", rows_));
}

Result<size_t> BinaryCopyParser::consume(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size()) {
    if (step_ == Step::kDone) return corrupt("binary COPY: bytes behind the trailer");
    ASSIGN_OR_RETURN(const size_t step, step_ == Step::kHeader ? read_header(bytes.substr(used))
                                                               : read_row(bytes.substr(used)));
    if (step == 0) break;
    used += step;
  }
  return used;
}

Result<size_t> BinaryCopyParser::read_header(std::string_view bytes) {
  const size_t known = std::min(bytes.size(), kSignature.size());
  if (bytes.substr(0, known) != kSignature.substr(0, known))
    return corrupt("not PostgreSQL's binary COPY format");
  if (bytes.size() < kHeaderBytes) return size_t{0};
  if ((read_u32(bytes, 11) & kCriticalFlags) != 0)
    return corrupt("binary COPY with flags that are not known here");
  const uint32_t extension = read_u32(bytes, 15);
  if (extension > kMaxFieldBytes) return corrupt("binary COPY with a damaged header");
  if (bytes.size() < kHeaderBytes + extension) return size_t{0};
  step_ = Step::kRows;
  return kHeaderBytes + extension;
}

Result<size_t> BinaryCopyParser::read_row(std::string_view bytes) {
  if (bytes.size() < 2) return size_t{0};
  const int16_t width = read_i16(bytes, 0);
  if (width == -1) {
    step_ = Step::kDone;
    return size_t{2};
  }
  if (width != columns_)
    return corrupt(
        fmt::format("binary COPY: row {} has {} fields instead of {}", rows_ + 1, width, columns_));
  fields_.clear();
  size_t at = 2;
  for (int16_t field = 0; field < width; ++field) {
    if (bytes.size() - at < 4) return size_t{0};
    const uint32_t length = read_u32(bytes, at);
    at += 4;
    if (length == 0xFFFFFFFF) {
      fields_.emplace_back(std::nullopt);
      continue;
    }
    if (length > kMaxFieldBytes) return corrupt("binary COPY: a field of impossible length");
    if (bytes.size() - at < length) return size_t{0};
    fields_.emplace_back(bytes.substr(at, length));
    at += length;
  }
  ++rows_;
  RETURN_IF_ERROR(on_row_(fields_));
  return at;
}

Result<bool> binary_bool(std::string_view bytes) {
  if (bytes.size() != 1) return wrong_width("boolean", bytes);
  return bytes[0] != 0;
}

Result<int64_t> binary_int(std::string_view bytes) {
  switch (bytes.size()) {
    case 2:
      return static_cast<int64_t>(read_i16(bytes, 0));
    case 4:
      return static_cast<int64_t>(static_cast<int32_t>(read_u32(bytes, 0)));
    case 8:
      return static_cast<int64_t>(big_endian(bytes));
    default:
      return wrong_width("integer", bytes);
  }
}

Result<uint32_t> binary_oid(std::string_view bytes) {
  if (bytes.size() != 4) return wrong_width("oid", bytes);
  return read_u32(bytes, 0);
}

Result<double> binary_real(std::string_view bytes) {
  if (bytes.size() == 8) return std::bit_cast<double>(big_endian(bytes));
  if (bytes.size() != 4) return wrong_width("real", bytes);
  return static_cast<double>(std::bit_cast<float>(read_u32(bytes, 0)));
}

Result<int32_t> binary_days(std::string_view bytes) {
  if (bytes.size() != 4) return wrong_width("date", bytes);
  const auto days = static_cast<int32_t>(read_u32(bytes, 0));
  if (days == INT32_MAX) return INT32_MAX;
  if (days == INT32_MIN) return -INT32_MAX;
  if (days > INT32_MAX - kEpochDays - 1) return corrupt("binary COPY: a date beyond any calendar");
  return days + kEpochDays;
}

Result<int64_t> binary_micros(std::string_view bytes) {
  if (bytes.size() != 8) return wrong_width("timestamp", bytes);
  const auto micros = static_cast<int64_t>(big_endian(bytes));
  if (micros == INT64_MAX) return INT64_MAX;
  if (micros == INT64_MIN) return -INT64_MAX;
  if (micros > INT64_MAX - kEpochMicros - 1)
    return corrupt("binary COPY: a timestamp beyond any calendar");
  return micros + kEpochMicros;
}

// A numeric is base-10000 digits with the weight of the first one and a display scale.
Result<std::string> binary_numeric(std::string_view bytes) {
  constexpr size_t kHeader = 8;
  if (bytes.size() < kHeader || bytes.size() % 2 != 0) return wrong_width("numeric", bytes);
  const int digits = read_i16(bytes, 0);
  const int weight = read_i16(bytes, 2);
  const auto sign = static_cast<uint16_t>(read_i16(bytes, 4));
  const int scale = read_i16(bytes, 6);
  if (sign == 0xC000) return std::string("NaN");
  if (sign == 0xD000) return std::string("Infinity");
  if (sign == 0xF000) return std::string("-Infinity");
  if (digits < 0 || scale < 0 || (sign != 0 && sign != 0x4000) ||
      bytes.size() != kHeader + 2 * static_cast<size_t>(digits))
    return corrupt("binary COPY: a damaged numeric");
  const auto digit = [&](int index) {
    return index >= 0 && index < digits ? read_i16(bytes, kHeader + 2 * static_cast<size_t>(index))
                                        : int16_t{0};
  };
  for (int index = 0; index < digits; ++index) {
    if (digit(index) < 0 || digit(index) > 9999) return corrupt("binary COPY: a damaged numeric");
  }
  std::string text = sign == 0x4000 ? "-" : "";
  text += std::to_string(weight >= 0 ? digit(0) : 0);
  for (int index = 1; index <= weight; ++index) text += fmt::format("{:04}", digit(index));
  if (scale == 0) return text;
  text += '.';
  std::string fraction;
  for (int index = weight + 1; std::cmp_less(fraction.size(), scale); ++index)
    fraction += fmt::format("{:04}", digit(index));
  return text + fraction.substr(0, static_cast<size_t>(scale));
}

}  // namespace coterie::data
