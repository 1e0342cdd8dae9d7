#include "steps/article_content.h"

#include <fmt/format.h>

#include "steps/outputs.h"

namespace coterie::steps {
namespace {

using recommend::ContentKind;

struct Column {
  const char* name;
  ContentKind kind;
  const char* sql;  // its cells, before they are made text
  const char* table = kArticleTable;
};

constexpr Column kColumns[] = {
    // Names stand in the dataset as codes; the role has them as text.
    {"product_name", ContentKind::kName, "i.product_name", "items"},
    {"detail_desc", ContentKind::kDescription, "a.detail_desc"},
    {"category_path", ContentKind::kCategory, "a.category_path"},
    {"product_type_name", ContentKind::kAttribute, "a.product_type_name"},
    {"product_group_name", ContentKind::kAttribute, "a.product_group_name"},
    {"garment_group_name", ContentKind::kAttribute, "a.garment_group_name"},
    {"section_name", ContentKind::kAttribute, "a.section_name"},
    {"index_group_name", ContentKind::kAttribute, "a.index_group_name"},
    {"brand", ContentKind::kAttribute, "a.brand"},
    {"colour_group_name", ContentKind::kColour, "a.colour_group_name"},
    {"price", ContentKind::kPrice, "CAST(a.price AS DOUBLE)"},
    {"created_at", ContentKind::kAge, "epoch(a.created_at) / 86400.0"},
    {"text_embedding", ContentKind::kEmbedding, "a.text_embedding"},
    {"image_embedding", ContentKind::kEmbedding, "a.image_embedding"}};

Status read_row(const data::Chunk& chunk, int64_t row, recommend::ItemContent& content) {
  const auto article = static_cast<int32_t>(chunk.column(0).as_int(row));
  if (article < 0 || article >= content.items) return {};
  for (size_t c = 0; c < content.columns.size(); ++c) {
    const auto cells = chunk.column(static_cast<int>(c) + 1);
    if (cells.is_null(row)) continue;
    auto set = recommend::set_cell(content.columns[c], article, cells.as_text(row));
    if (!set.ok()) {
      return std::move(set).error().in_table(kArticleTable, content.columns[c].name);
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const recommend::ContentBlocks>> read_article_content(
    data::Connection& connection, const data::Snapshot& snapshot, int32_t articles) {
  recommend::ItemContent content;
  content.items = articles;
  std::string sql = "SELECT a.article_id";
  for (const Column& column : kColumns) {
    if (!has_column(snapshot, column.table, column.name)) continue;
    content.columns.push_back(recommend::empty_column(column.kind, column.name, articles));
    sql += fmt::format(", CAST({} AS VARCHAR)", column.sql);
  }
  const char* join =
      snapshot.has("items") ? " LEFT JOIN facts.items i ON i.article_id = a.article_id" : "";
  const auto read = [&](const data::Chunk& chunk) -> Status {
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      RETURN_IF_ERROR(read_row(chunk, row, content));
    }
    return {};
  };
  RETURN_IF_ERROR(connection.for_each_chunk(
      fmt::format("{} FROM facts.{} a{}", sql, kArticleTable, join), read));
  return recommend::encode_content(content);
}

}  // namespace coterie::steps
