#include "steps/segments_step.h"

#include <algorithm>
#include <numeric>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "base/json.h"
#include "data/datasets/customer_activity.h"
#include "evaluation/clustering.h"
#include "models/segment/kmeans.h"
#include "steps/outputs.h"
#include "steps/segment_features.h"

namespace coterie::steps {
namespace {

constexpr const char* kInput = "dataset_c_customers";
constexpr const char* kInteractions = "dataset_a_interactions";

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

// How many of the first `most` different rows there are: clusters of equal rows cannot be parted.
int count_different(const SegmentTable& table, int most) {
  const size_t width = table.features.size();
  std::vector<std::span<const float>> found;
  for (size_t r = 0; r < table.customers.size() && std::ssize(found) < most; ++r) {
    const std::span<const float> row(table.values.data() + r * width, width);
    const bool known = std::ranges::any_of(
        found, [&](std::span<const float> other) { return std::ranges::equal(row, other); });
    if (!known) found.push_back(row);
  }
  return static_cast<int>(found.size());
}

// A sample that holds one cluster alone has no silhouette; that is no fault of the segments.
Status add_silhouette(const SegmentTable& table, const std::vector<int32_t>& segments,
                      uint64_t seed, ThreadPool& pool, pipeline::StepReport& report) {
  const auto value = evaluation::silhouette(
      table.values, static_cast<int64_t>(table.customers.size()),
      static_cast<int>(table.features.size()), segments, {.seed = seed}, pool);
  if (value.ok()) {
    report.metrics["kmeans.silhouette"] = *value;
    return {};
  }
  if (value.error().code != ErrorCode::kInvalidInput) return value.error();
  report.notes.push_back("no silhouette: nearly all customers are in one segment");
  return {};
}

std::string few_note(SegmentBasis basis, int64_t rows, int clusters, int wanted) {
  const char* did = basis == SegmentBasis::kPurchases  ? "bought anything"
                    : basis == SegmentBasis::kActivity ? "met anything"
                                                       : "did anything";
  if (rows < wanted) {
    return fmt::format("only {} customers {}: {} segments instead of {}", rows, did, clusters,
                       wanted);
  }
  return fmt::format("customers are of {} kind{} only: {} segments instead of {}", clusters,
                     clusters == 1 ? "" : "s", clusters, wanted);
}

Result<Segmentation> cluster(const SegmentTable& table, SegmentBasis basis,
                             const SegmentsConfig& config, const std::string& folder,
                             ThreadPool& pool, pipeline::StepReport& report) {
  Segmentation result;
  const auto rows = static_cast<int64_t>(table.customers.size());
  const int clusters = count_different(table, config.k);
  segment::KMeans model(
      {.clusters = std::max(1, clusters), .restarts = config.starts, .seed = config.seed});
  if (rows > 0) {
    RETURN_IF_ERROR(model.fit(
        {.values = table.values, .rows = rows, .columns = static_cast<int>(table.features.size())},
        pool));
    result.segments = number_by_size(model.labels(), clusters);
    result.names = name_segments(segment_traits(table, result.segments, clusters), basis);
    if (clusters > 1) {
      RETURN_IF_ERROR(add_silhouette(table, result.segments, config.seed, pool, report));
    }
    RETURN_IF_ERROR(save_model(model, table, folder));
    if (clusters < config.k) report.notes.push_back(few_note(basis, rows, clusters, config.k));
  }
  result.names.push_back(name_of_absent(basis));
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

std::string clustered_note(const SegmentTable& table, SegmentBasis basis) {
  if (basis == SegmentBasis::kNothing) {
    return "segments need purchases, interactions, events or sessions of customers, and this "
           "project has none: all customers are in one";
  }
  if (table.customers.empty()) {
    return "no customer did anything that segments could tell apart: all are in one";
  }
  std::vector<std::string> names;
  for (const SegmentFeature& feature : table.features) {
    if (feature.deviation > 0) names.push_back(feature.name);
  }
  const std::string customers = format_count(static_cast<int64_t>(table.customers.size()));
  if (names.empty()) return fmt::format("{} customers who do not differ", customers);
  return fmt::format("{} customers clustered by {}", customers, fmt::join(names, ", "));
}

Result<pipeline::StepReport> run_segments(pipeline::StepContext& context,
                                          const SegmentsConfig& config) {
  pipeline::StepReport report;
  const bool interactions = context.inputs.has(kInteractions);
  std::vector<std::string> tables = {kInput};
  if (interactions) tables.emplace_back(kInteractions);
  ASSIGN_OR_RETURN(data::Connection connection, open_inputs(context, tables));
  const auto activity = [&]() -> Result<std::string> {
    // All tables: what today is depends on every role with facts.
    RETURN_IF_ERROR(context.inputs.attach(connection));
    return data::customer_activity_sql(context.project, context.inputs, connection);
  };
  ASSIGN_OR_RETURN(const SegmentBasis basis,
                   make_profiles(connection, {.interactions = interactions, .activity = activity}));
  ASSIGN_OR_RETURN(const SegmentTable table,
                   read_segment_table(connection, segment_features(basis)));
  ASSIGN_OR_RETURN(const auto model, context.models.add("segments"));
  ASSIGN_OR_RETURN(const Segmentation segmentation,
                   cluster(table, basis, config, model.folder, context.pool, report));
  RETURN_IF_ERROR(load_assignment(connection, table, segmentation));
  RETURN_IF_ERROR(write_tables(context, connection, model.id, report));
  report.notes.push_back(clustered_note(table, basis));
  return report;
}

}  // namespace

pipeline::Step make_segments_step(const SegmentsConfig& config,
                                  const std::vector<std::string>& roles) {
  pipeline::Step step;
  step.name = "models.segments";
  step.version = 4;
  step.inputs = {kInput};
  step.optional_inputs = {kInteractions};
  for (const std::string& role : roles) {
    if (role == "events" || role == "sessions") step.optional_inputs.push_back(role);
  }
  step.outputs = {"customer_segments", "customer_segment_profiles", "models/segments"};
  step.config = canonical_text(config);
  step.run = [config](pipeline::StepContext& context) { return run_segments(context, config); };
  return step;
}

}  // namespace coterie::steps
