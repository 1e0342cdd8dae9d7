#include "lab/lab_segment.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "evaluation/clustering.h"
#include "lab/interaction_files.h"
#include "lab/settings.h"
#include "models/segment/kmeans.h"

namespace coterie::lab {
namespace {

using Json = nlohmann::ordered_json;

struct Rows {
  std::vector<std::string> columns;
  std::vector<std::string> left_out;  // ids
  std::vector<float> values;          // rows × columns
  std::vector<int32_t> truth;
  int64_t count = 0;
  segment::Table table() const { return {values, count, static_cast<int>(columns.size())}; }
};

bool is_number(data::ValueType type) {
  return type == data::ValueType::kInt || type == data::ValueType::kReal ||
         type == data::ValueType::kDecimal || type == data::ValueType::kBool;
}

// "id", "customer_id", "customerID", "Row ID": numbers that say who a row is, not what it is like.
bool is_id_name(std::string_view name) {
  if (name.size() < 2) return false;
  const std::string_view end = name.substr(name.size() - 2);
  if (end != "id" && end != "ID" && end != "Id") return false;
  if (name.size() == 2) return true;
  const char before = name[name.size() - 3];
  return end[0] == 'I' || std::isalnum(static_cast<unsigned char>(before)) == 0;
}

// Whole numbers under such a name, each different.
Result<bool> is_id(data::Connection& connection, const std::string& scan,
                   const data::ColumnInfo& column) {
  if (column.type != data::ValueType::kInt || !is_id_name(column.name)) return false;
  ASSIGN_OR_RETURN(const int64_t repeated, connection.scalar_int(fmt::format(
                                               "SELECT count({0}) - count(DISTINCT {0}) FROM {1}",
                                               data::quote_name(column.name), scan)));
  return repeated == 0;
}

Result<std::string> selection_of(data::Connection& connection, const std::string& path,
                                 const std::string& truth, Rows& rows) {
  ASSIGN_OR_RETURN(const std::string scan, scan_of(path));
  ASSIGN_OR_RETURN(const auto columns, connection.describe("SELECT * FROM " + scan));
  std::vector<std::string> expressions;
  std::vector<std::string> names;
  bool has_truth = truth.empty();
  for (const data::ColumnInfo& column : columns) {
    names.push_back(column.name);
    if (column.name == truth) {
      has_truth = true;
      continue;
    }
    ASSIGN_OR_RETURN(const bool id, is_id(connection, scan, column));
    if (id) {
      rows.left_out.push_back(column.name);
    } else if (is_number(column.type)) {
      rows.columns.push_back(column.name);
      expressions.push_back(fmt::format("CAST({} AS DOUBLE)", data::quote_name(column.name)));
    }
  }
  if (!has_truth) {
    return invalid_input(
               fmt::format("has no column '{}'; it has {}", truth, fmt::join(names, ", ")))
        .at(path)
        .for_key("truth");
  }
  if (expressions.empty()) return invalid_input("has no numeric column").at(path);
  if (!truth.empty()) {
    expressions.push_back(fmt::format("CAST({} AS INTEGER)", data::quote_name(truth)));
  }
  return fmt::format("SELECT {} FROM {}", fmt::join(expressions, ", "), scan);
}

Result<Rows> read_rows(data::Connection& connection, const std::string& path,
                       const std::string& truth) {
  Rows rows;
  ASSIGN_OR_RETURN(const std::string sql, selection_of(connection, path, truth, rows));
  const auto width = static_cast<int>(rows.columns.size());
  RETURN_IF_ERROR(connection.for_each_chunk(sql, [&](const data::Chunk& chunk) -> Status {
    const size_t first = rows.values.size();
    rows.values.resize(first + static_cast<size_t>(chunk.rows()) * width);
    for (int j = 0; j < chunk.columns(); ++j) {
      const auto column = chunk.column(j);
      for (int64_t i = 0; i < chunk.rows(); ++i) {
        if (column.is_null(i)) {
          return invalid_input(fmt::format("row {} has no value", rows.count + i + 1))
              .in_table("", j < width ? rows.columns[j] : truth)
              .at(path);
        }
        if (j < width) {
          rows.values[first + static_cast<size_t>(i) * width + j] =
              static_cast<float>(column.as_real(i));
        } else {
          rows.truth.push_back(static_cast<int32_t>(column.as_int(i)));
        }
      }
    }
    rows.count += chunk.rows();
    return {};
  }));
  return rows;
}

Result<segment::KMeansOptions> read_kmeans_settings(Settings& settings) {
  segment::KMeansOptions o;
  o.clusters = static_cast<int>(settings.integer("k", o.clusters));
  o.restarts = static_cast<int>(settings.integer("restarts", o.restarts));
  o.max_iterations = static_cast<int>(settings.integer("max_iterations", o.max_iterations));
  o.tolerance = settings.real("tolerance", o.tolerance);
  o.standardise = settings.boolean("standardise", o.standardise);
  const std::string seeding = settings.choice("seeding", "auto", {"auto", "plus_plus", "parallel"});
  o.seeding = seeding == "auto"        ? segment::Seeding::kAuto
              : seeding == "plus_plus" ? segment::Seeding::kPlusPlus
                                       : segment::Seeding::kParallel;
  o.seed = static_cast<uint64_t>(settings.integer("seed", 1));
  RETURN_IF_ERROR(settings.finish());
  RETURN_IF_ERROR(segment::check_options(o));
  return o;
}

Json segments_json(const segment::KMeans& model, const Rows& rows) {
  std::vector<int64_t> sizes(static_cast<size_t>(model.clusters()), 0);
  for (const int32_t label : model.labels()) ++sizes[label];
  const std::vector<float> centres = model.centres();
  Json segments = Json::array();
  for (int c = 0; c < model.clusters(); ++c) {
    Json centre = Json::object();
    for (size_t j = 0; j < rows.columns.size(); ++j) {
      centre[rows.columns[j]] = centres[static_cast<size_t>(c) * rows.columns.size() + j];
    }
    segments.push_back({{"segment", c}, {"rows", sizes[c]}, {"centre", centre}});
  }
  return segments;
}

Result<Json> metrics_json(const segment::KMeans& model, const Rows& rows, ThreadPool& pool) {
  Json metrics;
  metrics["inertia"] = model.inertia();
  const auto silhouette = evaluation::silhouette(
      rows.values, rows.count, static_cast<int>(rows.columns.size()), model.labels(), {}, pool);
  // One segment has no silhouette; the answer then says so by null.
  metrics["silhouette"] = silhouette.ok() ? Json(*silhouette) : Json(nullptr);
  if (!rows.truth.empty()) {
    ASSIGN_OR_RETURN(metrics["adjusted_rand"],
                     evaluation::adjusted_rand(rows.truth, model.labels()));
  }
  return metrics;
}

Status write_labels(const LabSegmentOptions& options, const std::vector<int32_t>& labels,
                    data::Connection& connection) {
  ASSIGN_OR_RETURN(const std::string format, copy_format_of(options.out));
  RETURN_IF_ERROR(
      connection.execute("CREATE TEMP TABLE lab_labels (\"row\" BIGINT, segment INTEGER)"));
  ASSIGN_OR_RETURN(data::Appender appender, connection.append_to("lab_labels"));
  for (size_t i = 0; i < labels.size(); ++i) {
    RETURN_IF_ERROR(appender.add(static_cast<int64_t>(i + 1)));
    RETURN_IF_ERROR(appender.add(labels[i]));
    RETURN_IF_ERROR(appender.end_row());
  }
  RETURN_IF_ERROR(appender.close());
  return connection.execute(
      fmt::format("COPY lab_labels TO {} {}", data::quote_text(options.out), format));
}

}  // namespace

Result<Json> run_lab_segment(const LabSegmentOptions& options, Progress& progress) {
  if (options.model != "kmeans") {
    return invalid_input(fmt::format("unknown model '{}'", options.model)).with_mend("use kmeans");
  }
  if (!options.out.empty()) {
    if (auto format = copy_format_of(options.out); !format.ok()) return std::move(format).error();
  }
  ASSIGN_OR_RETURN(Settings settings, Settings::parse(options.settings));
  const std::string truth = settings.text("truth", "");
  ASSIGN_OR_RETURN(const segment::KMeansOptions o, read_kmeans_settings(settings));
  data::EngineOptions engine_options;
  engine_options.threads = std::max(1, options.resources.threads);
  engine_options.memory_bytes = std::max<int64_t>(options.resources.memory_bytes / 2, 1 << 28);
  ASSIGN_OR_RETURN(data::Engine engine, data::Engine::open(engine_options));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  ASSIGN_OR_RETURN(const Rows rows, read_rows(connection, options.data, truth));
  ThreadPool pool(std::max(1, options.resources.threads));
  segment::KMeans model(o);
  const auto task = progress.start("fit", o.restarts, "restarts");
  const Stopwatch watch;
  if (auto status = model.fit(rows.table(), pool); !status.ok()) {
    return Error(status.error()).at(options.data);
  }
  const double seconds = watch.seconds();
  task->advance(o.restarts);
  if (!options.out.empty()) RETURN_IF_ERROR(write_labels(options, model.labels(), connection));
  if (!options.save.empty()) RETURN_IF_ERROR(model.save(options.save));
  Json json;
  ASSIGN_OR_RETURN(json["metrics"], metrics_json(model, rows, pool));
  json["rows"] = rows.count;
  json["columns"] = rows.columns;
  if (!rows.left_out.empty()) json["left_out_ids"] = rows.left_out;
  json["segments"] = segments_json(model, rows);
  json["iterations"] = model.iterations();
  json["fit_seconds"] = seconds;
  json["peak_rss_mb"] = static_cast<double>(peak_rss_bytes()) / 1048576.0;
  json["chosen"] = {{"k", o.clusters},
                    {"restarts", o.restarts},
                    {"standardise", o.standardise},
                    {"max_iterations", o.max_iterations},
                    {"tolerance", o.tolerance},
                    {"seed", o.seed}};
  return json;
}

}  // namespace coterie::lab
