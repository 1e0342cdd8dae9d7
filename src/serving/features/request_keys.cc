#include "serving/features/request_keys.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "features/plan/row_reader.h"

namespace coterie::serving {
namespace {

using expr::TypeKind;
using Kind = JsonValue::Kind;

constexpr size_t kMostDigits = 20;

Error wrong_value(const RequestColumn& column, size_t row, std::string_view wanted, Kind found,
                  std::string mend) {
  return invalid_input(fmt::format("expected {}, found {}", wanted, kind_name(found)))
      .for_key(fmt::format("{}.{}[{}]", column.part, column.name, row))
      .with_mend(std::move(mend));
}

std::string given_names(const FeatureRequest& request) {
  std::string names;
  for (const RequestColumn& column : request.columns())
    names += (names.empty() ? "" : ", ") + std::string(column.name);
  return names;
}

class InputReader {
 public:
  InputReader(const FeatureRequest& request, const ServedPlan& plan,
              const features::FeaturePlan& features, PlanWorker& worker)
      : request_(request), plan_(plan), features_(features), worker_(worker) {}

  Result<features::ReadInput> read() {
    const auto& entities = plan_.entities();
    size_t parts = 0;
    for (const features::Entity* entity : entities) parts += entity->join_keys.size();
    worker_.digits.clear();
    // Views of it are kept: it must not move.
    worker_.digits.reserve(parts * request_.rows() * kMostDigits);
    worker_.composite.clear();
    worker_.composite.reserve(entities.size() * request_.rows());
    worker_.keys.resize(entities.size());
    worker_.key_spans.clear();
    for (size_t k = 0; k < entities.size(); ++k) {
      RETURN_IF_ERROR(read_entity(*entities[k], worker_.keys[k]));
      worker_.key_spans.emplace_back(worker_.keys[k]);
    }
    RETURN_IF_ERROR(read_fields());
    return features::ReadInput{.rows = static_cast<int64_t>(request_.rows()),
                               .keys = worker_.key_spans,
                               .request = worker_.field_views};
  }

 private:
  Status read_entity(const features::Entity& entity, std::vector<std::string_view>& keys);
  Result<std::string_view> key_text(const RequestColumn& column, size_t row);
  Result<const RequestColumn*> find_join_key(const features::Entity& entity,
                                             const std::string& join_key) const;
  Status read_fields();
  Status read_field(const features::RequestField& field, size_t index);
  static Status read_field_value(const RequestColumn& column, size_t row, const expr::Type& type,
                                 PlanWorker::Field& out);

  const FeatureRequest& request_;
  const ServedPlan& plan_;
  const features::FeaturePlan& features_;
  PlanWorker& worker_;
};

Result<const RequestColumn*> InputReader::find_join_key(const features::Entity& entity,
                                                        const std::string& join_key) const {
  const RequestColumn* const column = join_key_column(request_, entity, join_key);
  if (column != nullptr) return column;
  return invalid_input(fmt::format("the features need the key {} of entity '{}', and the request "
                                   "has {}",
                                   join_key, entity.name, given_names(request_)))
      .for_key("entities")
      .with_mend(fmt::format(R"(write "entities": {{"{}": [...]}})", join_key));
}

Result<std::string_view> InputReader::key_text(const RequestColumn& column, size_t row) {
  const JsonValue& value = column.values[row];
  if (value.kind() == Kind::kText) {
    const std::string_view text = *value.text();
    if (text.size() <= features::kMaxEntityKeyBytes) return text;
    return invalid_input(fmt::format("a key of {} bytes, at most {} are taken", text.size(),
                                     features::kMaxEntityKeyBytes))
        .for_key(fmt::format("{}.{}[{}]", column.part, column.name, row));
  }
  if (value.kind() != Kind::kInteger) {
    return wrong_value(column, row, "a text or a whole number", value.kind(),
                       "write the id as the source has it");
  }
  std::string& digits = worker_.digits;
  char buffer[kMostDigits + 4];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, *value.integer()).ptr;
  const size_t begin = digits.size();
  digits.append(buffer, static_cast<size_t>(end - buffer));
  return std::string_view(digits).substr(begin);
}

Status InputReader::read_entity(const features::Entity& entity,
                                std::vector<std::string_view>& keys) {
  keys.clear();
  if (entity.join_keys.size() == 1) {
    ASSIGN_OR_RETURN(const RequestColumn* const column,
                     find_join_key(entity, entity.join_keys.front()));
    for (size_t row = 0; row < request_.rows(); ++row) {
      ASSIGN_OR_RETURN(const std::string_view text, key_text(*column, row));
      keys.push_back(text);
    }
    return {};
  }
  std::vector<const RequestColumn*> columns;
  for (const std::string& join_key : entity.join_keys) {
    ASSIGN_OR_RETURN(const RequestColumn* const column, find_join_key(entity, join_key));
    columns.push_back(column);
  }
  std::vector<std::string_view> parts(columns.size());
  for (size_t row = 0; row < request_.rows(); ++row) {
    for (size_t i = 0; i < columns.size(); ++i) {
      ASSIGN_OR_RETURN(parts[i], key_text(*columns[i], row));
    }
    keys.push_back(worker_.composite.emplace_back(features::entity_key(parts)));
  }
  return {};
}

Status InputReader::read_fields() {
  worker_.fields.resize(features_.request_fields().size());
  worker_.field_views.assign(features_.request_fields().size(), {});
  for (const int index : plan_.request().request_fields()) {
    const auto place = static_cast<size_t>(index);
    RETURN_IF_ERROR(read_field(features_.request_fields()[place], place));
  }
  return {};
}

Status InputReader::read_field(const features::RequestField& field, size_t index) {
  const std::string_view full = field.name;
  const std::string_view plain = full.substr(full.find('.') + 1);
  const RequestColumn* column = request_.find(full);
  if (column == nullptr) column = request_.find(plain);
  if (column == nullptr) {
    return invalid_input(fmt::format("the features need the request's field '{}'", full))
        .for_key("request_data")
        .with_mend(fmt::format(R"(write "request_data": {{"{}": [...]}}, one value a row)", plain));
  }
  PlanWorker::Field& out = worker_.fields[index];
  const size_t rows = request_.rows();
  out.integers.assign(rows, 0);
  out.reals.assign(rows, 0);
  out.texts.assign(rows, {});
  out.nulls.assign(rows, 0);
  for (size_t row = 0; row < rows; ++row)
    RETURN_IF_ERROR(read_field_value(*column, row, field.type, out));
  worker_.field_views[index] = {out.integers.data(), out.reals.data(), out.texts.data(),
                                out.nulls.data()};
  return {};
}

Status InputReader::read_field_value(const RequestColumn& column, size_t row,
                                     const expr::Type& type, PlanWorker::Field& out) {
  const JsonValue& value = column.values[row];
  const Kind kind = value.kind();
  if (kind == Kind::kNull) {
    out.nulls[row] = 1;
    return {};
  }
  const auto wrong = [&](std::string_view wanted) {
    return wrong_value(column, row, wanted, kind, "the registry's source of requests says so");
  };
  switch (type.kind) {
    case TypeKind::kBool:
      if (kind != Kind::kBoolean) return wrong("true or false");
      out.integers[row] = *value.boolean() ? 1 : 0;
      return {};
    case TypeKind::kInt:
      if (kind != Kind::kInteger) return wrong("a whole number");
      out.integers[row] = *value.integer();
      return {};
    case TypeKind::kReal:
      if (kind != Kind::kInteger && kind != Kind::kReal) return wrong("a number");
      out.reals[row] = *value.real();
      return {};
    case TypeKind::kText:
      if (kind != Kind::kText) return wrong("a text");
      out.texts[row] = *value.text();
      return {};
    default:
      return Error(ErrorCode::kUnsupported,
                   fmt::format("fields of type {} are not read from requests", type.to_text()))
          .for_key(fmt::format("{}.{}", column.part, column.name));
  }
}

}  // namespace

const RequestColumn* join_key_column(const FeatureRequest& request, const features::Entity& entity,
                                     const std::string& join_key) {
  const RequestColumn* column = request.find(join_key);
  if (column == nullptr && entity.join_keys.size() == 1) column = request.find(entity.name);
  return column;
}

Result<features::ReadInput> read_input(const FeatureRequest& request, const ServedPlan& plan,
                                       const features::FeaturePlan& features, PlanWorker& worker) {
  return InputReader(request, plan, features, worker).read();
}

}  // namespace coterie::serving
