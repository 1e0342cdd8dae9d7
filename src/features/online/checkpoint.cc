#include "features/online/checkpoint.h"

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/json.h"

namespace coterie::features {
namespace {

constexpr int kFormat = 1;

const char* metadata_name(HeadKind kind) {
  return kind == HeadKind::kServing ? "online" : "online.pending";
}

std::string prefix_of(int64_t generation) { return fmt::format("g{}/", generation); }

Error damaged_head(const store::KeyValueStore& store, HeadKind kind, std::string_view why) {
  return corrupt(fmt::format("{}: the metadata '{}' is damaged: {}", store.name(),
                             metadata_name(kind), why))
      .with_mend("run `coterie features materialize`, which builds the store anew");
}

CheckpointHead head_from(const nlohmann::json& json) {
  CheckpointHead head;
  head.generation = json.at("generation").get<int64_t>();
  head.offset = json.at("offset").get<events::Offset>();
  head.fingerprint = json.at("fingerprint").get<std::string>();
  head.saved_at = json.at("saved_at").get<Micros>();
  head.superseded = json.at("superseded").get<int64_t>();
  for (const nlohmann::json& each : json.at("dropped"))
    head.dropped.push_back({each.at("count").get<int64_t>(), each.at("latest").get<Micros>()});
  return head;
}

}  // namespace

Result<std::optional<CheckpointHead>> read_head(const store::KeyValueStore& store, HeadKind kind) {
  ASSIGN_OR_RETURN(const auto text, store.metadata(metadata_name(kind)));
  if (!text || text->empty()) return std::optional<CheckpointHead>();
  const auto json = parse_json(*text, store.name());
  if (!json.ok()) return damaged_head(store, kind, json.error().message);
  try {
    const int format = json->at("format").get<int>();
    if (format > kFormat) {
      return Error{
          ErrorCode::kUnsupported,
          fmt::format("{} was written by a later release (format {})", store.name(), format)}
          .with_mend("use that release, or another online_store");
    }
    return std::optional(head_from(*json));
  } catch (const nlohmann::json::exception& fault) {
    return damaged_head(store, kind, fault.what());
  }
}

void put_head(store::WriteBatch& batch, HeadKind kind, const CheckpointHead& head) {
  nlohmann::json dropped = nlohmann::json::array();
  for (const DroppedEvents& each : head.dropped)
    dropped.push_back({{"count", each.count}, {"latest", each.latest}});
  batch.set_metadata(metadata_name(kind),
                     dump_json(nlohmann::json{{"format", kFormat},
                                              {"generation", head.generation},
                                              {"offset", head.offset},
                                              {"fingerprint", head.fingerprint},
                                              {"saved_at", head.saved_at},
                                              {"superseded", head.superseded},
                                              {"dropped", dropped}}));
}

Status check_fingerprint(const CheckpointHead& head, const OnlineState& state,
                         const store::KeyValueStore& store) {
  if (head.fingerprint == state.layout().fingerprint()) return {};
  return Error{ErrorCode::kConflict,
               fmt::format("{} holds the state of other feature definitions", store.name())}
      .with_mend(
          "run `coterie features materialize`, which builds it for the present ones, or undo the "
          "change of the registry");
}

Status set_materialized(const std::string& log_folder, bool materialized) {
  return write_file_atomic(log_folder + "/materialized", materialized ? "yes\n" : "no\n");
}

Status check_never_materialized(const std::string& log_folder, const std::string& store_name) {
  const auto text = read_file(log_folder + "/materialized");
  if (!text.ok()) return text.error().code == ErrorCode::kNotFound ? Status() : text.error();
  if (*text != "yes\n") return {};
  return not_found(fmt::format("{} is empty, though it was materialized before", store_name))
      .with_mend(
          "run `coterie features materialize` again, or `coterie features rebuild` to begin with "
          "what was pushed");
}

Status load_generation(const store::KeyValueStore& store, int64_t generation, OnlineState& state) {
  for (size_t k = 0; k < state.layout().kinds().size(); ++k) {
    const std::string prefix = prefix_of(generation) + state.layout().kinds()[k].entity->name + "/";
    RETURN_IF_ERROR(
        store.scan(prefix, [&](std::string_view key, std::string_view record) -> Status {
          const std::string name(key.substr(prefix.size()));
          Status restored = state.restore(static_cast<int>(k), name, record);
          if (restored.ok()) return restored;
          Error error = std::move(restored).error();
          error.message = fmt::format("{}: {}", store.name(), error.message);
          return std::move(error)
              .for_key(store::printable_key(key))
              .with_mend("run `coterie features materialize`, which builds the store anew");
        }));
  }
  return {};
}

Status clear_generation(store::KeyValueStore& store, int64_t generation) {
  const auto cleared = store.clear(prefix_of(generation));
  return cleared.ok() ? Status() : Status(cleared.error());
}

Status write_entities(store::KeyValueStore& store, int64_t generation, OnlineState& state,
                      std::span<const OnlineState::EntityRef> entities, int64_t batch_bytes,
                      const WrittenEntities& written) {
  store::WriteBatch batch;
  std::string record;
  for (size_t begin = 0; begin < entities.size();) {
    batch.clear();
    size_t end = begin;
    for (int64_t bytes = 0; end < entities.size() && bytes < batch_bytes; ++end) {
      const OnlineState::EntityRef& entity = entities[end];
      record.clear();
      state.encode(entity, record);
      const auto& kind = state.layout().kinds()[static_cast<size_t>(entity.kind)];
      batch.put(prefix_of(generation) + kind.entity->name + "/" + entity.key(), record);
      bytes += static_cast<int64_t>(record.size());
    }
    Status status = store.write(batch);
    if (status.ok() && written) status = written(entities.subspan(begin, end - begin));
    if (!status.ok()) {
      for (const OnlineState::EntityRef& entity : entities.subspan(begin)) state.give_back(entity);
      return status;
    }
    begin = end;
  }
  return {};
}

}  // namespace coterie::features
