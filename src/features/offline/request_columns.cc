#include <cmath>

#include <fmt/format.h>

#include "features/offline/request_columns_internal.h"

namespace coterie::features {
namespace {

const parquet::Column* column_of(const Spine& spine, std::string_view field) {
  const parquet::Column* column = spine.find(field);
  return column != nullptr ? column : spine.find(field.substr(field.find('.') + 1));
}

bool fits(const parquet::Column& column, const expr::Type& type) {
  switch (column.type) {
    case parquet::ColumnType::kText:
      return type.is(expr::TypeKind::kText);
    case parquet::ColumnType::kBool:
      return type.is(expr::TypeKind::kBool);
    case parquet::ColumnType::kInteger:
    case parquet::ColumnType::kDecimal:
    case parquet::ColumnType::kReal:
      return type.is(expr::TypeKind::kReal);
    default:
      return false;
  }
}

}  // namespace

Status check_request_columns(const FeaturePlan& plan, const RequestPlan& request,
                             const Spine& spine, const std::string& file) {
  for (const int index : request.request_fields()) {
    const RequestField& field = plan.request_fields()[static_cast<size_t>(index)];
    const parquet::Column* column = column_of(spine, field.name);
    if (column != nullptr && fits(*column, field.type)) continue;
    return invalid_input(fmt::format("the features need the request value '{}' ({})", field.name,
                                     field.type.to_text()))
        .at(file)
        .with_mend("add a column of that name and type");
  }
  return {};
}

RequestColumns::RequestColumns(const FeaturePlan& plan, const RequestPlan& request,
                               const Spine& spine)
    : views_(plan.request_fields().size()) {
  for (const int index : request.request_fields()) {
    const auto at = static_cast<size_t>(index);
    fields_.push_back({at, column_of(spine, plan.request_fields()[at].name)});
  }
}

void RequestColumns::gather(Field& field, std::span<const int64_t> rows,
                            std::span<const int64_t> places) {
  const parquet::Column& column = *field.column;
  field.integers.assign(places.size(), 0);
  field.reals.assign(places.size(), 0);
  field.texts.assign(places.size(), {});
  field.nulls.assign(places.size(), 0);
  double scale = 1;
  for (int digit = 0; digit < column.decimals; ++digit) scale *= 10;
  for (size_t i = 0; i < places.size(); ++i) {
    const auto row = static_cast<size_t>(rows[static_cast<size_t>(places[i])]);
    if (column.type == parquet::ColumnType::kText) {
      field.nulls[i] = column.codes[row] == parquet::kNullText ? 1 : 0;
      if (field.nulls[i] == 0) field.texts[i] = column.texts->at(column.codes[row]);
    } else if (column.type == parquet::ColumnType::kReal) {
      field.reals[i] = column.reals[row];
      field.nulls[i] = std::isnan(column.reals[row]) ? 1 : 0;
    } else {
      field.integers[i] = column.integers[row];
      field.nulls[i] = column.integers[row] == parquet::kNullInteger ? 1 : 0;
      field.reals[i] = static_cast<double>(field.integers[i]) / scale;
    }
  }
  views_[field.index] = {field.integers.data(), field.reals.data(), field.texts.data(),
                         field.nulls.data()};
}

std::span<const expr::ColumnData> RequestColumns::gather(std::span<const int64_t> rows,
                                                         std::span<const int64_t> places) {
  for (Field& field : fields_) gather(field, rows, places);
  return views_;
}

}  // namespace coterie::features
