#include "serving/features/feature_answers.h"

namespace coterie::serving {
namespace {

using features::ValueColumn;

constexpr std::string_view kNoTime = R"("1970-01-01T00:00:00Z")";

void write_key(JsonWriter& json, const JsonValue& value) {
  if (value.kind() == JsonValue::Kind::kInteger) {
    json.integer(*value.integer());
  } else {
    json.text(*value.text());
  }
}

// The request's columns that are join keys, by the name of the join key.
template <class Visit>
void each_join_key(const FeatureRequest& request, const ServedPlan& plan, const Visit& visit) {
  for (const RequestColumn& column : request.columns()) {
    if (plan.has_join_key(column.name)) {
      visit(column, column.name);
      continue;
    }
    for (const features::Entity* entity : plan.entities()) {
      const bool by_entity = entity->name == column.name && entity->join_keys.size() == 1 &&
                             request.find(entity->join_keys.front()) == nullptr;
      if (by_entity) visit(column, std::string_view(entity->join_keys.front()));
    }
  }
}

// `each` gives row r's JSON; the brackets and commas are written here, without a look back.
template <class Each>
void write_rows(std::string& out, std::string_view name, size_t rows, const Each& each) {
  out += name;
  for (size_t r = 0; r < rows; ++r) {
    if (r > 0) out += ',';
    out += each(r);
  }
}

void write_keys(JsonWriter& json, const RequestColumn& column, std::string& out) {
  const size_t rows = column.values.size();
  json.raw(R"({"values":[)");
  for (const JsonValue& value : column.values) write_key(json, value);
  write_rows(out, R"(],"statuses":[)", rows, [](size_t) { return R"("PRESENT")"; });
  write_rows(out, R"(],"event_timestamps":[)", rows, [](size_t) { return kNoTime; });
  out += "]}";
}

void write_output(JsonWriter& json, const features::ValueType& type, const ValueColumn& column,
                  size_t rows, TimeTexts& times, std::string& out) {
  json.raw(R"({"values":[)");
  for (size_t r = 0; r < rows; ++r) write_value(json, type, column, static_cast<int64_t>(r));
  write_rows(out, R"(],"statuses":[)", rows,
             [&](size_t r) { return status_json(column.statuses[r]); });
  write_rows(out, R"(],"event_timestamps":[)", rows,
             [&](size_t r) { return times.text(r, column.event_times[r]); });
  out += "]}";
}

}  // namespace

void write_feature_major(const FeatureRequest& request, const ServedPlan& plan,
                         const PlanWorker& worker, TimeTexts& times, std::string& out) {
  JsonWriter json(out);
  json.begin_object().key("metadata").begin_object().key("feature_names").begin_array();
  each_join_key(request, plan,
                [&](const RequestColumn&, std::string_view name) { json.text(name); });
  for (const ServedName& name : plan.names())
    json.raw(request.full_feature_names() ? name.full : name.plain);
  json.end_array().end_object().key("results").begin_array();
  each_join_key(request, plan, [&](const RequestColumn& column, std::string_view) {
    write_keys(json, column, out);
  });
  const auto& outputs = plan.request().outputs();
  times.begin(request.rows());
  for (size_t o = 0; o < outputs.size(); ++o)
    write_output(json, outputs[o].type, worker.values[o], request.rows(), times, out);
  json.end_array().end_object();
}

void write_entity(const EntityAnswer& answer, const ServedPlan& plan, const PlanWorker& worker,
                  std::string& out) {
  const auto& outputs = plan.request().outputs();
  JsonWriter json(out);
  json.begin_object().key("entity").text(answer.entity).key("id").text(answer.id);
  json.key("as_of").text(format_utc(answer.as_of));
  json.key("features").begin_object();
  for (size_t o = 0; o < outputs.size(); ++o) {
    json.key(outputs[o].definition->name);
    write_value(json, outputs[o].type, worker.values[o], 0);
  }
  json.end_object().key("statuses").begin_object();
  for (size_t o = 0; o < outputs.size(); ++o)
    json.key(outputs[o].definition->name).raw(status_json(worker.values[o].statuses[0]));
  json.end_object().end_object();
}

void write_sample(const SampleMoment& moment, const ServedPlan& plan, const PlanWorker& worker,
                  std::string& out) {
  JsonWriter json(out);
  json.begin_object().key("at").text(format_utc(moment.at));
  json.key("log_offset").integer(moment.log_offset).key("entities").begin_object();
  const auto row = static_cast<size_t>(moment.row);
  for (size_t k = 0; k < plan.entities().size(); ++k) {
    const features::Entity& entity = *plan.entities()[k];
    json.key(entity.join_keys.front()).text(worker.keys[k][row]);
  }
  json.end_object().key("features").begin_object();
  const auto& outputs = plan.request().outputs();
  for (size_t o = 0; o < outputs.size(); ++o) {
    json.key(outputs[o].definition->reference());
    write_value(json, outputs[o].type, worker.values[o], moment.row);
  }
  json.end_object().end_object();
  out += '\n';
}

}  // namespace coterie::serving
