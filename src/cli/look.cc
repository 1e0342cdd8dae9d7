#include "cli/look.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/cells.h"
#include "cli/text_table.h"

namespace coterie::cli {
namespace {

using Align = TextTable::Align;

// Articles bought that are shown beside recommendations.
constexpr int kBoughtShown = 4;

Status require_table(const data::Snapshot& snapshot, const std::string& table) {
  if (snapshot.has(table)) return {};
  return not_found("table '" + table + "' does not exist yet").with_mend("make it: coterie run");
}

bool has_column(const data::Snapshot& snapshot, const std::string& table,
                const std::string& column) {
  const auto info = snapshot.table(table);
  return info &&
         std::ranges::find(info->columns, column, &data::ColumnSchema::name) != info->columns.end();
}

double real_or_nan(const data::ColumnView& column, int64_t row) {
  return column.is_null(row) ? std::numeric_limits<double>::quiet_NaN() : column.as_real(row);
}

std::string number(double value, int digits) {
  if (!std::isfinite(value)) return "";
  if (digits == 0) return format_count(std::llround(value));
  return fmt::format("{:.{}f}", value, digits);
}

// Customers to show when none is named: of each segment those with the most typical history (5 to
// 40 articles), in an order that depends on their ids alone.
std::string example_customers_sql(const data::Snapshot& snapshot, int count) {
  const bool segments = snapshot.has("customer_segments");
  return fmt::format(
      "WITH sizes AS (SELECT customer_id, count(*) AS articles FROM facts.dataset_a_interactions "
      "GROUP BY 1), fit AS (SELECT s.customer_id, {0} AS segment, "
      "CASE WHEN articles BETWEEN 5 AND 40 THEN 0 ELSE 1 END AS odd, "
      "hash(s.customer_id) AS lot FROM sizes s {1} "
      "WHERE s.customer_id IN (SELECT customer_id FROM facts.recommendations_cf)), "
      "ranked AS (SELECT *, row_number() OVER (PARTITION BY segment ORDER BY odd, lot) AS turn "
      "FROM fit) SELECT customer_id FROM ranked ORDER BY turn, odd, segment LIMIT {2}",
      segments ? "g.segment_id" : "0",
      segments ? "JOIN facts.customer_segments g ON g.customer_id = s.customer_id" : "", count);
}

Result<std::vector<int64_t>> example_customers(Reader& reader, int count) {
  std::string sql = "SELECT DISTINCT customer_id FROM facts.recommendations_cf ORDER BY 1 LIMIT " +
                    std::to_string(count);
  if (reader.snapshot.has("dataset_a_interactions")) {
    sql = example_customers_sql(reader.snapshot, count);
  }
  std::vector<int64_t> codes;
  RETURN_IF_ERROR(reader.connection.for_each_chunk(sql, [&](const data::Chunk& chunk) -> Status {
    for (int64_t row = 0; row < chunk.rows(); ++row) codes.push_back(chunk.column(0).as_int(row));
    return {};
  }));
  return codes;
}

Result<std::vector<int64_t>> named_customer(Reader& reader, const std::string& id) {
  std::vector<int64_t> codes;
  RETURN_IF_ERROR(reader.connection.for_each_chunk(
      "SELECT code FROM facts.dict_customer WHERE coalesce(id, CAST(number AS VARCHAR)) = ?",
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          codes.push_back(chunk.column(0).as_int(row));
        }
        return {};
      },
      {id}));
  if (codes.empty()) {
    return not_found("no customer '" + id + "'")
        .with_mend(
            "ids are written as in the source: coterie sql \"select customer_id from "
            "recommendations_cf limit 5\"");
  }
  return codes;
}

Result<std::vector<ArticleView>> read_articles(Reader& reader, const std::string& sql,
                                               int64_t customer, std::string* source) {
  std::vector<ArticleView> articles;
  RETURN_IF_ERROR(reader.connection.for_each_chunk(
      sql,
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          articles.push_back({.id = cell_text(chunk.column(0), row),
                              .name = cell_text(chunk.column(1), row),
                              .score = real_or_nan(chunk.column(2), row)});
          if (source != nullptr) *source = cell_text(chunk.column(3), row);
        }
        return {};
      },
      {customer}));
  return articles;
}

Result<CustomerView> view_customer(Reader& reader, int64_t code, int suggestions) {
  CustomerView view;
  data::Connection& connection = reader.connection;
  ASSIGN_OR_RETURN(view.id,
                   connection.scalar_text("SELECT coalesce(id, CAST(number AS VARCHAR)) FROM "
                                          "facts.dict_customer WHERE code = ?",
                                          {code}));
  if (reader.snapshot.has("customer_segments")) {
    ASSIGN_OR_RETURN(view.segment,
                     connection.scalar_text("SELECT coalesce(max(segment_name), '') FROM "
                                            "facts.customer_segments WHERE customer_id = ?",
                                            {code}));
  }
  const std::string article = "coalesce(d.id, CAST(d.number AS VARCHAR))";
  if (reader.snapshot.has("dataset_a_interactions")) {
    const bool named = has_column(reader.snapshot, "items", "product_name");
    ASSIGN_OR_RETURN(
        view.bought,
        read_articles(
            reader,
            fmt::format("SELECT {}, {}, NULL FROM facts.dataset_a_interactions a "
                        "JOIN facts.dict_article d ON d.code = a.article_id {} "
                        "WHERE a.customer_id = ? ORDER BY last_purchase_date DESC NULLS LAST, "
                        "recency_days, time_weighted_score DESC, 1 LIMIT {}",
                        article, named ? "i.product_name" : "''",
                        named ? "LEFT JOIN facts.items i ON i.article_id = a.article_id" : "",
                        kBoughtShown),
            code, nullptr));
  }
  ASSIGN_OR_RETURN(
      view.suggested,
      read_articles(reader,
                    fmt::format("SELECT {}, product_name, score, source FROM "
                                "facts.recommendations_cf r JOIN facts.dict_article d ON d.code = "
                                "r.article_id WHERE r.customer_id = ? ORDER BY rank LIMIT {}",
                                article, suggestions),
                    code, &view.source));
  return view;
}

std::string article_text(const ArticleView& article) {
  return article.name.empty() ? article.id : fmt::format("{} ({})", article.name, article.id);
}

Json article_json(const ArticleView& article) {
  Json json = {{"article_id", article.id}, {"product_name", article.name}};
  if (std::isfinite(article.score)) json["score"] = article.score;
  return json;
}

}  // namespace

Result<std::vector<SegmentView>> view_segments(Reader& reader) {
  RETURN_IF_ERROR(require_table(reader.snapshot, "customer_segment_profiles"));
  std::vector<SegmentView> segments;
  RETURN_IF_ERROR(reader.connection.for_each_chunk(
      "SELECT segment_id, segment_name, meaning, customers, share, recency, frequency, monetary, "
      "avg_order_value FROM facts.customer_segment_profiles ORDER BY customers DESC, segment_id",
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          segments.push_back({.id = chunk.column(0).as_int(row),
                              .name = cell_text(chunk.column(1), row),
                              .meaning = cell_text(chunk.column(2), row),
                              .customers = chunk.column(3).as_int(row),
                              .share = chunk.column(4).as_real(row),
                              .recency_days = real_or_nan(chunk.column(5), row),
                              .frequency = real_or_nan(chunk.column(6), row),
                              .monetary = real_or_nan(chunk.column(7), row),
                              .order_value = real_or_nan(chunk.column(8), row)});
        }
        return {};
      }));
  return segments;
}

Result<std::vector<CustomerView>> view_customers(Reader& reader, const std::string& customer_id,
                                                 int count, int suggestions) {
  RETURN_IF_ERROR(require_table(reader.snapshot, "recommendations_cf"));
  ASSIGN_OR_RETURN(const auto codes, customer_id.empty() ? example_customers(reader, count)
                                                         : named_customer(reader, customer_id));
  std::vector<CustomerView> views;
  for (const int64_t code : codes) {
    ASSIGN_OR_RETURN(CustomerView view, view_customer(reader, code, suggestions));
    views.push_back(std::move(view));
  }
  return views;
}

bool tells_recency(const std::vector<SegmentView>& segments) {
  return std::ranges::any_of(segments, [](const SegmentView& segment) {
    return std::isfinite(segment.recency_days) && segment.recency_days > 0;
  });
}

std::string segments_text(const std::vector<SegmentView>& segments, const std::string& currency) {
  const auto any = [&](double SegmentView::* member) {
    return std::ranges::any_of(segments,
                               [&](const SegmentView& s) { return std::isfinite(s.*member); });
  };
  const bool money = any(&SegmentView::monetary);
  const bool times = tells_recency(segments);
  std::vector<TextTable::Column> columns = {{"segment", Align::kLeft},
                                            {"customers", Align::kRight},
                                            {"share", Align::kRight},
                                            {"", Align::kLeft}};
  if (times) columns.push_back({"last seen", Align::kRight});
  columns.push_back({"times", Align::kRight});
  if (money) {
    columns.push_back({"spent " + currency, Align::kRight});
    columns.push_back({"an order", Align::kRight});
  }
  columns.push_back({"they", Align::kLeft});
  TextTable table(columns);
  for (const SegmentView& segment : segments) {
    const std::string days = number(segment.recency_days, 0);
    std::vector<std::string> row = {segment.name, format_count(segment.customers),
                                    fmt::format("{:.1f} %", 100 * segment.share),
                                    bar(segment.share, 12)};
    if (times) row.push_back(days.empty() ? "" : days + " days ago");
    row.push_back(number(segment.frequency, 0));
    if (money) {
      row.push_back(number(segment.monetary, 0));
      row.push_back(number(segment.order_value, 2));
    }
    row.push_back(segment.meaning);
    table.add(std::move(row));
  }
  return table.render();
}

std::string customers_text(const std::vector<CustomerView>& customers) {
  std::string text;
  for (const CustomerView& customer : customers) {
    text += text.empty() ? "" : "\n";
    text += "customer " + customer.id;
    if (!customer.segment.empty()) text += ", " + customer.segment;
    text += "\n";
    for (const ArticleView& article : customer.bought) {
      text += "  had  " + article_text(article) + "\n";
    }
    if (customer.suggested.empty()) text += "  no recommendations\n";
    int rank = 0;
    for (const ArticleView& article : customer.suggested) {
      text += fmt::format("  {:>3}. {}\n", ++rank, article_text(article));
    }
    if (customer.source == "popularity") text += "       (what is popular: no history yet)\n";
  }
  return text;
}

Json segments_json(const std::vector<SegmentView>& segments) {
  Json list = Json::array();
  for (const SegmentView& segment : segments) {
    Json json = {{"segment_id", segment.id},
                 {"segment_name", segment.name},
                 {"meaning", segment.meaning},
                 {"customers", segment.customers},
                 {"share", segment.share}};
    const auto add = [&json](const char* key, double value) {
      if (std::isfinite(value)) json[key] = value;
    };
    add("recency_days", segment.recency_days);
    add("frequency", segment.frequency);
    add("monetary", segment.monetary);
    add("avg_order_value", segment.order_value);
    list.push_back(std::move(json));
  }
  return list;
}

Json customers_json(const std::vector<CustomerView>& customers) {
  Json list = Json::array();
  for (const CustomerView& customer : customers) {
    Json bought = Json::array();
    Json suggested = Json::array();
    for (const ArticleView& article : customer.bought) bought.push_back(article_json(article));
    for (const ArticleView& article : customer.suggested) {
      suggested.push_back(article_json(article));
    }
    list.push_back({{"customer_id", customer.id},
                    {"segment_name", customer.segment},
                    {"source", customer.source},
                    {"bought", bought},
                    {"recommendations", suggested}});
  }
  return list;
}

}  // namespace coterie::cli
