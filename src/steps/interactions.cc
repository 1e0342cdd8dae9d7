#include "steps/interactions.h"

#include <fmt/format.h>

#include "data/datasets/interaction_facts.h"

namespace coterie::steps {
namespace {

Result<int64_t> count_rows(data::Connection& connection, const std::string& select) {
  return connection.scalar_int(fmt::format("SELECT count(*) FROM ({})", select));
}

// The newest share by day: everyone's cut is the same day, or each customer has an own count.
// Sums are of integers (ticks of 2^-40), so that they do not depend on the number of threads.
std::string evaluation_sql(const std::string& facts, const EvaluationSplit& split,
                           double half_life_days) {
  const std::string test =
      split.at_random
          ? fmt::format("hash(customer_id, article_id) % 10000 < {:.0f}", 10'000 * split.test_share)
      : split.by_customer
          ? fmt::format("met > 1 AND turn <= greatest(1, floor(met * {}))", split.test_share)
          : std::string("day >= cut");
  return fmt::format(
      "CREATE TEMP TABLE cf_facts AS WITH facts AS MATERIALIZED ({facts}), span AS (SELECT "
      "quantile_disc(day, {known}) AS cut, max(day) AS last, bool_or(bought) AS any_bought FROM "
      "facts), cuts AS (SELECT coalesce((SELECT min(day) FROM facts WHERE day > cut), cut) AS cut, "
      "last, any_bought FROM span), marked AS (SELECT customer_id, article_id, day, weight, bought "
      "OR NOT any_bought AS counts, {test} AS is_test, CASE WHEN {whole_time} THEN last ELSE cut "
      "END AS reference FROM (SELECT *, {turns} FROM facts), cuts) "
      "SELECT customer_id, article_id, sum(CAST(round(weight * pow(2.0, (day - reference) / "
      "{half_life:.17g}) * pow(2.0, 40)) AS BIGINT)) FILTER (NOT is_test)::DOUBLE / pow(2.0, 40) "
      "AS "
      "score_before, coalesce(bool_or(is_test AND counts), false) AS after FROM marked GROUP BY "
      "ALL",
      fmt::arg("facts", facts), fmt::arg("known", 1 - split.test_share), fmt::arg("test", test),
      fmt::arg("whole_time", split.by_customer || split.at_random),
      fmt::arg("half_life", half_life_days),
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

Status make_evaluation_facts(data::Connection& connection, const data::Project& project,
                             const data::Snapshot& snapshot, const EvaluationSplit& split) {
  ASSIGN_OR_RETURN(const std::string facts,
                   data::interaction_facts_sql(project, snapshot, connection));
  if (facts.empty()) {
    return connection.execute(
        "CREATE TEMP TABLE cf_facts (customer_id INTEGER, article_id INTEGER, score_before DOUBLE, "
        "after BOOLEAN)");
  }
  return connection.execute(evaluation_sql(facts, split, project.half_life_days));
}

}  // namespace coterie::steps
