#include "serving/http/json_reader.h"

#include <algorithm>
#include <bit>
#include <span>
#include <string>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/check.h"
#include "base/json.h"

namespace coterie::serving {
namespace {

constexpr size_t kMaxDepth = 64;
// Up to so many names are compared each with each, which is faster than sorting them.
constexpr size_t kFewNames = 16;

Error unexpected(std::string_view expected, JsonValue::Kind found) {
  return invalid_input(fmt::format("expected {}, found {}", expected, kind_name(found)));
}

Status check_names(std::span<const JsonValue::Member> members) {
  const auto twice = [](std::string_view name) {
    return invalid_input(fmt::format("duplicate key '{}'", name.substr(0, 80)));
  };
  if (members.size() <= kFewNames) {
    for (size_t i = 0; i < members.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (members[i].first == members[j].first) return twice(members[i].first);
      }
    }
    return {};
  }
  std::vector<std::string_view> names;
  for (const auto& [name, value] : members) names.push_back(name);
  std::sort(names.begin(), names.end());
  const auto same = std::adjacent_find(names.begin(), names.end());
  if (same != names.end()) return twice(*same);
  return {};
}

}  // namespace

struct JsonValue::Access {
  using Element = simdjson::dom::element;
  static_assert(sizeof(Element) == sizeof(JsonValue) && alignof(Element) <= alignof(JsonValue) &&
                std::is_trivially_copyable_v<Element>);

  static Element of(const JsonValue& value) { return std::bit_cast<Element>(value.element_); }
  static JsonValue from(const Element& element) {
    JsonValue value;
    value.element_ = std::bit_cast<std::array<std::byte, 16>>(element);
    return value;
  }
};

std::string_view kind_name(JsonValue::Kind kind) {
  constexpr std::array<std::string_view, 7> names = {
      "null", "true or false", "a whole number", "a number", "a text", "a list", "an object"};
  return names[static_cast<size_t>(kind)];
}

JsonValue::Kind JsonValue::kind() const {
  switch (Access::of(*this).type()) {
    case simdjson::dom::element_type::ARRAY:
      return Kind::kArray;
    case simdjson::dom::element_type::OBJECT:
      return Kind::kObject;
    case simdjson::dom::element_type::INT64:
      return Kind::kInteger;
    case simdjson::dom::element_type::UINT64:
    case simdjson::dom::element_type::DOUBLE:
      return Kind::kReal;
    case simdjson::dom::element_type::STRING:
      return Kind::kText;
    case simdjson::dom::element_type::BOOL:
      return Kind::kBoolean;
    default:
      return Kind::kNull;
  }
}

Result<bool> JsonValue::boolean() const {
  bool value = false;
  if (Access::of(*this).get(value) != simdjson::SUCCESS) return unexpected("true or false", kind());
  return value;
}

Result<int64_t> JsonValue::integer() const {
  int64_t value = 0;
  if (kind() != Kind::kInteger || Access::of(*this).get(value) != simdjson::SUCCESS)
    return unexpected("a whole number", kind());
  return value;
}

Result<double> JsonValue::real() const {
  double value = 0;
  if (Access::of(*this).get(value) != simdjson::SUCCESS) return unexpected("a number", kind());
  return value;
}

Result<std::string_view> JsonValue::text() const {
  std::string_view value;
  if (Access::of(*this).get(value) != simdjson::SUCCESS) return unexpected("a text", kind());
  return value;
}

Status JsonValue::items(std::vector<JsonValue>& out) const {
  simdjson::dom::array array;
  if (Access::of(*this).get(array) != simdjson::SUCCESS) return unexpected("a list", kind());
  for (const auto element : array) out.push_back(Access::from(element));
  return {};
}

Status JsonValue::members(std::vector<Member>& out) const {
  simdjson::dom::object object;
  if (Access::of(*this).get(object) != simdjson::SUCCESS) return unexpected("an object", kind());
  const size_t before = out.size();
  for (const auto field : object) out.emplace_back(field.key, Access::from(field.value));
  return check_names(std::span(out).subspan(before));
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const {
  simdjson::dom::object object;
  simdjson::dom::element found;
  if (Access::of(*this).get(object) != simdjson::SUCCESS) return std::nullopt;
  if (object.at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
  return Access::from(found);
}

struct JsonReader::Impl {
  simdjson::dom::parser parser;
};

JsonReader::JsonReader() : impl_(std::make_unique<Impl>()) {}
JsonReader::~JsonReader() = default;

Result<JsonValue> JsonReader::parse(std::string_view text) {
  simdjson::dom::parser& parser = impl_->parser;
  simdjson::error_code code = simdjson::SUCCESS;
  if (parser.capacity() < text.size() || parser.max_depth() != kMaxDepth)
    code = parser.allocate(std::max<size_t>(2 * text.size(), 4096), kMaxDepth);
  simdjson::dom::element element;
  if (code == simdjson::SUCCESS) code = parser.parse(text.data(), text.size(), true).get(element);
  if (code == simdjson::SUCCESS) return JsonValue::Access::from(element);
  if (code == simdjson::MEMALLOC)
    return Error(ErrorCode::kResourceExhausted, "no memory to read the body");
  // simdjson does not say where: the slow parser does.
  auto slow = parse_json(text, "body");
  if (!slow.ok()) return std::move(slow).error();
  return invalid_input(fmt::format("not valid JSON: {}",
                                   code == simdjson::DEPTH_ERROR
                                       ? fmt::format("nested deeper than {} levels", kMaxDepth)
                                       : simdjson::error_message(code)))
      .at("body");
}

}  // namespace coterie::serving
