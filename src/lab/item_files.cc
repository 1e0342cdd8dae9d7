#include "lab/item_files.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "base/text_parts.h"
#include "lab/file_formats.h"
#include "lab/interaction_columns_internal.h"
#include "lab/item_files_internal.h"

namespace coterie::lab {
namespace {

using recommend::ContentColumn;
using recommend::ContentKind;

struct Naming {
  ContentKind kind;
  std::vector<std::string> names;
};

const std::vector<Naming>& namings() {
  static const std::vector<Naming> all = {
      {ContentKind::kName, {"name", "title", "product_name"}},
      {ContentKind::kDescription, {"description", "detail_desc", "text"}},
      {ContentKind::kCategory, {"category", "category_path", "genre", "genres"}},
      {ContentKind::kColour, {"colour", "color", "colour_group_name"}},
      {ContentKind::kPrice, {"price"}},
      {ContentKind::kAge, {"age", "age_days", "year", "date", "created_at"}},
      {ContentKind::kEmbedding, {"embedding", "vector"}}};
  return all;
}

struct Found {
  std::string column;
  ContentKind kind;
  std::string sql;  // its cells as text
};

class ParquetReader {
 public:
  ParquetReader(data::Connection& connection, const std::string& path)
      : connection_(connection), path_(path) {}

  Result<ItemFile> read() {
    ASSIGN_OR_RETURN(scan_, scan_of(path_));
    auto columns = connection_.describe("SELECT * FROM " + scan_);
    if (!columns.ok()) return unreadable(std::move(columns).error(), path_);
    RETURN_IF_ERROR(find_columns(*columns));
    ASSIGN_OR_RETURN(rows_, connection_.scalar_int("SELECT count(*) FROM " + scan_));
    return read_cells();
  }

 private:
  Status find_columns(const std::vector<data::ColumnInfo>& columns) {
    std::vector<std::string> names;
    for (const data::ColumnInfo& column : columns) names.push_back(column.name);
    const auto id = id_column(names, kItem);
    if (!id.ok()) return Error(id.error()).at(path_);
    id_ = names[*id];
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i == *id) continue;
      ASSIGN_OR_RETURN(const auto kind, kind_of(columns[i]));
      if (kind) found_.push_back({names[i], *kind, cell_sql(columns[i], *kind)});
    }
    return {};
  }

  Result<std::optional<ContentKind>> kind_of(const data::ColumnInfo& column) {
    if (column.sql_type.ends_with(']')) return std::optional(ContentKind::kEmbedding);
    if (const auto kind = kind_by_name(column.name)) return kind;
    if (column.type != data::ValueType::kText && column.type != data::ValueType::kBool) {
      return std::optional<ContentKind>();
    }
    const std::string name = data::quote_name(column.name);
    ASSIGN_OR_RETURN(const int64_t filled,
                     connection_.scalar_int(fmt::format("SELECT count({}) FROM {}", name, scan_)));
    ASSIGN_OR_RETURN(
        const int64_t different,
        connection_.scalar_int(fmt::format("SELECT count(DISTINCT {}) FROM {}", name, scan_)));
    return is_attribute(filled, different) ? std::optional(ContentKind::kAttribute) : std::nullopt;
  }

  static std::string cell_sql(const data::ColumnInfo& column, ContentKind kind) {
    const std::string name = data::quote_name(column.name);
    const bool time =
        column.type == data::ValueType::kDate || column.type == data::ValueType::kTimestamp;
    if (kind == ContentKind::kAge && time) return fmt::format("epoch({}) / 86400.0", name);
    return name;
  }

  Result<ItemFile> read_cells() {
    ItemRows rows(path_, id_, ItemRows::Place::kRow);
    RETURN_IF_ERROR(rows.begin(rows_));
    std::string sql = "SELECT CAST(" + data::quote_name(id_) + " AS VARCHAR)";
    for (const Found& found : found_) {
      rows.add_column(found.kind, found.column);
      sql += ", CAST(" + found.sql + " AS VARCHAR)";
    }
    int64_t row = 0;
    auto status =
        connection_.for_each_chunk(sql + " FROM " + scan_, [&](const data::Chunk& chunk) -> Status {
          for (int64_t i = 0; i < chunk.rows(); ++i) {
            const auto id = chunk.column(0);
            RETURN_IF_ERROR(
                rows.add_row(++row, id.is_null(i) ? std::string_view() : id.as_text(i)));
            for (size_t c = 0; c < found_.size(); ++c) {
              const auto cells = chunk.column(static_cast<int>(c) + 1);
              if (!cells.is_null(i)) RETURN_IF_ERROR(rows.set(c, cells.as_text(i)));
            }
          }
          return {};
        });
    if (!status.ok()) return unreadable(std::move(status).error(), path_);
    return rows.take();
  }

  data::Connection& connection_;
  const std::string& path_;
  std::string scan_, id_;
  std::vector<Found> found_;
  int64_t rows_ = 0;
};

}  // namespace

std::optional<ContentKind> kind_by_name(const std::string& column) {
  const std::string name = lower_case(std::string(trimmed(column)));
  for (const Naming& naming : namings()) {
    if (std::ranges::find(naming.names, name) != naming.names.end()) return naming.kind;
  }
  return std::nullopt;
}

bool is_attribute(int64_t filled, int64_t different) { return filled >= 2 * different; }

Status ItemRows::begin(int64_t rows) {
  if (rows > INT32_MAX) return invalid_input("holds too many rows").at(path_);
  file_.content.items = static_cast<int32_t>(rows);
  if (rows > 0) return {};
  return invalid_input("holds no rows below its header")
      .at(path_)
      .with_mend("write a row for every item");
}

void ItemRows::add_column(ContentKind kind, const std::string& name) {
  file_.content.columns.push_back(recommend::empty_column(kind, name, file_.content.items));
}

Status ItemRows::add_row(int64_t at, std::string_view id) {
  at_ = at;
  if (id.empty()) {
    return error_at(invalid_input("an id is missing").with_mend("fill it in or remove the line"),
                    id_name_);
  }
  const auto [place, added] = seen_.emplace(id, at);
  if (!added) {
    return error_at(
        invalid_input(fmt::format("item '{}' is in {} {} already", id,
                                  place_ == Place::kLine ? "line" : "row", place->second)),
        id_name_);
  }
  file_.ids.emplace_back(id);
  return {};
}

Status ItemRows::set(size_t column, std::string_view cell) {
  recommend::ContentColumn& into = file_.content.columns[column];
  auto set = recommend::set_cell(into, static_cast<int32_t>(file_.ids.size()) - 1, cell);
  if (!set.ok()) return error_at(std::move(set).error(), into.name);
  return {};
}

Error ItemRows::error_at(Error error, const std::string& column) const {
  const bool line = place_ == Place::kLine;
  if (!line) error.message = fmt::format("row {}: {}", at_, error.message);
  return std::move(error).at(path_, line ? at_ : 0).in_table("", column);
}

Result<ItemFile> read_items(data::Connection& connection, const std::string& path) {
  RETURN_IF_ERROR(check_readable(path));
  return extension_of(path) == ".parquet" ? ParquetReader(connection, path).read()
                                          : read_text_items(path);
}

recommend::ItemContent reordered(const recommend::ItemContent& content,
                                 const std::vector<int32_t>& rows) {
  recommend::ItemContent out;
  out.items = static_cast<int32_t>(rows.size());
  for (const ContentColumn& from : content.columns) {
    ContentColumn to = recommend::empty_column(from.kind, from.name, out.items);
    const auto d = static_cast<size_t>(from.dimensions);
    to.dimensions = from.dimensions;
    to.embeddings.assign(rows.size() * d, 0.0F);
    for (size_t item = 0; item < rows.size(); ++item) {
      if (rows[item] < 0) continue;
      const auto row = static_cast<size_t>(rows[item]);
      if (!from.texts.empty()) to.texts[item] = from.texts[row];
      if (!from.numbers.empty()) to.numbers[item] = from.numbers[row];
      std::copy_n(from.embeddings.begin() + static_cast<int64_t>(row * d), d,
                  to.embeddings.begin() + static_cast<int64_t>(item * d));
    }
    out.columns.push_back(std::move(to));
  }
  return out;
}

}  // namespace coterie::lab
