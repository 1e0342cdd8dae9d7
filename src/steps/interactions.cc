#include "steps/interactions.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/interaction_facts.h"

namespace coterie::steps {
namespace {

Result<int64_t> count_rows(data::Connection& connection, const std::string& select) {
  return connection.scalar_int(fmt::format("SELECT count(*) FROM ({})", select));
}

// The newest share by day: everyone's cut is the same day, or each customer has an own count.
// Sums are of integers (ticks of 2^-40), so that they do not depend on the number of threads.
// Ends in a table `marked` of facts, with is_test.
std::string marked_sql(const std::string& facts, const EvaluationSplit& split) {
  const std::string test =
      split.at_random
          ? fmt::format("hash(customer_id, article_id) % 10000 < {:.0f}", 10'000 * split.test_share)
      : split.by_customer
          ? fmt::format("met > 1 AND turn <= greatest(1, floor(met * {}))", split.test_share)
          : std::string("day >= cut");
  return fmt::format(
      "WITH facts AS MATERIALIZED ({facts}), span AS (SELECT "
      "quantile_disc(day, {known}) AS cut, max(day) AS last, bool_or(bought) AS any_bought FROM "
      "facts), cuts AS (SELECT coalesce((SELECT min(day) FROM facts WHERE day > cut), cut) AS cut, "
      "last, any_bought FROM span), marked AS (SELECT customer_id, article_id, day, weight, bought "
      "OR NOT any_bought AS counts, {test} AS is_test, CASE WHEN {whole_time} THEN last ELSE cut "
      "END AS reference FROM (SELECT *, {turns} FROM facts), cuts) ",
      fmt::arg("facts", facts), fmt::arg("known", 1 - split.test_share), fmt::arg("test", test),
      fmt::arg("whole_time", split.by_customer || split.at_random),
      fmt::arg(
          "turns",
          split.by_customer
              ? "count(*) OVER (PARTITION BY customer_id) AS met, row_number() OVER "
                "(PARTITION BY customer_id ORDER BY day DESC, hash(article_id), weight) AS turn"
              : "NULL AS met, NULL AS turn"));
}

}  // namespace

MatrixShape matrix_shape(const data::Snapshot& snapshot) {
  const auto customers = snapshot.dictionary("customer");
  const auto articles = snapshot.dictionary("article");
  return {.customers = customers ? customers->size : 0, .articles = articles ? articles->size : 0};
}

std::string confidence_sql(const std::string& score) {
  return fmt::format("1 + ln(1 + greatest(0, {}))", score);
}

Result<math::Csr> read_matrix(data::Connection& connection, const std::string& select,
                              MatrixShape shape, ThreadPool& pool) {
  ASSIGN_OR_RETURN(const int64_t rows, count_rows(connection, select));
  std::vector<int32_t> customers, articles;
  std::vector<float> values;
  customers.reserve(static_cast<size_t>(rows));
  articles.reserve(static_cast<size_t>(rows));
  values.reserve(static_cast<size_t>(rows));
  RETURN_IF_ERROR(connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
    const data::ColumnView customer = chunk.column(0);
    const data::ColumnView article = chunk.column(1);
    const data::ColumnView value = chunk.column(2);
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      customers.push_back(static_cast<int32_t>(customer.as_int(row)));
      articles.push_back(static_cast<int32_t>(article.as_int(row)));
      values.push_back(static_cast<float>(value.as_real(row)));
    }
    return {};
  }));
  return math::csr_from_entries(shape.customers, shape.articles, customers, articles, values, pool);
}

Result<recommend::OrderedHistory> read_order(data::Connection& connection,
                                             const std::string& select, MatrixShape shape) {
  recommend::OrderedHistory order;
  order.offsets.reserve(static_cast<size_t>(shape.customers) + 1);
  const auto begin_row = [&order](int32_t customer) {
    while (order.rows() < customer) {
      order.offsets.push_back(static_cast<int64_t>(order.items.size()));
    }
  };
  std::vector<int32_t> event_days;
  int32_t last_customer = -1;
  int32_t last_day = 0;
  const auto read = [&](const data::Chunk& chunk) -> Status {
    const data::ColumnView customers = chunk.column(0);
    const data::ColumnView articles = chunk.column(1);
    const data::ColumnView days = chunk.column(2);
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      const auto customer = static_cast<int32_t>(customers.as_int(row));
      const int32_t day = days.as_days(row);
      if (customer != last_customer) begin_row(customer);
      order.items.push_back(static_cast<int32_t>(articles.as_int(row)));
      order.starts.push_back(customer != last_customer || day != last_day ? 1 : 0);
      event_days.push_back(day);
      last_customer = customer;
      last_day = day;
    }
    return {};
  };
  RETURN_IF_ERROR(connection.for_each_chunk(
      fmt::format(
          "SELECT customer_id, article_id, day FROM ({}) ORDER BY customer_id, day, weight, "
          "article_id",
          select),
      read));
  begin_row(shape.customers);
  if (event_days.empty()) return order;
  const auto [oldest, newest] = std::ranges::minmax(event_days);
  const float span = std::max(1.0F, static_cast<float>(newest - oldest));
  order.ages.reserve(event_days.size());
  for (const int32_t day : event_days) {
    order.ages.push_back(static_cast<float>(newest - day) / span);
  }
  return order;
}

Status make_evaluation_facts(data::Connection& connection, const data::Project& project,
                             const data::Snapshot& snapshot, const EvaluationSplit& split) {
  ASSIGN_OR_RETURN(const std::string facts,
                   data::interaction_facts_sql(project, snapshot, connection));
  if (facts.empty()) {
    return connection.execute(
        "CREATE TEMP TABLE cf_facts (customer_id INTEGER, article_id INTEGER, score_before DOUBLE, "
        "after BOOLEAN); CREATE TEMP TABLE cf_order (customer_id INTEGER, article_id INTEGER, day "
        "DATE, weight DOUBLE)");
  }
  const std::string marked = marked_sql(facts, split);
  RETURN_IF_ERROR(connection.execute(fmt::format(
      "CREATE TEMP TABLE cf_facts AS {}SELECT customer_id, article_id, sum(CAST(round(weight * "
      "pow(2.0, (day - reference) / {:.17g}) * pow(2.0, 40)) AS BIGINT)) FILTER (NOT "
      "is_test)::DOUBLE / pow(2.0, 40) AS score_before, coalesce(bool_or(is_test AND counts), "
      "false) AS after FROM marked GROUP BY ALL",
      marked, project.half_life_days)));
  if (!split.ordered) return {};
  return connection.execute(fmt::format(
      "CREATE TEMP TABLE cf_order AS {}SELECT customer_id, article_id, day, weight FROM "
      "marked WHERE NOT is_test",
      marked));
}

}  // namespace coterie::steps
