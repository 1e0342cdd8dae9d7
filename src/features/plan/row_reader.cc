#include "features/plan/row_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "expr/calendar.h"
#include "features/plan/pushed_value.h"

namespace coterie::features {
namespace {

using expr::TypeKind;

constexpr int64_t kFirstDay = -719'162;  // 0001-01-01
constexpr int64_t kLastDay = 2'932'896;  // 9999-12-31

// An expression over the schema's values; one that is nothing but a column is not evaluated.
class Computed {
 public:
  Computed(const expr::Expression& expression, const expr::Schema& schema)
      : expression_(expression), workspace_(expression, 1), is_column_(expression.is_column()) {
    for (const expr::Column& column : expression.columns()) {
      const auto& all = schema.columns();
      const auto found = std::ranges::find(all, column.name, &expr::Column::name);
      CHECK(found != all.end());
      inputs_.push_back(static_cast<size_t>(found - all.begin()));
    }
    row_.resize(inputs_.size());
  }

  expr::Value evaluate(std::span<const expr::Value> values) {
    return is_column_ ? values[inputs_[0]] : expression_.evaluate(gathered(values), workspace_);
  }
  bool is_met(std::span<const expr::Value> values) {
    return expression_.is_met(gathered(values), workspace_);
  }
  const std::vector<size_t>& inputs() const { return inputs_; }

 private:
  std::span<const expr::Value> gathered(std::span<const expr::Value> values) {
    for (size_t i = 0; i < inputs_.size(); ++i) row_[i] = values[inputs_[i]];
    return row_;
  }

  expr::Expression expression_;
  expr::Workspace workspace_;
  std::vector<size_t> inputs_;
  std::vector<expr::Value> row_;
  bool is_column_;
};

// A column that rows bring.
struct Input {
  size_t place = 0;  // in the schema
  PushedColumn column;
  std::string id_text;
};

size_t place_in(const expr::Schema& schema, std::string_view name) {
  const auto& all = schema.columns();
  return static_cast<size_t>(std::ranges::find(all, name, &expr::Column::name) - all.begin());
}

}  // namespace

struct RowReader::Impl {
  Impl(const SourcePlan& source_plan, std::vector<TextPool*> text_pools, TimeZone time_zone);
  void add_input(const std::string& name);
  void add_needed_inputs();
  Status read_inputs(std::span<const PushedValue> pushed);
  Status read_key();
  Status read_time(EventRow& event);
  Result<Micros> time_in(size_t place) const;
  Error wrong(std::string_view column, const std::string& what) const;

  const SourcePlan& plan;
  std::vector<TextPool*> pools;
  TimeZone zone;
  std::vector<std::string> names;
  std::vector<Input> inputs;
  size_t time = 0;  // places in the schema; its size = none
  size_t arrived = 0;
  size_t day = 0;
  std::vector<size_t> keys;
  std::vector<size_t> computed_places;
  std::vector<Computed> computed;
  std::vector<size_t> needed_computed;  // of them, in their order
  std::optional<Computed> where;
  std::vector<Computed> fields;
  std::vector<Computed> filters;

  // Of the latest row.
  std::vector<expr::Value> values;  // by column of the schema
  std::string key;
  std::vector<std::string_view> key_parts;
  std::vector<std::string> key_texts;
  std::vector<EventValue> event_values;
  std::vector<std::string_view> texts;
  std::vector<uint8_t> passes;
};

RowReader::Impl::Impl(const SourcePlan& source_plan, std::vector<TextPool*> text_pools,
                      TimeZone time_zone)
    : plan(source_plan), pools(std::move(text_pools)), zone(std::move(time_zone)) {
  CHECK(pools.size() == plan.fields.size());
  for (const ComputedColumn& column : plan.computed) {
    computed.emplace_back(column.expression, plan.schema);
    computed_places.push_back(place_in(plan.schema, column.name));
  }
  if (plan.where) where.emplace(*plan.where, plan.schema);
  for (const Field& field : plan.fields) fields.emplace_back(field.expression, plan.schema);
  for (const expr::Expression& filter : plan.filters) filters.emplace_back(filter, plan.schema);
  const size_t none = plan.schema.columns().size();
  values.resize(none);
  time =
      plan.table.timestamp_field.empty() ? none : place_in(plan.schema, plan.table.timestamp_field);
  arrived = plan.table.arrived_at.empty() ? none : place_in(plan.schema, plan.table.arrived_at);
  for (const std::string& join_key : plan.entity->join_keys)
    keys.push_back(place_in(plan.schema, join_key));
  key_texts.resize(keys.size());
  event_values.resize(fields.size());
  texts.resize(fields.size());
  passes.resize(filters.size());
  add_needed_inputs();
  const SourceColumn* const day_column = plan.table.find("day");
  const bool of_a_role = time != none && !plan.source->table.empty() && day_column != nullptr &&
                         day_column->column.type.is(TypeKind::kDate) &&
                         plan.table.timestamp_field != "day";
  day = of_a_role ? place_in(plan.schema, "day") : none;
}

void RowReader::Impl::add_input(const std::string& name) {
  if (std::ranges::find(names, name) != names.end()) return;
  const SourceColumn* const column = plan.table.find(name);
  if (column == nullptr) return;  // a computed one
  const auto& join_keys = plan.entity->join_keys;
  const bool is_key = std::ranges::find(join_keys, name) != join_keys.end();
  names.push_back(name);
  inputs.push_back({.place = place_in(plan.schema, name),
                    .column = {.type = column->column.type,
                               .is_float = column->column.type.is(TypeKind::kReal) &&
                                           column->column.storage == expr::Storage::kNarrow,
                               .holds_ids = is_key || !column->dictionary.empty()},
                    .id_text = {}});
}

void RowReader::Impl::add_needed_inputs() {
  for (const std::string& join_key : plan.entity->join_keys) add_input(join_key);
  if (!plan.table.timestamp_field.empty()) add_input(plan.table.timestamp_field);
  if (!plan.table.arrived_at.empty()) add_input(plan.table.arrived_at);
  std::vector<bool> needed(plan.schema.columns().size());
  const auto need = [&](const Computed& expression) {
    for (const size_t place : expression.inputs()) needed[place] = true;
  };
  if (where) need(*where);
  for (const Computed& field : fields) need(field);
  for (const Computed& filter : filters) need(filter);
  for (size_t i = computed.size(); i-- > 0;) {
    if (!needed[computed_places[i]]) continue;
    need(computed[i]);
    needed_computed.insert(needed_computed.begin(), i);
  }
  for (size_t place = 0; place < needed.size(); ++place) {
    if (needed[place]) add_input(plan.schema.columns()[place].name);
  }
}

Error RowReader::Impl::wrong(std::string_view column, const std::string& what) const {
  return invalid_input(what).for_key(fmt::format("{}.{}", plan.source->name, column));
}

Status RowReader::Impl::read_inputs(std::span<const PushedValue> pushed) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    Input& input = inputs[i];
    expr::Value& value = values[input.place];
    value = {};
    if (pushed[i].kind == PushedValue::Kind::kNull) continue;
    if (convert_pushed(pushed[i], input.column, zone, input.id_text, value)) continue;
    return wrong(names[i], fmt::format("not a value of the type {}: {}",
                                       input.column.type.to_text(), shown_value(pushed[i])))
        .with_mend("send " + wanted_value(input.column));
  }
  return {};
}

Status RowReader::Impl::read_key() {
  key_parts.clear();
  for (size_t i = 0; i < keys.size(); ++i) {
    const expr::Column& column = plan.schema.columns()[keys[i]];
    const expr::Value& value = values[keys[i]];
    if (column.type.is(TypeKind::kInt)) {
      key_texts[i] = std::to_string(value.integer);
      key_parts.emplace_back(key_texts[i]);
    } else if (column.type.is(TypeKind::kText)) {
      key_parts.emplace_back(value.text);
    } else {
      return wrong(column.name, fmt::format("a join key of the type {}", column.type.to_text()))
          .with_mend("join keys are texts or integers: convert it in the source");
    }
    if (value.null || key_parts.back().empty())
      return wrong(column.name, "the row has no value of the join key").with_mend("send one");
  }
  if (keys.size() == 1) {
    key = key_parts[0];
  } else {
    key = entity_key(key_parts);
  }
  if (key.size() <= kMaxEntityKeyBytes) return {};
  return wrong(plan.schema.columns()[keys[0]].name,
               fmt::format("a join key of {} bytes", key.size()))
      .with_mend(fmt::format("send at most {} bytes", kMaxEntityKeyBytes));
}

Result<Micros> RowReader::Impl::time_in(size_t place) const {
  const expr::Column& column = plan.schema.columns()[place];
  const int64_t value = values[place].integer;
  const bool is_day = column.type.is(TypeKind::kDate);
  const int64_t days = is_day ? value : expr::split_micros(value).days;
  if (days < kFirstDay || days > kLastDay)
    return wrong(column.name, "the time lies outside the years 1 to 9999")
        .with_mend("send a time as 2024-01-31T09:05:00Z, or microseconds since 1970");
  return is_day ? zone.day_end(static_cast<int32_t>(days)) : value;
}

Status RowReader::Impl::read_time(EventRow& event) {
  const size_t none = values.size();
  event.time = event.arrived = kStaticTime;
  if (time == none) return {};
  if (values[time].null)
    return wrong(plan.table.timestamp_field, "the row has no time").with_mend("send one");
  ASSIGN_OR_RETURN(event.time, time_in(time));
  event.arrived = event.time;
  if (arrived != none && !values[arrived].null) {
    ASSIGN_OR_RETURN(event.arrived, time_in(arrived));
  }
  if (day != none && values[day].null) values[day] = expr::Value::of_int(zone.day_of(event.time));
  return {};
}

RowReader::RowReader(const SourcePlan& plan, std::vector<TextPool*> pools, const TimeZone& zone)
    : impl_(std::make_unique<Impl>(plan, std::move(pools), zone)) {}

const std::vector<std::string>& RowReader::columns() const { return impl_->names; }

Result<PushedRow> RowReader::read(std::span<const PushedValue> pushed) {
  Impl& impl = *impl_;
  CHECK(pushed.size() == impl.inputs.size());
  PushedRow row;
  RETURN_IF_ERROR(impl.read_inputs(pushed));
  RETURN_IF_ERROR(impl.read_key());
  RETURN_IF_ERROR(impl.read_time(row.event));
  for (const size_t i : impl.needed_computed)
    impl.values[impl.computed_places[i]] = impl.computed[i].evaluate(impl.values);
  row.key = impl.key;
  row.counts = !impl.where || impl.where->is_met(impl.values);
  if (!row.counts) return row;
  for (size_t i = 0; i < impl.fields.size(); ++i) {
    const expr::Value value = impl.fields[i].evaluate(impl.values);
    EventValue& out = impl.event_values[i];
    out = {.integer = value.integer, .real = value.real, .code = 0, .null = value.null};
    impl.texts[i] = value.null ? std::string_view() : value.text;
    if (!value.null && impl.pools[i] != nullptr) out.code = impl.pools[i]->add(value.text);
  }
  for (size_t i = 0; i < impl.filters.size(); ++i)
    impl.passes[i] = impl.filters[i].is_met(impl.values) ? 1 : 0;
  row.event.values = impl.event_values;
  row.event.passes = impl.passes;
  row.texts = impl.texts;
  return row;
}

Status RowReader::check(std::span<const PushedValue> pushed) {
  CHECK(pushed.size() == impl_->inputs.size());
  EventRow times;
  RETURN_IF_ERROR(impl_->read_inputs(pushed));
  RETURN_IF_ERROR(impl_->read_key());
  return impl_->read_time(times);
}

std::string entity_key(std::span<const std::string_view> join_keys) {
  if (join_keys.size() == 1) return std::string(join_keys[0]);
  std::string key;
  for (size_t i = 0; i < join_keys.size(); ++i) {
    if (i > 0) key += '|';
    for (const char c : join_keys[i]) {
      if (c == '|' || c == '\\') key += '\\';
      key += c;
    }
  }
  return key;
}

RowReader::RowReader(RowReader&&) noexcept = default;
RowReader& RowReader::operator=(RowReader&&) noexcept = default;
RowReader::~RowReader() = default;

}  // namespace coterie::features
