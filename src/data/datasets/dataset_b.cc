#include "data/datasets/dataset_b.h"

#include <array>
#include <vector>

#include <fmt/format.h>

#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

constexpr int kMaxDepth = 32;  // of a category tree; deeper means a cycle

constexpr std::array kTexts = {
    "detail_desc",  "product_type_name", "product_group_name", "garment_group_name",
    "section_name", "colour_group_name", "index_group_name",   "brand"};

std::string item_column(const Facts& facts, std::string_view column, std::string_view type) {
  if (!facts.has("items", column)) return fmt::format("NULL::{} AS {}", type, column);
  return fmt::format("min({0}) AS {0}", column);
}

// (category_id, path): names from the root to the category.
std::string tree_paths(const Facts& facts) {
  const std::string name = facts.has("categories", "category_name")
                               ? "coalesce({0}category_name, {0}category_id)"
                               : "{0}category_id";
  const auto named = [&](const char* alias) { return fmt::format(fmt::runtime(name), alias); };
  if (!facts.has("categories", "parent_id"))
    return fmt::format("SELECT category_id, min({}) AS path FROM facts.categories GROUP BY 1",
                       named(""));
  return fmt::format(R"(SELECT category_id, min(path ORDER BY depth DESC, path) AS path FROM (
        WITH RECURSIVE up AS (
            SELECT category_id, parent_id, {0} AS path, 1 AS depth FROM facts.categories
            UNION ALL
            SELECT up.category_id, c.parent_id, {1} || ' > ' || up.path, depth + 1
            FROM up JOIN facts.categories c ON c.category_id = up.parent_id WHERE depth < {2}
        ) SELECT category_id, path, depth FROM up
          QUALIFY depth = max(depth) OVER (PARTITION BY category_id)
    ) GROUP BY category_id)",
                     named(""), named("c."), kMaxDepth);
}

// Without a tree the path is made of the columns that go from broad to narrow.
std::string column_path(const Facts& facts) {
  std::string parts;
  for (const char* column : {"index_group_name", "product_group_name", "product_type_name"}) {
    if (facts.has("items", column)) parts += fmt::format(", {}", column);
  }
  if (parts.empty()) return category_column(facts).empty() ? "NULL::VARCHAR" : "a.category";
  return fmt::format("nullif(concat_ws(' > '{}), '')", parts);
}

// (article_id, paid): mean price of a unit on the last day on which it was bought, of the articles
// in the table expression `items` that have no list price.
std::string last_paid(const Facts& facts) {
  const std::string purchases =
      purchases_sql(facts,
                    "quantity > 0 AND price IS NOT NULL AND article_id IN (SELECT article_id "
                    "FROM items WHERE price IS NULL)");
  if (purchases.empty())
    return fmt::format("SELECT NULL::INTEGER AS article_id, NULL::{} AS paid WHERE false",
                       facts.money_type());
  // Rounded half up in whole minor units, so that no binary fraction decides.
  const std::string unit =
      facts.money_decimals == 0 ? "1" : fmt::format("0.{:0>{}}", 1, facts.money_decimals);
  return fmt::format(
      R"(SELECT article_id, CAST((2 * minor + units) // (2 * units) * {unit} AS {money}) AS paid
    FROM (SELECT article_id, CAST(sum(amount) / {unit} AS BIGINT) AS minor,
                 CAST(sum(quantity) AS BIGINT) AS units
          FROM ({purchases})
               JOIN (SELECT article_id, max(day) AS day FROM ({purchases}) GROUP BY article_id)
               USING (article_id, day)
          GROUP BY article_id))",
      fmt::arg("unit", unit), fmt::arg("money", facts.money_type()),
      fmt::arg("purchases", purchases));
}

std::string stock_now(const Facts& facts) {
  return fmt::format(
      "SELECT article_id, arg_max(stock, day) AS kept FROM facts.stock WHERE {} GROUP BY "
      "article_id",
      visible(facts, "stock"));
}

std::string item_rows(const Facts& facts) {
  std::string columns = item_column(facts, "category_id", "VARCHAR");
  for (const char* text : kTexts) columns += ", " + item_column(facts, text, "VARCHAR");
  columns += ", " + item_column(facts, "price", facts.money_type());
  columns += ", " + item_column(facts, "stock", "BIGINT");
  columns += ", " + item_column(facts, "created_at", "TIMESTAMP");
  if (facts.has("items"))
    return fmt::format(
        "SELECT article_id, {} FROM facts.items WHERE article_id IS NOT NULL GROUP "
        "BY article_id",
        columns);
  const std::string seen = known_articles_sql(facts);
  if (seen.empty()) return seen;
  return fmt::format("SELECT DISTINCT article_id, {} FROM ({})", columns, seen);
}

std::string embedding_join(const std::string& table, const char* alias) {
  if (table.empty()) return "";
  return fmt::format(" LEFT JOIN {} {} USING (article_id)", table, alias);
}

std::string embedding_column(const std::string& table, const char* alias) {
  return table.empty() ? "NULL::FLOAT[]" : fmt::format("{}.embedding", alias);
}

}  // namespace

DatasetInfo dataset_b_info() {
  return {
      'B',
      "articles",
      {{"dataset_b_articles",
        "one row an article of the role items",
        {{"article_id", "article", "the article"},
         {"product_name", "name", "readable name"},
         {"detail_desc", "VARCHAR", "description"},
         {"product_type_name", "VARCHAR", "e.g. Trousers"},
         {"product_group_name", "VARCHAR", "e.g. Garment Lower body"},
         {"garment_group_name", "VARCHAR", "e.g. Jersey Basic"},
         {"section_name", "VARCHAR", "e.g. Womens Everyday Basics"},
         {"colour_group_name", "VARCHAR", "e.g. Dark Blue"},
         {"index_group_name", "VARCHAR", "e.g. Ladieswear"},
         {"brand", "VARCHAR", "brand"},
         {"category_path", "VARCHAR",
          "names from the root of the category tree, 'Women > Shirts'; without a tree "
          "index_group_name > product_group_name > product_type_name"},
         {"price", "money", "list price; without one the mean price paid on its last day of sale"},
         {"price_zscore", "DOUBLE",
          "(price - mean) / standard deviation over the priced articles of its category; 0 where "
          "all prices are equal"},
         {"stock", "BIGINT", "units on hand; without the column the newest of the role stock"},
         {"created_at", "TIMESTAMP", "first offered"},
         {"age_days", "INTEGER", "days from created_at to today"},
         {"text_embedding", "FLOAT[]",
          "vector from the files of datasets.embeddings.text, else null"},
         {"image_embedding", "FLOAT[]",
          "vector from the files of datasets.embeddings.image, else null"},
         {"category", "VARCHAR", "the category that z-scores and seasonality are within"}},
        {"article_id"},
        "",
        {"article_id"}}},
      {"items", "transactions", "order_items", "events", "cart", "wishlist"},
      {"categories", "stock", "orders"},
      {{"product_name", {"items.product_name"}},
       {"detail_desc", {"items.detail_desc"}},
       {"product_type_name", {"items.product_type_name"}},
       {"product_group_name", {"items.product_group_name"}},
       {"garment_group_name", {"items.garment_group_name"}},
       {"section_name", {"items.section_name"}},
       {"colour_group_name", {"items.colour_group_name"}},
       {"index_group_name", {"items.index_group_name"}},
       {"brand", {"items.brand"}},
       {"category_path, category",
        {"items.category_id", "items.product_type_name", "items.garment_group_name",
         "items.product_group_name", "items.section_name", "items.index_group_name"}},
       {"price, price_zscore", {"items.price", "transactions.price", "order_items.price"}},
       {"stock", {"items.stock", "stock"}},
       {"created_at, age_days", {"items.created_at"}}},
      {"The category of an article is the first column that items has of category_id (shown by its "
       "name in the role categories), product_type_name, garment_group_name, product_group_name, "
       "section_name, index_group_name. Articles without a value there form one category.",
       "The standard deviation is the population's. Without the role items there is a row for "
       "every "
       "article that facts mention."}};
}

std::string known_articles_sql(const Facts& facts) {
  if (facts.has("items"))
    return "SELECT DISTINCT article_id FROM facts.items WHERE article_id IS NOT NULL";
  std::string seen;
  for (const std::string& source : {purchases_sql(facts, ""), interactions_sql(facts, "")}) {
    if (source.empty()) continue;
    if (!seen.empty()) seen += " UNION ";
    seen += fmt::format("SELECT article_id FROM ({}) WHERE article_id IS NOT NULL", source);
  }
  return seen;
}

std::string dataset_b_sql(const Facts& facts, const EmbeddingTables& embeddings) {
  const std::string rows = item_rows(facts);
  if (rows.empty()) return rows;
  const bool has_tree = facts.has("categories") && facts.has("items", "category_id");
  const bool has_stock = facts.has("stock") && !facts.has("items", "stock");
  std::string columns;
  for (const char* text : kTexts) columns += fmt::format("{}, ", text);
  return fmt::format(
      R"(WITH items AS (
    {rows}
), articles AS (
    {articles}
), paid AS (
    {paid}
), priced AS (
    SELECT items.* EXCLUDE (price), coalesce(items.price, paid.paid) AS price,
           a.product_name, a.category
    FROM items LEFT JOIN paid USING (article_id) LEFT JOIN articles a USING (article_id)
), means AS (
    SELECT category, sum(price)::DOUBLE / count(price) AS mean FROM priced GROUP BY category
), spreads AS (
    SELECT priced.category AS category, any_value(mean) AS mean,
           sqrt(sum(pow(price::DOUBLE - mean, 2) ORDER BY price) / count(price)) AS deviation
    FROM priced JOIN means ON priced.category IS NOT DISTINCT FROM means.category
    GROUP BY priced.category
)
SELECT article_id, product_name, {columns}{path} AS category_path, price,
       CASE WHEN price IS NULL THEN NULL WHEN deviation > 0 THEN (price::DOUBLE - mean) / deviation
            ELSE 0 END AS price_zscore,
       {stock} AS stock, created_at,
       CAST({today} - {created_day} AS INTEGER) AS age_days,
       {text} AS text_embedding, {image} AS image_embedding, a.category
FROM priced a LEFT JOIN spreads s ON a.category IS NOT DISTINCT FROM s.category{tree}{kept}{texts}{images})",
      fmt::arg("rows", rows), fmt::arg("articles", articles_sql(facts)),
      fmt::arg("paid", last_paid(facts)), fmt::arg("columns", columns),
      fmt::arg("path", has_tree ? "t.path" : column_path(facts)),
      fmt::arg("stock", has_stock ? "k.kept" : "stock"), fmt::arg("today", sql_date(facts.today)),
      fmt::arg("created_day", local_day(facts, "created_at")),
      fmt::arg("text", embedding_column(embeddings.text, "te")),
      fmt::arg("image", embedding_column(embeddings.image, "ie")),
      fmt::arg("tree", has_tree
                           ? fmt::format(" LEFT JOIN ({}) t USING (category_id)", tree_paths(facts))
                           : ""),
      fmt::arg("kept", has_stock
                           ? fmt::format(" LEFT JOIN ({}) k USING (article_id)", stock_now(facts))
                           : ""),
      fmt::arg("texts", embedding_join(embeddings.text, "te")),
      fmt::arg("images", embedding_join(embeddings.image, "ie")));
}

}  // namespace coterie::data
