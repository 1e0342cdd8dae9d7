#include "serving/features/feature_request.h"

#include <optional>

#include <fmt/format.h>

namespace coterie::serving {

std::optional<JsonValue> member_of(const JsonValue& object, std::string_view name) {
  auto found = object.find(name);
  if (found && found->kind() == JsonValue::Kind::kNull) return std::nullopt;
  return found;
}

const RequestColumn* FeatureRequest::find(std::string_view name) const {
  for (const RequestColumn& column : columns()) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

Status FeatureRequest::read(const JsonValue& body, size_t max_rows) {
  if (body.kind() != JsonValue::Kind::kObject) {
    return invalid_input(fmt::format("the body is {}, not an object", kind_name(body.kind())))
        .with_mend(R"(write {"feature_service": "...", "entities": {"customer_id": [...]}})");
  }
  column_count_ = 0;
  RETURN_IF_ERROR(read_names(body));
  for (const char* const part : {"entities", "request_data", "request_context"})
    RETURN_IF_ERROR(read_columns(body, part));
  return check_lengths(max_rows);
}

Status FeatureRequest::read_names(const JsonValue& body) {
  service_ = {};
  features_.clear();
  full_feature_names_ = false;
  const auto at = [](Error error, std::string_view key, std::string_view mend) -> Error {
    return std::move(error).for_key(std::string(key)).with_mend(std::string(mend));
  };
  if (const auto full = member_of(body, "full_feature_names")) {
    const auto value = full->boolean();
    if (!value.ok()) return at(value.error(), "full_feature_names", "write true or false");
    full_feature_names_ = *value;
  }
  if (const auto service = member_of(body, "feature_service")) {
    const auto name = service->text();
    if (!name.ok()) return at(name.error(), "feature_service", "write the service's name");
    service_ = *name;
    if (!service_.empty()) return {};
  }
  items_.clear();
  if (const auto features = member_of(body, "features")) {
    const Status listed = features->items(items_);
    if (!listed.ok()) return at(listed.error(), "features", "write a list of names");
  }
  for (size_t i = 0; i < items_.size(); ++i) {
    const auto name = items_[i].text();
    if (!name.ok()) return at(name.error(), fmt::format("features[{}]", i), "write a name");
    features_.push_back(*name);
  }
  if (!features_.empty()) return {};
  return invalid_input("nothing is asked for")
      .for_key("features")
      .with_mend("name features in `features`, or a service in `feature_service`");
}

Status FeatureRequest::read_columns(const JsonValue& body, std::string_view part) {
  const auto columns = member_of(body, part);
  if (!columns) return {};
  members_.clear();
  if (const Status read = columns->members(members_); !read.ok()) {
    return Error(read.error())
        .for_key(std::string(part))
        .with_mend("write an object with a list of values by name");
  }
  for (const auto& [name, values] : members_) {
    if (column_count_ == columns_.size()) columns_.emplace_back();
    RequestColumn& column = columns_[column_count_++];
    column.name = name;
    column.part = part;
    column.values.clear();
    if (const Status listed = values.items(column.values); !listed.ok()) {
      return Error(listed.error())
          .for_key(fmt::format("{}.{}", part, name))
          .with_mend("write a list with one value a row");
    }
  }
  return {};
}

Status FeatureRequest::check_lengths(size_t max_rows) {
  if (column_count_ == 0) {
    return invalid_input("no entity is named")
        .for_key("entities")
        .with_mend(R"(write "entities": {"customer_id": ["..."]})");
  }
  rows_ = columns_[0].values.size();
  for (const RequestColumn& column : columns()) {
    if (column.values.size() == rows_) continue;
    return invalid_input(fmt::format("{} values, and {}.{} has {}", column.values.size(),
                                     columns_[0].part, columns_[0].name, rows_))
        .for_key(fmt::format("{}.{}", column.part, column.name))
        .with_mend("give every column one value a row");
  }
  if (rows_ <= max_rows) return {};
  return invalid_input(fmt::format("{} entities, at most {} are answered at once", rows_, max_rows))
      .for_key("entities")
      .with_mend("ask in several requests");
}

}  // namespace coterie::serving
