#pragma once
// An entity's record in a checkpoint: varint offset up to which it is folded, varint number of its
// sources, then per source varint length and bytes of its EntityHistory (0 = no events). What the
// bytes mean depends on the plan; its fingerprint stands in the checkpoint's head (checkpoint.h).

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "events/event.h"

namespace coterie::features {

void begin_entity_record(std::string& out, events::Offset folded_to, size_t sources);
void append_record_source(std::string& out, std::string_view history);

struct EntityRecord {
  events::Offset folded_to = 0;
  std::vector<std::string_view> histories;  // by source; view the record
};
// kCorrupt unless it holds exactly `sources`.
Result<EntityRecord> read_entity_record(std::string_view record, size_t sources);

}  // namespace coterie::features
