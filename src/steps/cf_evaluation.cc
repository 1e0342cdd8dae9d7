#include "steps/cf_evaluation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "evaluation/ranking.h"
#include "models/recommend/popularity.h"
#include "steps/cf_model.h"

namespace coterie::steps {
namespace {

// More customers than this make the figures no surer, only later.
constexpr size_t kMostCustomers = 50'000;
// With fewer the figures say little: the report says so.
constexpr size_t kFewCustomers = 200;

struct EvaluationData {
  math::Csr known;                 // before the cut
  math::Csr test;                  // bought after it, not known before
  std::vector<int32_t> customers;  // with both
};

Result<EvaluationData> read_data(data::Connection& connection, MatrixShape shape,
                                 ThreadPool& pool) {
  EvaluationData data;
  ASSIGN_OR_RETURN(data.known,
                   read_matrix(connection,
                               fmt::format("SELECT customer_id, article_id, {} FROM cf_facts WHERE "
                                           "score_before IS NOT NULL",
                                           confidence_sql("score_before")),
                               shape, pool));
  ASSIGN_OR_RETURN(data.test,
                   read_matrix(connection,
                               "SELECT customer_id, article_id, 1.0 FROM cf_facts WHERE after AND "
                               "score_before IS NULL",
                               shape, pool));
  for (int32_t customer = 0; customer < shape.customers; ++customer) {
    if (data.known.row_indices(customer).empty() || data.test.row_indices(customer).empty()) {
      continue;
    }
    data.customers.push_back(customer);
  }
  return data;
}

// Evenly over all of them, the same ones every time.
void thin_out(std::vector<int32_t>& customers) {
  if (customers.size() <= kMostCustomers) return;
  std::vector<int32_t> kept;
  for (size_t i = 0; i < kMostCustomers; ++i) {
    kept.push_back(customers[i * customers.size() / kMostCustomers]);
  }
  customers = std::move(kept);
}

Status add_metrics(const recommend::Recommender& model, const EvaluationData& data,
                   const CfConfig& config, ThreadPool& pool, pipeline::StepReport& report) {
  ASSIGN_OR_RETURN(const recommend::TopK lists,
                   model.recommend(data.customers, data.known, {.k = config.at.back()}, pool));
  ASSIGN_OR_RETURN(
      const evaluation::RankingReport ranking,
      evaluation::evaluate_ranking(lists, data.customers, data.test, {.at = config.at}, pool));
  for (const auto& [metric, value] : ranking.metrics) {
    report.metrics[model.name() + "." + metric] = value;
  }
  return {};
}

}  // namespace

Status evaluate_cf(pipeline::StepContext& context, data::Connection& connection, CfConfig& config,
                   MatrixShape shape, pipeline::StepReport& report) {
  RETURN_IF_ERROR(make_evaluation_facts(
      connection, context.project, context.inputs,
      {.test_share = config.test_share, .by_customer = config.split == "customer"}));
  ASSIGN_OR_RETURN(EvaluationData data, read_data(connection, shape, context.pool));
  RETURN_IF_ERROR(connection.execute("DROP TABLE cf_facts"));
  const size_t all = data.customers.size();
  if (all == 0) {
    report.notes.push_back(
        "not evaluated: no customer met something both before and after the cut");
    return {};
  }
  thin_out(data.customers);
  RETURN_IF_ERROR(choose_settings(config, data.known, context, report));
  recommend::Popularity popularity;
  RETURN_IF_ERROR(popularity.fit(data.known, context.pool));
  RETURN_IF_ERROR(add_metrics(popularity, data, config, context.pool, report));
  if (config.kind == "als") {
    ASSIGN_OR_RETURN(const auto model,
                     fit_als(config, data.known, "fit for the evaluation", context));
    RETURN_IF_ERROR(add_metrics(*model, data, config, context.pool, report));
  }
  report.notes.push_back(fmt::format(
      "evaluated on the newest {:.0f} % of {} interactions: {} customers with a past{}",
      100 * config.test_share, config.split == "customer" ? "each customer's" : "all",
      format_count(static_cast<int64_t>(data.customers.size())),
      all > data.customers.size() ? fmt::format(" of {}", format_count(static_cast<int64_t>(all)))
                                  : ""));
  if (all < kFewCustomers) {
    report.notes.push_back("so few customers make the metrics uncertain");
  }
  return {};
}

}  // namespace coterie::steps
