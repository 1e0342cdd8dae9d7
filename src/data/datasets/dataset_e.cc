#include "data/datasets/dataset_e.h"

#include <fmt/format.h>

#include "data/datasets/sources_internal.h"

namespace coterie::data {

DatasetInfo dataset_e_info() {
  return {'E',
          "reviews",
          {{"dataset_e_reviews",
            "one row a review or rating",
            {{"review_id", "VARCHAR", "the review"},
             {"customer_id", "customer", "who wrote it; null if not known"},
             {"article_id", "article", "what about"},
             {"rating", "DOUBLE", "stars"},
             {"review_text", "VARCHAR", "what was written"},
             {"helpful_votes", "BIGINT", "readers who found it helpful"},
             {"total_votes", "BIGINT", "readers who voted"},
             {"created_at", "TIMESTAMP", "when it was written"},
             {"product_name", "name", "the article's name"},
             {"day", "DATE", "day of created_at in the project's time zone"}},
            {"review_id"},
            "",
            {"review_id"}}},
          {"reviews"},
          {"items", "categories"},
          {{"customer_id", {"reviews.customer_id"}},
           {"rating", {"reviews.rating"}},
           {"review_text", {"reviews.review_text"}},
           {"helpful_votes", {"reviews.helpful_votes"}},
           {"total_votes", {"reviews.total_votes"}},
           {"created_at, day", {"reviews.created_at"}},
           {"product_name", {"items.product_name"}}},
          {"Reviews without a time are always seen; others from their day on."}};
}

std::string dataset_e_sql(const Facts& facts, const std::string& scope) {
  if (!facts.has("reviews")) return "";
  const auto column = [&](std::string_view name, std::string_view type) {
    return facts.has("reviews", name) ? fmt::format("r.{}", name)
                                      : fmt::format("NULL::{} AS {}", type, name);
  };
  std::string seen = visible(facts, "reviews");
  if (facts.has("reviews", "day")) seen = fmt::format("(day IS NULL OR {})", seen);
  return fmt::format(
      "SELECT r.review_id, {}, r.article_id, {}, {}, {}, {}, {}, a.product_name, {}\nFROM "
      "facts.reviews r LEFT JOIN ({}) a USING (article_id)\nWHERE {}{}",
      column("customer_id", "INTEGER"), column("rating", "DOUBLE"),
      column("review_text", "VARCHAR"), column("helpful_votes", "BIGINT"),
      column("total_votes", "BIGINT"), column("created_at", "TIMESTAMP"), column("day", "DATE"),
      articles_sql(facts), seen, scope.empty() ? "" : " AND " + scope);
}

}  // namespace coterie::data
