#include "features/online/entity_record_internal.h"

namespace coterie::features {
namespace {

void put_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

std::optional<uint64_t> take_varint(std::string_view& rest) {
  uint64_t value = 0;
  for (int shift = 0; shift < 63 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(rest[0]);
    rest.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

Error damaged() { return corrupt("the record of an entity is damaged"); }

}  // namespace

void begin_entity_record(std::string& out, events::Offset folded_to, size_t sources) {
  put_varint(out, static_cast<uint64_t>(folded_to));
  put_varint(out, sources);
}

void append_record_source(std::string& out, std::string_view history) {
  put_varint(out, history.size());
  out += history;
}

Result<EntityRecord> read_entity_record(std::string_view record, size_t sources) {
  EntityRecord read;
  const auto folded_to = take_varint(record);
  const auto count = take_varint(record);
  if (!folded_to || !count || *count != sources) return damaged();
  read.folded_to = static_cast<events::Offset>(*folded_to);
  for (size_t i = 0; i < sources; ++i) {
    const auto bytes = take_varint(record);
    if (!bytes || *bytes > record.size()) return damaged();
    read.histories.push_back(record.substr(0, *bytes));
    record.remove_prefix(*bytes);
  }
  if (!record.empty()) return damaged();
  return read;
}

}  // namespace coterie::features
