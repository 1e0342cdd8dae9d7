#include "base/byte_stream.h"
#include "features/online/entity_record_internal.h"

namespace coterie::features {
namespace {

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
  ByteReader in(record);
  EntityRecord read;
  read.folded_to = static_cast<events::Offset>(in.varint());
  if (in.varint() != sources || read.folded_to < 0) return damaged();
  for (size_t i = 0; i < sources; ++i) read.histories.push_back(in.text(in.varint()));
  if (!in.ok() || in.left() > 0) return damaged();
  return read;
}

}  // namespace coterie::features
