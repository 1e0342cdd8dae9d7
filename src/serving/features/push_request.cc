#include "serving/features/push_request.h"

#include <fmt/format.h>

#include "serving/features/feature_request.h"

namespace coterie::serving {
namespace {

using features::PushedRows;
using features::PushedValue;
using Kind = JsonValue::Kind;

Error in_field(Error error, std::string key, std::string mend) {
  return std::move(error).for_key(std::move(key)).with_mend(std::move(mend));
}

Result<PushedValue> pushed_value(const JsonValue& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return PushedValue();
    case Kind::kBoolean:
      return PushedValue::of_bool(*value.boolean());
    case Kind::kInteger:
      return PushedValue::of_integer(*value.integer());
    case Kind::kReal:
      return PushedValue::of_real(*value.real());
    case Kind::kText:
      return PushedValue::of_text(*value.text());
    default:
      return invalid_input(
          fmt::format("expected a single value, found {}", kind_name(value.kind())));
  }
}

Status check_destination(const JsonValue& body) {
  const auto to = member_of(body, "to");
  if (!to) return {};
  const auto name = to->text();
  if (name.ok() && (*name == "online" || *name == "offline" || *name == "online_and_offline"))
    return {};
  return invalid_input(name.ok() ? fmt::format("'{}' is no destination", name->substr(0, 80))
                                 : name.error().message)
      .for_key("to")
      .with_mend("write online, offline or online_and_offline");
}

Status read_columns(const JsonValue& df, size_t max_rows, PushedRows& rows) {
  std::vector<JsonValue::Member> members;
  if (const Status read = df.members(members); !read.ok())
    return in_field(read.error(), "df", "write an object with a list of values by column");
  std::vector<std::vector<JsonValue>> columns(members.size());
  for (size_t c = 0; c < members.size(); ++c) {
    const std::string key = fmt::format("df.{}", members[c].first);
    rows.columns.emplace_back(members[c].first);
    if (const Status listed = members[c].second.items(columns[c]); !listed.ok())
      return in_field(listed.error(), key, "write a list with one value a row");
    if (columns[c].size() != columns[0].size()) {
      return in_field(invalid_input(fmt::format("{} values, and df.{} has {}", columns[c].size(),
                                                members[0].first, columns[0].size())),
                      key, "give every column one value a row");
    }
  }
  const size_t count = columns.empty() ? 0 : columns[0].size();
  if (count == 0)
    return in_field(invalid_input("no rows"), "df", "write columns with a value a row");
  if (count > max_rows) {
    return in_field(
        invalid_input(fmt::format("{} rows, at most {} are taken at once", count, max_rows)), "df",
        "push in several requests");
  }
  rows.values.reserve(count * columns.size());
  for (size_t r = 0; r < count; ++r) {
    for (size_t c = 0; c < columns.size(); ++c) {
      const auto value = pushed_value(columns[c][r]);
      if (!value.ok()) {
        return in_field(value.error(), fmt::format("df.{}[{}]", rows.columns[c], r),
                        "write a text, a number, true, false or null");
      }
      rows.values.push_back(*value);
    }
  }
  return {};
}

Status read_ids(const JsonValue& body, PushedRows& rows) {
  const auto ids = member_of(body, "event_ids");
  if (!ids) return {};
  std::vector<JsonValue> items;
  if (const Status listed = ids->items(items); !listed.ok())
    return in_field(listed.error(), "event_ids", "write a list with one id a row");
  for (size_t i = 0; i < items.size(); ++i) {
    const auto id = items[i].text();
    if (!id.ok()) return in_field(id.error(), fmt::format("event_ids[{}]", i), "write a text");
    rows.ids.push_back(*id);
  }
  return {};
}

}  // namespace

Result<PushedRows> read_push(const JsonValue& body, size_t max_rows) {
  if (body.kind() != Kind::kObject) {
    return invalid_input(fmt::format("the body is {}, not an object", kind_name(body.kind())))
        .with_mend(R"(write {"push_source_name": "...", "df": {"column": [...]}})");
  }
  PushedRows rows;
  const auto source = member_of(body, "push_source_name");
  const auto name = source ? source->text() : Result<std::string_view>(invalid_input("missing"));
  if (!name.ok())
    return in_field(name.error(), "push_source_name", "write the name of the registry's source");
  rows.source = *name;
  RETURN_IF_ERROR(check_destination(body));
  const auto df = member_of(body, "df");
  if (!df) return in_field(invalid_input("missing"), "df", "write the rows, column by column");
  RETURN_IF_ERROR(read_columns(*df, max_rows, rows));
  RETURN_IF_ERROR(read_ids(body, rows));
  return rows;
}

}  // namespace coterie::serving
