#include "lab/item_files.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/letter_case.h"
#include "base/text_map.h"
#include "base/text_parts.h"
#include "lab/file_formats.h"

namespace coterie::lab {
namespace {

using recommend::ContentColumn;
using recommend::ContentKind;

struct Role {
  ContentKind kind;
  std::vector<std::string> names;
};

const std::vector<std::string>& item_names() {
  static const std::vector<std::string> names = {"item",       "item_id", "itemid",    "article",
                                                 "article_id", "product", "product_id"};
  return names;
}

const std::vector<Role>& roles() {
  static const std::vector<Role> all = {
      {ContentKind::kName, {"name", "title", "product_name"}},
      {ContentKind::kDescription, {"description", "detail_desc", "text"}},
      {ContentKind::kCategory, {"category", "category_path", "genre", "genres"}},
      {ContentKind::kColour, {"colour", "color", "colour_group_name"}},
      {ContentKind::kPrice, {"price"}},
      {ContentKind::kAge, {"age", "age_days", "year", "date", "created_at"}},
      {ContentKind::kEmbedding, {"embedding", "vector"}}};
  return all;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct Found {
  std::string column;
  ContentKind kind;
  std::string sql;  // its cells as text
};

class ItemReader {
 public:
  ItemReader(data::Connection& connection, const std::string& path)
      : connection_(connection), path_(path) {}

  Result<ItemFile> read() {
    ASSIGN_OR_RETURN(scan_, scan_of(path_));
    auto columns = connection_.describe("SELECT * FROM " + scan_);
    if (!columns.ok()) return unreadable(std::move(columns).error(), path_);
    RETURN_IF_ERROR(find_columns(*columns));
    ASSIGN_OR_RETURN(rows_, connection_.scalar_int("SELECT count(*) FROM " + scan_));
    if (rows_ > INT32_MAX) return invalid_input("holds too many rows").at(path_);
    return read_cells();
  }

 private:
  Status find_columns(const std::vector<data::ColumnInfo>& columns) {
    std::vector<std::string> names;
    for (const data::ColumnInfo& column : columns) {
      names.push_back(column.name);
      const std::string name = lower_case(std::string(trimmed(column.name)));
      if (id_.empty() && contains(item_names(), name)) {
        id_ = column.name;
        continue;
      }
      ASSIGN_OR_RETURN(const auto kind, kind_of(column, name));
      if (kind) found_.push_back({column.name, *kind, cell_sql(column, *kind)});
    }
    if (!id_.empty()) return {};
    return invalid_input(fmt::format("has no column of items; columns: {}", fmt::join(names, ", ")))
        .at(path_)
        .with_mend("call it item, item_id or article_id in the header");
  }

  Result<std::optional<ContentKind>> kind_of(const data::ColumnInfo& column,
                                             const std::string& name) {
    if (column.sql_type.ends_with(']')) return std::optional(ContentKind::kEmbedding);
    for (const Role& role : roles()) {
      if (contains(role.names, name)) return std::optional(role.kind);
    }
    if (column.type != data::ValueType::kText && column.type != data::ValueType::kBool) {
      return std::optional<ContentKind>();
    }
    ASSIGN_OR_RETURN(
        const int64_t spare,
        connection_.scalar_int(fmt::format("SELECT count({0}) - 2 * count(DISTINCT {0}) FROM {1}",
                                           data::quote_name(column.name), scan_)));
    return spare >= 0 ? std::optional(ContentKind::kAttribute) : std::nullopt;
  }

  static std::string cell_sql(const data::ColumnInfo& column, ContentKind kind) {
    const std::string name = data::quote_name(column.name);
    const bool time =
        column.type == data::ValueType::kDate || column.type == data::ValueType::kTimestamp;
    if (kind == ContentKind::kAge && time) return fmt::format("epoch({}) / 86400.0", name);
    return name;
  }

  Error cell_error(Error error, int64_t row, const std::string& column) {
    error.message = fmt::format("row {}: {}", row + 1, error.message);
    return std::move(error).at(path_).in_table("", column);
  }

  Result<ItemFile> read_cells() {
    ItemFile file;
    file.content.items = static_cast<int32_t>(rows_);
    std::string sql = "SELECT CAST(" + data::quote_name(id_) + " AS VARCHAR)";
    for (const Found& found : found_) {
      file.content.columns.push_back(
          recommend::empty_column(found.kind, found.column, file.content.items));
      sql += ", CAST(" + found.sql + " AS VARCHAR)";
    }
    TextMap<int64_t> seen;
    const auto status =
        connection_.for_each_chunk(sql + " FROM " + scan_, [&](const data::Chunk& chunk) -> Status {
          for (int64_t i = 0; i < chunk.rows(); ++i) {
            const auto row = static_cast<int64_t>(file.ids.size());
            if (chunk.column(0).is_null(i)) {
              return cell_error(invalid_input("an id is missing"), row, id_);
            }
            file.ids.emplace_back(chunk.column(0).as_text(i));
            const auto [place, added] = seen.emplace(file.ids.back(), row);
            if (!added) {
              return cell_error(invalid_input(fmt::format("item '{}' is in row {} already",
                                                          file.ids.back(), place->second + 1)),
                                row, id_);
            }
            RETURN_IF_ERROR(read_row(chunk, i, row, file.content));
          }
          return {};
        });
    if (!status.ok()) return unreadable(status.error(), path_);
    return file;
  }

  Status read_row(const data::Chunk& chunk, int64_t i, int64_t row,
                  recommend::ItemContent& content) {
    for (size_t c = 0; c < content.columns.size(); ++c) {
      const auto cells = chunk.column(static_cast<int>(c) + 1);
      if (cells.is_null(i)) continue;
      auto set =
          recommend::set_cell(content.columns[c], static_cast<int32_t>(row), cells.as_text(i));
      if (!set.ok()) return cell_error(std::move(set).error(), row, content.columns[c].name);
    }
    return {};
  }

  data::Connection& connection_;
  const std::string& path_;
  std::string scan_, id_;
  std::vector<Found> found_;
  int64_t rows_ = 0;
};

}  // namespace

Result<ItemFile> read_items(data::Connection& connection, const std::string& path) {
  RETURN_IF_ERROR(check_readable(path));
  return ItemReader(connection, path).read();
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
