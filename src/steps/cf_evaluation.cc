#include "steps/cf_evaluation.h"

#include <algorithm>
#include <optional>

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
  TrainingData known;  // before the cut
  // The same pairs as what is popular is judged by, where the kind reads other values of them.
  std::optional<math::Csr> plain = {};
  math::Csr test;                  // bought after it, not known before
  std::vector<int32_t> customers;  // with both
};

Result<EvaluationData> read_data(data::Connection& connection, const CfConfig& config,
                                 MatrixShape shape, ThreadPool& pool) {
  EvaluationData data;
  ASSIGN_OR_RETURN(data.known.matrix,
                   read_matrix(connection,
                               fmt::format("SELECT customer_id, article_id, {} FROM cf_facts WHERE "
                                           "score_before IS NOT NULL",
                                           pair_value_sql(config, "score_before")),
                               shape, pool));
  if (pair_value_sql(config, "score_before") != confidence_sql("score_before")) {
    ASSIGN_OR_RETURN(data.plain,
                     read_matrix(connection,
                                 fmt::format("SELECT customer_id, article_id, {} FROM cf_facts "
                                             "WHERE score_before IS NOT NULL",
                                             confidence_sql("score_before")),
                                 shape, pool));
  }
  ASSIGN_OR_RETURN(data.test,
                   read_matrix(connection,
                               "SELECT customer_id, article_id, 1.0 FROM cf_facts WHERE after AND "
                               "score_before IS NULL",
                               shape, pool));
  if (reads_order(config.kind)) {
    ASSIGN_OR_RETURN(data.known.order, read_order(connection, "FROM cf_order", shape));
    RETURN_IF_ERROR(connection.execute("DROP TABLE cf_order"));
  }
  for (int32_t customer = 0; customer < shape.customers; ++customer) {
    if (data.known.matrix.row_indices(customer).empty() ||
        data.test.row_indices(customer).empty()) {
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
  ASSIGN_OR_RETURN(
      const recommend::TopK lists,
      model.recommend(data.customers, data.known.matrix,
                      {.k = config.at.back(), .order = data.known.order_or_null()}, pool));
  ASSIGN_OR_RETURN(
      const evaluation::RankingReport ranking,
      evaluation::evaluate_ranking(lists, data.customers, data.test, {.at = config.at}, pool));
  for (const auto& [metric, value] : ranking.metrics) {
    report.metrics[model.name() + "." + metric] = value;
  }
  return {};
}

struct Split {
  EvaluationData data;
  bool at_random = false;
};

Result<EvaluationData> split_facts(pipeline::StepContext& context, data::Connection& connection,
                                   const EvaluationSplit& split, const CfConfig& config,
                                   MatrixShape shape) {
  RETURN_IF_ERROR(make_evaluation_facts(connection, context.project, context.inputs, split));
  ASSIGN_OR_RETURN(EvaluationData data, read_data(connection, config, shape, context.pool));
  RETURN_IF_ERROR(connection.execute("DROP TABLE cf_facts"));
  return data;
}

// By time; where time parts nobody's interactions, as when all are of one day, at random.
Result<Split> split_by_time_or_at_random(pipeline::StepContext& context,
                                         data::Connection& connection, const CfConfig& config,
                                         MatrixShape shape) {
  EvaluationSplit split{.test_share = config.test_share,
                        .by_customer = config.split == "customer",
                        .ordered = reads_order(config.kind)};
  ASSIGN_OR_RETURN(EvaluationData by_time, split_facts(context, connection, split, config, shape));
  if (!by_time.customers.empty()) return Split{std::move(by_time), false};
  split.at_random = true;
  ASSIGN_OR_RETURN(EvaluationData drawn, split_facts(context, connection, split, config, shape));
  return Split{std::move(drawn), true};
}

std::string evaluated_note(const CfConfig& config, bool at_random, size_t measured, size_t all) {
  const std::string what =
      at_random ? fmt::format("a random {:.0f} % of all pairs", 100 * config.test_share)
                : fmt::format("the newest {:.0f} % of {} interactions", 100 * config.test_share,
                              config.split == "customer" ? "each customer's" : "all");
  return fmt::format(
      "evaluated on {}: {} customers with a past{}", what,
      format_count(static_cast<int64_t>(measured)),
      all > measured ? fmt::format(" of {}", format_count(static_cast<int64_t>(all))) : "");
}

// A model that ranks no better than a list for everyone should not pass unnoticed.
void say_if_popularity_wins(const CfConfig& config, pipeline::StepReport& report) {
  const int k = config.at[config.at.size() / 2];
  const auto model = report.metrics.find(fmt::format("{}.ndcg@{}", config.kind, k));
  const auto popular = report.metrics.find(fmt::format("popularity.ndcg@{}", k));
  if (model == report.metrics.end() || popular == report.metrics.end()) return;
  if (model->second >= popular->second) return;
  report.notes.push_back(fmt::format(
      "what is popular ranks better than {} here (NDCG@{} {:.4f} against {:.4f}): tastes hardly "
      "differ, or there is too little to tell them by; 'kind: popularity' under models.cf "
      "recommends it",
      config.kind, k, popular->second, model->second));
}

}  // namespace

Status evaluate_cf(pipeline::StepContext& context, data::Connection& connection, CfConfig& config,
                   const std::shared_ptr<const recommend::ContentBlocks>& content,
                   MatrixShape shape, pipeline::StepReport& report) {
  ASSIGN_OR_RETURN(Split split, split_by_time_or_at_random(context, connection, config, shape));
  EvaluationData& data = split.data;
  data.known.content = content;
  const size_t all = data.customers.size();
  if (all == 0) {
    report.notes.push_back(
        "not evaluated: no customer has interactions to learn from and others to predict");
    return {};
  }
  if (split.at_random) {
    report.notes.push_back(
        "time parts no customer's interactions into before and after, so a random part is "
        "predicted: metrics are higher than those of a forecast");
  }
  thin_out(data.customers);
  RETURN_IF_ERROR(choose_settings(config, data.known, context, report));
  recommend::Popularity popularity;
  RETURN_IF_ERROR(popularity.fit(data.plain ? *data.plain : data.known.matrix, context.pool));
  RETURN_IF_ERROR(add_metrics(popularity, data, config, context.pool, report));
  if (config.kind != popularity.name()) {
    ASSIGN_OR_RETURN(const auto model,
                     fit_recommender(config, data.known, "fit for the evaluation", context));
    RETURN_IF_ERROR(add_metrics(*model, data, config, context.pool, report));
  }
  say_if_popularity_wins(config, report);
  report.notes.push_back(evaluated_note(config, split.at_random, data.customers.size(), all));
  if (all < kFewCustomers) {
    report.notes.push_back("so few customers make the metrics uncertain");
  }
  return {};
}

}  // namespace coterie::steps
