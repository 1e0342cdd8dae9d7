#include "features/offline/group_columns.h"

#include <algorithm>
#include <string_view>

#include "data/parquet/text_codes.h"

namespace coterie::features {
namespace {

parquet::ColumnType parquet_type(const ValueType& type) {
  if (type.shape == Shape::kVector) return parquet::ColumnType::kRealList;
  if (type.shape == Shape::kTexts) return parquet::ColumnType::kTextList;
  switch (type.type.kind) {
    case expr::TypeKind::kBool:
      return parquet::ColumnType::kBool;
    case expr::TypeKind::kDecimal:
      return parquet::ColumnType::kDecimal;
    case expr::TypeKind::kReal:
      return parquet::ColumnType::kReal;
    case expr::TypeKind::kText:
      return parquet::ColumnType::kText;
    case expr::TypeKind::kDate:
      return parquet::ColumnType::kDate;
    case expr::TypeKind::kTimestamp:
      return parquet::ColumnType::kTimestamp;
    default:
      return parquet::ColumnType::kInteger;
  }
}

}  // namespace

// What a column needs besides itself until its rows are complete.
struct GroupColumns::Staged {
  ValueType type;
  parquet::TextCodes texts;
  // Lists, by row.
  std::vector<double> elements;
  std::vector<std::vector<uint32_t>> lists;
  std::vector<uint8_t> nulls;

  void resize(size_t rows, parquet::Column& column);
  void place(const ValueColumn& values, std::span<const int64_t> where, parquet::Column& column);
  void place_list(const ValueColumn& values, size_t from, size_t row);
  void finish(parquet::Column& column);
};

void GroupColumns::Staged::resize(size_t rows, parquet::Column& column) {
  if (type.shape == Shape::kVector) {
    elements.resize(rows * static_cast<size_t>(type.width));
    nulls.resize(rows);
  } else if (type.shape == Shape::kTexts) {
    lists.resize(rows);
    nulls.resize(rows);
    column.texts = &texts.texts();
  } else if (type.type.is(expr::TypeKind::kText)) {
    column.codes.resize(rows);
    column.texts = &texts.texts();
  } else if (type.type.is(expr::TypeKind::kReal)) {
    column.reals.resize(rows);
  } else {
    column.integers.resize(rows);
  }
}

void GroupColumns::Staged::place_list(const ValueColumn& values, size_t from, size_t row) {
  nulls[row] = values.nulls[from];
  if (type.shape == Shape::kVector) {
    const auto width = static_cast<size_t>(type.width);
    std::copy_n(values.elements.begin() + static_cast<std::ptrdiff_t>(from * width), width,
                elements.begin() + static_cast<std::ptrdiff_t>(row * width));
    return;
  }
  const auto begin = static_cast<size_t>(from == 0 ? 0 : values.ends[from - 1]);
  for (size_t entry = begin; entry < static_cast<size_t>(values.ends[from]); ++entry)
    lists[row].push_back(texts.encode(values.entries[entry]));
}

void GroupColumns::Staged::place(const ValueColumn& values, std::span<const int64_t> where,
                                 parquet::Column& column) {
  const auto scatter = [&](auto& to, auto null, const auto& value_of) {
    for (size_t i = 0; i < where.size(); ++i)
      to[static_cast<size_t>(where[i])] = values.nulls[i] != 0 ? null : value_of(i);
  };
  if (type.shape != Shape::kScalar) {
    for (size_t i = 0; i < where.size(); ++i) place_list(values, i, static_cast<size_t>(where[i]));
  } else if (type.type.is(expr::TypeKind::kText)) {
    scatter(column.codes, parquet::kNullText,
            [&](size_t i) { return texts.encode(values.texts[i]); });
  } else if (type.type.is(expr::TypeKind::kReal)) {
    scatter(column.reals, parquet::kNullReal, [&](size_t i) { return values.reals[i]; });
  } else {
    scatter(column.integers, parquet::kNullInteger, [&](size_t i) { return values.integers[i]; });
  }
}

void GroupColumns::Staged::finish(parquet::Column& column) {
  const auto width = static_cast<std::ptrdiff_t>(type.width);
  for (size_t row = 0; row < nulls.size(); ++row) {
    if (nulls[row] != 0) {
      column.add_null_list();
      continue;
    }
    if (type.shape == Shape::kVector) {
      const auto from = elements.begin() + static_cast<std::ptrdiff_t>(row) * width;
      column.reals.insert(column.reals.end(), from, from + width);
    } else {
      column.codes.insert(column.codes.end(), lists[row].begin(), lists[row].end());
    }
    column.end_list();
  }
}

parquet::Column output_column(const RequestPlan::Output& output) {
  parquet::Column column;
  column.name = output.definition->name;
  column.type = parquet_type(output.type);
  column.nullable = true;
  column.decimals = output.type.type.scale;
  return column;
}

std::string output_sql_type(const ValueType& type) {
  if (type.shape == Shape::kVector) return "DOUBLE[]";
  if (type.shape == Shape::kTexts) return "VARCHAR[]";
  return type.type.to_sql();
}

GroupColumns::GroupColumns(std::span<const RequestPlan::Output> outputs, int64_t rows) {
  for (const RequestPlan::Output& output : outputs) {
    columns_.push_back(output_column(output));
    staged_.push_back(std::make_unique<Staged>());
    staged_.back()->type = output.type;
    staged_.back()->resize(static_cast<size_t>(rows), columns_.back());
  }
}

GroupColumns::~GroupColumns() = default;

void GroupColumns::place(const std::vector<ValueColumn>& values, std::span<const int64_t> where) {
  for (size_t c = 0; c < columns_.size(); ++c) staged_[c]->place(values[c], where, columns_[c]);
}

std::vector<parquet::Column>& GroupColumns::finish() {
  for (size_t c = 0; c < columns_.size(); ++c) staged_[c]->finish(columns_[c]);
  return columns_;
}

}  // namespace coterie::features
