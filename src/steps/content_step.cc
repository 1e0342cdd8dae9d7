#include "steps/content_step.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/json.h"
#include "features/offline/model_artefacts.h"
#include "models/recommend/content.h"
#include "steps/article_content.h"
#include "steps/interactions.h"
#include "steps/outputs.h"
#include "tuning/recommender_kinds.h"

namespace coterie::steps {
namespace {

constexpr const char* kInteractions = "dataset_a_interactions";
// As many customers say which weights are best; more only take longer.
constexpr int32_t kTuningCustomers = 20'000;
// Articles whose neighbours are held at once.
constexpr int32_t kBatch = 16'384;

// Pairs of about kTuningCustomers customers, the same ones every time.
Result<math::Csr> read_sample(pipeline::StepContext& context, data::Connection& connection,
                              MatrixShape shape) {
  ASSIGN_OR_RETURN(const int64_t customers,
                   connection.scalar_int(fmt::format(
                       "SELECT approx_count_distinct(customer_id) FROM facts.{}", kInteractions)));
  const int64_t step = std::max<int64_t>(1, customers / kTuningCustomers);
  return read_matrix(
      connection,
      fmt::format("SELECT customer_id, article_id, greatest(1e-30, time_weighted_score) FROM "
                  "facts.{} WHERE customer_id % {} = 0",
                  kInteractions, step),
      shape, context.pool);
}

// Weights that are not given, by what customers met; without customers, the model's own.
Result<tuning::SettingValues> choose_weights(
    pipeline::StepContext& context, data::Connection& connection, const ContentConfig& config,
    const std::shared_ptr<const recommend::ContentBlocks>& blocks, pipeline::StepReport& report) {
  const tuning::RecommenderKind& kind = *tuning::find_kind("content");
  tuning::SettingValues values = config.settings;
  for (const tuning::Setting& setting : kind.settings) {
    values.try_emplace(setting.key, setting.initial());
  }
  if (!context.inputs.has(kInteractions)) return values;
  ASSIGN_OR_RETURN(const math::Csr sample,
                   read_sample(context, connection, matrix_shape(context.inputs)));
  if (sample.entries() == 0) return values;
  const auto task = context.progress.start("choose weights", 0, "trials");
  ASSIGN_OR_RETURN(tuning::KindTuning tuned,
                   tuning::tune_kind(kind, config.settings, sample,
                                     {.max_users = kTuningCustomers,
                                      .seed = config.seed,
                                      .make = {.content = blocks},
                                      .on_trial = [&task] { task->advance(1); }},
                                     context.pool));
  if (!tuned.trials.empty()) {
    report.notes.push_back(
        fmt::format("weights chosen by what customers met ({} trials)", tuned.trials.size()));
  }
  return std::move(tuned.values);
}

void add_weights_note(const tuning::SettingValues& values, const recommend::ContentBlocks& blocks,
                      pipeline::StepReport& report) {
  std::vector<std::string> parts;
  const auto& names = recommend::content_kind_names();
  for (size_t kind = 0; kind < names.size(); ++kind) {
    if (!blocks.has(static_cast<recommend::ContentKind>(kind))) continue;
    parts.push_back(fmt::format("{} {:.4g}", names[kind], values.at(names[kind])));
  }
  report.notes.push_back(fmt::format("articles compared by {}", fmt::join(parts, ", ")));
}

Status append_neighbours(data::Connection& connection, std::span<const int32_t> articles,
                         const recommend::TopK& lists) {
  ASSIGN_OR_RETURN(data::Appender rows, connection.append_to("neighbours"));
  for (size_t i = 0; i < articles.size(); ++i) {
    for (int32_t rank = 0; rank < lists.counts[i]; ++rank) {
      const size_t at = i * static_cast<size_t>(lists.k) + static_cast<size_t>(rank);
      RETURN_IF_ERROR(rows.add(articles[i]));
      RETURN_IF_ERROR(rows.add(lists.items[at]));
      RETURN_IF_ERROR(rows.add(rank + 1));
      RETURN_IF_ERROR(rows.add(static_cast<double>(lists.scores[at])));
      RETURN_IF_ERROR(rows.end_row());
    }
  }
  return rows.close();
}

// Into the temporary table `neighbours`.
Status find_neighbours(pipeline::StepContext& context, data::Connection& connection,
                       const recommend::Content& model, int32_t count, int top) {
  const auto task = context.progress.start("compare", count, "articles");
  for (int32_t begin = 0; begin < count; begin += kBatch) {
    RETURN_IF_ERROR(check_cancelled());
    std::vector<int32_t> articles(static_cast<size_t>(std::min(kBatch, count - begin)));
    std::iota(articles.begin(), articles.end(), begin);
    ASSIGN_OR_RETURN(const recommend::TopK lists, model.similar_items(articles, top, context.pool));
    RETURN_IF_ERROR(append_neighbours(connection, articles, lists));
    task->advance(static_cast<int64_t>(articles.size()));
  }
  return {};
}

Result<int64_t> write_neighbours(pipeline::StepContext& context, data::Connection& connection,
                                 const std::string& version) {
  const bool named = has_column(context.inputs, "items", "product_name");
  return context.transaction.replace(
      "recommendations_cb", connection,
      fmt::format("SELECT n.article_id, n.similar_article_id, n.rank, n.similarity_score, "
                  "{} AS product_name, {} AS similar_product_name{} FROM neighbours n LEFT JOIN "
                  "facts.items a ON a.article_id = n.article_id LEFT JOIN facts.items s ON "
                  "s.article_id = n.similar_article_id",
                  named ? "a.product_name" : "CAST(NULL AS VARCHAR)",
                  named ? "s.product_name" : "CAST(NULL AS VARCHAR)",
                  provenance_sql(context, version)),
      {.key = {"article_id", "similar_article_id"},
       .entities = {{"article_id", "article"}, {"similar_article_id", "article"}},
       .sort_by = {"article_id", "rank"},
       .reshape = true});
}

// What a model's rows mean: without the dictionary they are articles that nobody can name.
Status save_entities(const pipeline::StepContext& context, const std::string& folder) {
  nlohmann::json entities = nlohmann::json::object();
  if (const auto dictionary = context.inputs.dictionary("article")) {
    entities["article"] = {{"version", dictionary->version},
                           {"size", dictionary->size},
                           {"trained_until", format_utc(context.now)}};
  }
  return write_file_atomic(folder + "/" + features::kEntitiesFile, dump_json(entities, 2));
}

recommend::ContentOptions options_of(const tuning::SettingValues& values) {
  recommend::ContentOptions options;
  for (size_t kind = 0; kind < options.weights.size(); ++kind) {
    options.weights[kind] = values.at(recommend::content_kind_names()[kind]);
  }
  return options;
}

Result<pipeline::StepReport> run_content(pipeline::StepContext& context,
                                         const ContentConfig& config) {
  pipeline::StepReport report;
  std::vector<std::string> tables = {kArticleTable, "items"};
  if (context.inputs.has(kInteractions)) tables.emplace_back(kInteractions);
  ASSIGN_OR_RETURN(data::Connection connection, open_inputs(context, tables));
  const int32_t articles = matrix_shape(context.inputs).articles;
  ASSIGN_OR_RETURN(const auto blocks, read_article_content(connection, context.inputs, articles));
  RETURN_IF_ERROR(connection.execute(
      "CREATE TEMP TABLE neighbours (article_id INTEGER, similar_article_id INTEGER, rank INTEGER, "
      "similarity_score DOUBLE)"));
  ASSIGN_OR_RETURN(const auto staged, context.models.add("content"));
  if (blocks->blocks.empty()) {
    report.notes.emplace_back(
        "nothing tells one article from another: items need names, descriptions, categories, "
        "attributes or prices to be compared by");
  } else {
    ASSIGN_OR_RETURN(const auto values,
                     choose_weights(context, connection, config, blocks, report));
    add_weights_note(values, *blocks, report);
    recommend::Content model(options_of(values), blocks);
    RETURN_IF_ERROR(model.fit_catalogue(context.pool));
    RETURN_IF_ERROR(find_neighbours(context, connection, model, articles, config.top));
    RETURN_IF_ERROR(model.save(staged.folder));
  }
  RETURN_IF_ERROR(save_entities(context, staged.folder));
  ASSIGN_OR_RETURN(const int64_t rows, write_neighbours(context, connection, staged.id));
  report.rows_out = {{"recommendations_cb", rows}};
  return report;
}

}  // namespace

pipeline::Step make_content_step(const ContentConfig& config) {
  pipeline::Step step;
  step.name = "models.content";
  step.version = 1;
  step.inputs = {"items", kArticleTable};
  step.optional_inputs = {kInteractions};
  step.outputs = {"recommendations_cb", "models/content"};
  step.config = canonical_text(config);
  step.run = [config](pipeline::StepContext& context) { return run_content(context, config); };
  return step;
}

}  // namespace coterie::steps
