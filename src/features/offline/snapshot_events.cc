// Which events a build has in memory, and who is a member of its snapshot.

#include <algorithm>

#include "base/cancel.h"
#include "features/offline/snapshot_build_internal.h"

namespace coterie::features {

std::vector<int32_t> SnapshotBuild::Impl::find_members(const EventTables& tables) const {
  const int32_t entities = tables.front().entities();
  std::vector<uint8_t> known(static_cast<size_t>(entities), 0);
  context.pool.parallel_for(entities, 8192, [&](int64_t begin, int64_t end) {
    for (const EventTable& table : tables) {
      EventTable::Cursor cursor(table);
      for (int64_t code = begin; code < end; ++code) {
        const auto entity_code = static_cast<int32_t>(code);
        if (table.events_of(entity_code) > 0 &&
            newest_visible(cursor.events_of(entity_code), at) >= 0)
          known[static_cast<size_t>(code)] = 1;
      }
    }
  });
  std::vector<int32_t> members;
  for (int32_t code = 0; code < entities; ++code) {
    if (known[static_cast<size_t>(code)] != 0) members.push_back(code);
  }
  return members;
}

Result<LoadedPart> SnapshotBuild::Impl::load(int64_t first) {
  const Stopwatch reading;
  LoadedPart part{.first = static_cast<int32_t>(first), .tables = {}, .members = {}};
  const EventScope scope{.entity = &entity,
                         .first_entity = first,
                         .end_entity = std::min<int64_t>(first + width, keys().size),
                         .latest = at};
  ASSIGN_OR_RETURN(part.tables, load_events(offline->plan, offline->keys, *texts, scope, {},
                                            context.connection, context.pool));
  part.members = find_members(part.tables);
  stats.read_seconds += reading.seconds();
  return part;
}

Status SnapshotBuild::Impl::for_each_part(const std::function<Status(const LoadedPart&)>& use) {
  if (width >= keys().size) {
    if (!whole) {
      ASSIGN_OR_RETURN(whole, load(0));
    }
    return use(*whole);
  }
  for (int64_t first = 0; first < keys().size; first += width) {
    RETURN_IF_ERROR(check_cancelled());
    ASSIGN_OR_RETURN(const LoadedPart part, load(first));
    RETURN_IF_ERROR(use(part));
  }
  return {};
}

// All sources are of this one entity.
RowBatch SnapshotBuild::Impl::batch(std::span<const int32_t> members,
                                    std::vector<Micros>& times) const {
  times.assign(members.size(), at);
  return {
      .at = times,
      .entities = std::vector<std::span<const int32_t>>(offline->plan.sources().size(), members)};
}

}  // namespace coterie::features
