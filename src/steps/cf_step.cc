#include "steps/cf_step.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/json.h"
#include "data/datasets/dataset.h"
#include "data/datasets/interaction_facts.h"
#include "features/offline/model_artefacts.h"
#include "models/recommend/popularity.h"
#include "steps/article_content.h"
#include "steps/cf_evaluation.h"
#include "steps/cf_model.h"
#include "steps/interactions.h"
#include "steps/outputs.h"

namespace coterie::steps {
namespace {

constexpr const char* kInteractions = "dataset_a_interactions";
// Facts for the evaluation, names and masters for the output.
constexpr const char* kReadRoles[] = {"customers",   "items",   "transactions", "orders",
                                      "order_items", "cart",    "wishlist",     "reviews",
                                      "events",      "sessions"};
// Customers whose lists are made at once: bounds memory, large enough for the kernels.
constexpr size_t kBatch = 65'536;

// Codes of the customers who get recommendations: the master table's, else everyone with a fact.
Result<std::vector<int32_t>> all_customers(data::Connection& connection, bool master) {
  std::vector<int32_t> customers;
  RETURN_IF_ERROR(connection.for_each_chunk(
      master ? "SELECT customer_id FROM facts.customers UNION SELECT customer_id FROM "
               "facts.dataset_a_interactions ORDER BY 1"
             : "SELECT DISTINCT customer_id FROM facts.dataset_a_interactions ORDER BY 1",
      [&](const data::Chunk& chunk) -> Status {
        const data::ColumnView codes = chunk.column(0);
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          customers.push_back(static_cast<int32_t>(codes.as_int(row)));
        }
        return {};
      }));
  return customers;
}

Status append_lists(data::Connection& connection, std::span<const int32_t> customers,
                    const recommend::TopK& lists) {
  ASSIGN_OR_RETURN(data::Appender rows, connection.append_to("lists"));
  for (size_t i = 0; i < customers.size(); ++i) {
    const int32_t count = lists.counts[i];
    for (int32_t rank = 0; rank < count; ++rank) {
      const size_t at = i * static_cast<size_t>(lists.k) + static_cast<size_t>(rank);
      RETURN_IF_ERROR(rows.add(customers[i]));
      RETURN_IF_ERROR(rows.add(lists.items[at]));
      RETURN_IF_ERROR(rows.add(rank + 1));
      RETURN_IF_ERROR(rows.add(static_cast<double>(lists.scores[at])));
      RETURN_IF_ERROR(rows.end_row());
    }
  }
  return rows.close();
}

// Lists of the customers with a history, a batch at a time, into the temporary table `lists`.
Status recommend_known(pipeline::StepContext& context, data::Connection& connection,
                       const recommend::Recommender& model, const TrainingData& data,
                       std::span<const int32_t> customers, int top) {
  RETURN_IF_ERROR(connection.execute(
      "CREATE TEMP TABLE lists (customer_id INTEGER, article_id INTEGER, rank INTEGER, score "
      "DOUBLE)"));
  const auto task =
      context.progress.start("recommend", static_cast<int64_t>(customers.size()), "customers");
  for (size_t begin = 0; begin < customers.size(); begin += kBatch) {
    RETURN_IF_ERROR(check_cancelled());
    const auto batch = customers.subspan(begin, std::min(kBatch, customers.size() - begin));
    ASSIGN_OR_RETURN(const recommend::TopK lists,
                     model.recommend(batch, data.matrix, {.k = top, .order = data.order_or_null()},
                                     context.pool));
    RETURN_IF_ERROR(append_lists(connection, batch, lists));
    task->advance(static_cast<int64_t>(batch.size()));
  }
  return {};
}

// What everyone without a history gets: one list, and who gets it.
Status recommend_unknown(pipeline::StepContext& context, data::Connection& connection,
                         const math::Csr& matrix, std::span<const int32_t> customers, int top) {
  RETURN_IF_ERROR(connection.execute(
      "CREATE TEMP TABLE popular (article_id INTEGER, rank INTEGER, score DOUBLE);"
      "CREATE TEMP TABLE newcomers (customer_id INTEGER)"));
  if (customers.empty()) return {};
  recommend::Popularity popularity;
  RETURN_IF_ERROR(popularity.fit(matrix, context.pool));
  ASSIGN_OR_RETURN(const recommend::TopK list,
                   popularity.recommend(customers.first(1), matrix, {.k = top}, context.pool));
  for (int32_t rank = 0; rank < list.counts[0]; ++rank) {
    const auto at = static_cast<size_t>(rank);
    RETURN_IF_ERROR(
        connection.execute("INSERT INTO popular VALUES (?, ?, ?)",
                           {static_cast<int64_t>(list.items[at]), static_cast<int64_t>(rank) + 1,
                            static_cast<double>(list.scores[at])}));
  }
  ASSIGN_OR_RETURN(data::Appender rows, connection.append_to("newcomers"));
  for (const int32_t customer : customers) {
    RETURN_IF_ERROR(rows.add(customer));
    RETURN_IF_ERROR(rows.end_row());
  }
  return rows.close();
}

Result<int64_t> write_recommendations(pipeline::StepContext& context, data::Connection& connection,
                                      const std::string& kind, const std::string& version) {
  const bool named = has_column(context.inputs, "items", "product_name");
  const std::string select = fmt::format(
      "SELECT r.customer_id, r.article_id, r.rank, r.score, {} AS product_name, r.source{} FROM "
      "(SELECT *, {} AS source FROM lists UNION ALL BY NAME SELECT customer_id, article_id, rank, "
      "score, 'popularity' AS source FROM newcomers, popular) r {}",
      named ? "i.product_name" : "CAST(NULL AS VARCHAR)", provenance_sql(context, version),
      data::quote_text(kind),
      named ? "LEFT JOIN facts.items i ON i.article_id = r.article_id" : "");
  return context.transaction.replace(
      "recommendations_cf", connection, select,
      {.key = {"customer_id", "article_id"},
       .entities = {{"customer_id", "customer"}, {"article_id", "article"}},
       .sort_by = {"customer_id", "rank"},
       .reshape = true});
}

// What a model's rows mean: without the dictionaries its factors are numbers of nobody. It learned
// from what was visible at the end of today, or now while today lasts.
Status save_entities(const pipeline::StepContext& context, data::Connection& connection,
                     const std::string& kind, const std::string& folder) {
  ASSIGN_OR_RETURN(const Micros end_of_today,
                   data::datasets_moment(context.project, context.inputs, connection));
  const std::string trained_until = format_utc(std::min(end_of_today, context.now));
  nlohmann::json entities;
  for (const char* entity : {"customer", "article"}) {
    const auto dictionary = context.inputs.dictionary(entity);
    if (!dictionary) continue;
    entities[entity] = {{"version", dictionary->version},
                        {"size", dictionary->size},
                        {"trained_until", trained_until}};
    const bool customers = std::string_view(entity) == "customer";
    if (kind == "als") entities[entity]["vectors"] = customers ? "user_factors" : "item_factors";
  }
  return write_file_atomic(folder + "/" + features::kEntitiesFile, dump_json(entities, 2));
}

Status write_all(pipeline::StepContext& context, data::Connection& connection,
                 const CfConfig& config, const TrainingData& data, pipeline::StepReport& report) {
  const math::Csr& matrix = data.matrix;
  ASSIGN_OR_RETURN(const auto staged, context.models.add("cf"));
  ASSIGN_OR_RETURN(const auto model, fit_recommender(config, data, "fit", context));
  RETURN_IF_ERROR(model->save(staged.folder));
  RETURN_IF_ERROR(save_entities(context, connection, config.kind, staged.folder));
  ASSIGN_OR_RETURN(const auto customers,
                   all_customers(connection, context.inputs.has("customers")));
  std::vector<int32_t> known, unknown;
  for (const int32_t customer : customers) {
    (matrix.row_indices(customer).empty() ? unknown : known).push_back(customer);
  }
  RETURN_IF_ERROR(recommend_known(context, connection, *model, data, known, config.top));
  RETURN_IF_ERROR(recommend_unknown(context, connection, matrix, unknown, config.top));
  ASSIGN_OR_RETURN(const int64_t rows,
                   write_recommendations(context, connection, config.kind, staged.id));
  report.rows_out = {{"recommendations_cf", rows}};
  report.notes.push_back(
      fmt::format("{} customers with a history; {} without one get what is popular",
                  format_count(static_cast<int64_t>(known.size())),
                  format_count(static_cast<int64_t>(unknown.size()))));
  return {};
}

Result<pipeline::StepReport> run_cf(pipeline::StepContext& context, CfConfig config,
                                    std::vector<std::string> tables,
                                    const std::vector<std::string>& optional) {
  pipeline::StepReport report;
  for (const std::string& table : optional) {
    if (context.inputs.has(table)) tables.push_back(table);
  }
  ASSIGN_OR_RETURN(data::Connection connection, open_inputs(context, tables));
  const MatrixShape shape = matrix_shape(context.inputs);
  TrainingData data;
  if (needs_content(config)) {
    ASSIGN_OR_RETURN(data.content,
                     read_article_content(connection, context.inputs, shape.articles));
  }
  RETURN_IF_ERROR(evaluate_cf(context, connection, config, data.content, shape, report));
  ASSIGN_OR_RETURN(
      data.matrix,
      read_matrix(connection,
                  fmt::format("SELECT customer_id, article_id, {} FROM facts.{}",
                              pair_value_sql(config, "time_weighted_score"), kInteractions),
                  shape, context.pool));
  if (data.matrix.entries() == 0) {
    return Error{ErrorCode::kInvalidInput,
                 "there is nothing to learn from: no customer has met an "
                 "article"}
        .in_table(kInteractions)
        .with_mend("check the sources with: coterie check");
  }
  if (reads_order(config.kind)) {
    ASSIGN_OR_RETURN(const std::string facts,
                     data::interaction_facts_sql(context.project, context.inputs, connection));
    ASSIGN_OR_RETURN(data.order, read_order(connection, facts, shape));
  }
  RETURN_IF_ERROR(choose_settings(config, data, context, report));
  RETURN_IF_ERROR(write_all(context, connection, config, data, report));
  return report;
}

}  // namespace

pipeline::Step make_cf_step(const CfConfig& config, const data::Project& project,
                            const std::vector<std::string>& roles) {
  pipeline::Step step;
  step.name = "models.cf";
  step.version = 2;
  step.inputs = {kInteractions};
  if (needs_content(config)) step.inputs.emplace_back(kArticleTable);
  for (const char* role : kReadRoles) {
    if (std::ranges::find(roles, role) != roles.end()) step.optional_inputs.emplace_back(role);
  }
  step.outputs = {"recommendations_cf", kCfModel};
  step.config = fmt::format("{} half_life={} weights={}", canonical_text(config),
                            project.half_life_days, nlohmann::json(project.event_weights).dump());
  step.run = [config, inputs = step.inputs,
              optional = step.optional_inputs](pipeline::StepContext& context) {
    return run_cf(context, config, inputs, optional);
  };
  return step;
}

}  // namespace coterie::steps
