// Entities, sources and services.

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "data/project/roles.h"
#include "features/registry/reading_internal.h"

namespace coterie::features {
namespace {

const std::vector<std::string> kValueTypes = {"numeric", "categorical", "boolean", "text"};

FeatureType value_type(const std::string& name) {
  if (name == "categorical") return FeatureType::kCategorical;
  if (name == "boolean") return FeatureType::kBoolean;
  return name == "text" ? FeatureType::kText : FeatureType::kNumeric;
}

// Sources say where rows come from in one of three ways.
class SourceReader {
 public:
  explicit SourceReader(const YamlNode& node) : node_(node), map_(node) {}

  Result<Source> read() {
    source_.node = node_;
    map_.has("name");
    source_.table = map_.string("table", "");
    source_.sql = map_.string("sql", "");
    source_.timestamp_field = map_.string("timestamp_field", "");
    source_.arrived_at = map_.string("arrived_at", "");
    source_.is_static = map_.boolean("static", false);
    source_.description = map_.string("description", "");
    source_.owner = map_.string("owner", "");
    source_.tags = map_.string_list("tags");
    for (const char* key : {"request", "columns", "where"}) map_.has(key);
    RETURN_IF_ERROR(map_.finish());
    ASSIGN_OR_RETURN(source_.name, read_own_name(node_, "a source"));
    RETURN_IF_ERROR(check_origin());
    if (node_.find("request")) {
      RETURN_IF_ERROR(read_request());
      return std::move(source_);
    }
    RETURN_IF_ERROR(read_columns());
    if (const auto where = node_.find("where")) {
      ASSIGN_OR_RETURN(source_.where, read_expression(*where));
    }
    RETURN_IF_ERROR(check_time());
    return std::move(source_);
  }

 private:
  Status check_origin() const {
    std::vector<std::string> origins;
    for (const char* key : {"table", "sql", "request"}) {
      const auto origin = node_.find(key);
      if (!origin) continue;
      origins.emplace_back(key);
      if (origin->is_scalar() && origin->as_string()->empty()) {
        return origin->error(fmt::format("'{}' is empty", key));
      }
    }
    if (origins.size() == 1) return {};
    if (origins.empty()) {
      return node_.error(
          fmt::format("source '{}' says nowhere where its rows come from", source_.name),
          "write table: transactions, sql: SELECT ..., or request: {field: numeric}");
    }
    return node_.key_error(origins[1],
                           fmt::format("'{}' stands beside '{}'", origins[1], origins[0]),
                           "keep one of them");
  }

  Status read_request() {
    for (const char* key : {"columns", "where", "timestamp_field", "arrived_at", "static"}) {
      if (!node_.find(key)) continue;
      return node_.key_error(key, fmt::format("'{}' means nothing to a request", key),
                             "remove it; derived features compute from what a request brings");
    }
    const YamlNode request = *node_.find("request");
    if (!request.is_map() || request.entries().empty()) {
      return request.error("expected a map of fields to types",
                           "write for example {basket_value: numeric}");
    }
    for (const auto& [name, value] : request.entries()) {
      RETURN_IF_ERROR(check_name(value, name, "a field"));
      ASSIGN_OR_RETURN(const std::string type, value.as_string());
      if (std::ranges::find(kValueTypes, type) == kValueTypes.end()) {
        return value.error(fmt::format("'{}' is not the type of a field", type),
                           names_mend(type, kValueTypes, "types are"));
      }
      source_.request.emplace_back(name, value_type(type));
    }
    return {};
  }

  Status read_columns() {
    const auto node = node_.find("columns");
    if (!node) return {};
    if (!node->is_map()) {
      return node->error("expected a map of names to expressions",
                         "write for example {amount: \"price * quantity\"}");
    }
    for (const auto& [name, value] : node->entries()) {
      RETURN_IF_ERROR(check_name(value, name, "a column"));
      ASSIGN_OR_RETURN(std::string text, read_expression(value));
      source_.columns.emplace_back(name, std::move(text));
    }
    return {};
  }

  // A row without a time is not known to have been there at any moment but now.
  Status check_time() const {
    const auto field = node_.find("timestamp_field");
    if (source_.is_static) {
      for (const char* key : {"timestamp_field", "arrived_at"}) {
        if (!node_.find(key)) continue;
        return node_.key_error(key, fmt::format("a static source has no '{}'", key),
                               "remove it, or remove 'static' if its rows have a time");
      }
      return {};
    }
    if (field && source_.timestamp_field.empty()) return field->error("the column's name is empty");
    if (field) return {};
    const std::string mend =
        "name the column that says when a row happened: timestamp_field: created_at; or write "
        "static: true if its rows count at any time";
    if (!source_.sql.empty()) {
      return node_.error(fmt::format("source '{}' has no 'timestamp_field'", source_.name), mend);
    }
    const data::Role* role = data::find_role(source_.table);
    if (role != nullptr && !role->time.empty()) return {};
    return node_.find("table")->error(
        fmt::format("table '{}' has no time of its own", source_.table), mend);
  }

  YamlNode node_;
  YamlMap map_;
  Source source_;
};

// "spend_30d@2" is the feature and the version that the service counts on.
Result<std::string> read_member(const YamlNode& node) {
  ASSIGN_OR_RETURN(const std::string text, node.as_string());
  const size_t at = text.find('@');
  if (at == std::string::npos) return text;
  int version = 0;
  const char* const begin = text.data() + at + 1;
  const char* const last = text.data() + text.size();
  const auto [end, fault] = std::from_chars(begin, last, version);
  if (fault != std::errc() || end != last || version < 1) {
    return node.error(
        fmt::format("'{}' names no version", text),
        fmt::format("write {}@1, or {} alone", text.substr(0, at), text.substr(0, at)));
  }
  return text.substr(0, at);
}

}  // namespace

Result<Entity> read_entity(const YamlNode& node) {
  YamlMap map(node);
  Entity entity;
  entity.node = node;
  map.has("name");
  entity.join_keys = map.string_list("join_keys");
  entity.description = map.string("description", "");
  RETURN_IF_ERROR(map.finish());
  ASSIGN_OR_RETURN(entity.name, read_own_name(node, "an entity"));
  const auto keys = node.find("join_keys");
  if (!keys || entity.join_keys.empty()) {
    return (keys ? *keys : node)
        .error(fmt::format("entity '{}' has no join keys", entity.name),
               fmt::format("name the columns that tell it apart: join_keys: [{}_id]", entity.name));
  }
  std::set<std::string> seen;
  const std::vector<YamlNode> items = keys->is_list() ? keys->items() : std::vector{*keys};
  for (const YamlNode& item : items) {
    ASSIGN_OR_RETURN(const std::string key, read_name(item, "a join key"));
    if (!seen.insert(lower_case(key)).second) {
      return item.error(fmt::format("join key '{}' stands twice", key), "remove one");
    }
  }
  return entity;
}

Result<Source> read_source(const YamlNode& node) { return SourceReader(node).read(); }

Result<FeatureService> read_service(const YamlNode& node) {
  YamlMap map(node);
  FeatureService service;
  service.node = node;
  map.has("name");
  service.version = static_cast<int>(map.integer("version", 1, {.min = 1, .max = 1'000'000}));
  map.has("features");
  service.description = map.string("description", "");
  service.owner = map.string("owner", "");
  service.tags = map.string_list("tags");
  RETURN_IF_ERROR(map.finish());
  ASSIGN_OR_RETURN(service.name, read_own_name(node, "a service"));
  const auto features = node.find("features");
  if (!features || !features->is_list() || features->items().empty()) {
    return (features ? *features : node)
        .error(fmt::format("service '{}' lists no features", service.name),
               "write features: [first_feature, second_feature]");
  }
  for (const YamlNode& item : features->items()) {
    ASSIGN_OR_RETURN(std::string member, read_member(item));
    service.features.push_back(std::move(member));
  }
  return service;
}

}  // namespace coterie::features
