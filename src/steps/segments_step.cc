#include "steps/segments_step.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "base/json.h"
#include "evaluation/clustering.h"
#include "models/segment/kmeans.h"
#include "steps/outputs.h"
#include "steps/segment_features.h"

namespace coterie::steps {
namespace {

constexpr const char* kInput = "dataset_c_customers";
constexpr const char* kActivity = "dataset_a_interactions";

struct Segmentation {
  std::vector<int32_t> segments;   // of the table's customers, numbered by size
  std::vector<SegmentName> names;  // by segment; the last is of customers without a row
};

// Renumbers so that segment 0 is the largest; equal sizes keep the order of their first customer.
std::vector<int32_t> number_by_size(const std::vector<int32_t>& labels, int count) {
  std::vector<int64_t> sizes(static_cast<size_t>(count), 0);
  std::vector<size_t> first(static_cast<size_t>(count), labels.size());
  for (size_t r = labels.size(); r-- > 0;) {
    ++sizes[static_cast<size_t>(labels[r])];
    first[static_cast<size_t>(labels[r])] = r;
  }
  std::vector<size_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) {
    return sizes[a] != sizes[b] ? sizes[a] > sizes[b] : first[a] < first[b];
  });
  std::vector<int32_t> number(static_cast<size_t>(count));
  for (size_t i = 0; i < order.size(); ++i) number[order[i]] = static_cast<int32_t>(i);
  std::vector<int32_t> renumbered;
  renumbered.reserve(labels.size());
  for (const int32_t label : labels) renumbered.push_back(number[static_cast<size_t>(label)]);
  return renumbered;
}

Status save_model(const segment::KMeans& model, const SegmentTable& table,
                  const std::string& folder) {
  RETURN_IF_ERROR(model.save(folder));
  nlohmann::json features = nlohmann::json::array();
  for (const SegmentFeature& feature : table.features) {
    features.push_back({{"name", feature.name},
                        {"sql", feature.sql},
                        {"transform", "ln(1 + x)"},
                        {"mean", feature.mean},
                        {"deviation", feature.deviation},
                        {"weight", feature.weight}});
  }
  return write_file_atomic(folder + "/features.json", dump_json(features, 2));
}

Result<Segmentation> cluster(const SegmentTable& table, SegmentBasis basis,
                             const SegmentsConfig& config, const std::string& folder,
                             ThreadPool& pool, pipeline::StepReport& report) {
  Segmentation result;
  const auto rows = static_cast<int64_t>(table.customers.size());
  const int clusters = static_cast<int>(std::min<int64_t>(config.k, rows));
  segment::KMeans model(
      {.clusters = std::max(1, clusters), .restarts = config.starts, .seed = config.seed});
  if (rows > 0) {
    RETURN_IF_ERROR(model.fit(
        {.values = table.values, .rows = rows, .columns = static_cast<int>(table.features.size())},
        pool));
    result.segments = number_by_size(model.labels(), clusters);
    result.names = name_segments(segment_traits(table, result.segments, clusters), basis);
    if (clusters > 1) {
      ASSIGN_OR_RETURN(
          report.metrics["kmeans.silhouette"],
          evaluation::silhouette(table.values, rows, static_cast<int>(table.features.size()),
                                 result.segments, {.seed = config.seed}, pool));
    }
    RETURN_IF_ERROR(save_model(model, table, folder));
  }
  result.names.push_back(name_of_absent(basis));
  if (clusters < config.k) {
    report.notes.push_back(fmt::format(
        "only {} customers bought anything: {} segments instead of {}", rows, clusters, config.k));
  }
  return result;
}

Status load_assignment(data::Connection& connection, const SegmentTable& table,
                       const Segmentation& segmentation) {
  RETURN_IF_ERROR(connection.execute(
      "CREATE TEMP TABLE assigned (customer_id INTEGER, segment_id INTEGER);"
      "CREATE TEMP TABLE names (segment_id INTEGER, segment_name VARCHAR, meaning VARCHAR)"));
  ASSIGN_OR_RETURN(data::Appender assigned, connection.append_to("assigned"));
  for (size_t r = 0; r < table.customers.size(); ++r) {
    RETURN_IF_ERROR(assigned.add(table.customers[r]));
    RETURN_IF_ERROR(assigned.add(segmentation.segments[r]));
    RETURN_IF_ERROR(assigned.end_row());
  }
  RETURN_IF_ERROR(assigned.close());
  const std::vector<SegmentName>& names = segmentation.names;
  for (size_t s = 0; s < names.size(); ++s) {
    RETURN_IF_ERROR(connection.execute("INSERT INTO names VALUES (?, ?, ?)",
                                       {static_cast<int64_t>(s), names[s].name, names[s].meaning}));
  }
  return connection.execute(fmt::format(
      "CREATE TEMP VIEW segmented AS SELECT c.*, coalesce(a.segment_id, {}) AS segment_id FROM "
      "profiles c LEFT JOIN assigned a ON a.customer_id = c.customer_id",
      names.size() - 1));
}

Status write_tables(pipeline::StepContext& context, data::Connection& connection,
                    const std::string& version, pipeline::StepReport& report) {
  const std::string provenance = provenance_sql(context, version);
  ASSIGN_OR_RETURN(
      const int64_t customers,
      context.transaction.replace(
          "customer_segments", connection,
          "SELECT s.customer_id, s.segment_id, n.segment_name, s.recency, s.frequency, s.monetary" +
              provenance + " FROM segmented s JOIN names n ON n.segment_id = s.segment_id",
          {.key = {"customer_id"},
           .entities = {{"customer_id", "customer"}},
           .sort_by = {"customer_id"},
           .reshape = true}));
  ASSIGN_OR_RETURN(
      const int64_t segments,
      context.transaction.replace(
          "customer_segment_profiles", connection,
          "SELECT s.segment_id, n.segment_name, n.meaning, count(*) AS customers, count(*) / "
          "sum(count(*)) OVER () AS share, median(s.recency::DOUBLE) AS recency, "
          "median(s.frequency::DOUBLE) AS frequency, median(s.monetary::DOUBLE) AS monetary, "
          "median(s.avg_order_value) AS avg_order_value" +
              provenance +
              " FROM segmented s JOIN names n ON n.segment_id = s.segment_id GROUP BY "
              "s.segment_id, n.segment_name, n.meaning",
          {.key = {"segment_id"}, .sort_by = {"segment_id"}, .reshape = true}));
  report.rows_out = {{"customer_segments", customers}, {"customer_segment_profiles", segments}};
  return {};
}

std::string clustered_note(const SegmentTable& table) {
  std::vector<std::string> names;
  for (const SegmentFeature& feature : table.features) {
    if (feature.deviation > 0) names.push_back(feature.name);
  }
  return fmt::format("{} customers clustered by {}",
                     format_count(static_cast<int64_t>(table.customers.size())),
                     fmt::join(names, ", "));
}

Result<pipeline::StepReport> run_segments(pipeline::StepContext& context,
                                          const SegmentsConfig& config) {
  pipeline::StepReport report;
  const bool activity = context.inputs.has(kActivity);
  std::vector<std::string> tables = {kInput};
  if (activity) tables.emplace_back(kActivity);
  ASSIGN_OR_RETURN(data::Connection connection, open_inputs(context, tables));
  ASSIGN_OR_RETURN(const SegmentBasis basis, make_profiles(connection, activity));
  ASSIGN_OR_RETURN(const SegmentTable table,
                   read_segment_table(connection, segment_features(basis)));
  ASSIGN_OR_RETURN(const auto model, context.models.add("segments"));
  ASSIGN_OR_RETURN(const Segmentation segmentation,
                   cluster(table, basis, config, model.folder, context.pool, report));
  RETURN_IF_ERROR(load_assignment(connection, table, segmentation));
  RETURN_IF_ERROR(write_tables(context, connection, model.id, report));
  report.notes.push_back(clustered_note(table));
  return report;
}

}  // namespace

pipeline::Step make_segments_step(const SegmentsConfig& config) {
  pipeline::Step step;
  step.name = "models.segments";
  step.version = 2;
  step.inputs = {kInput};
  step.optional_inputs = {kActivity};
  step.outputs = {"customer_segments", "customer_segment_profiles", "models/segments"};
  step.config = canonical_text(config);
  step.run = [config](pipeline::StepContext& context) { return run_segments(context, config); };
  return step;
}

}  // namespace coterie::steps
