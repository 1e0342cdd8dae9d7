#include "lab/lab_segment.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "evaluation/clustering.h"
#include "lab/file_formats.h"
#include "lab/segment_rows.h"
#include "lab/settings.h"
#include "models/segment/kmeans.h"

namespace coterie::lab {
namespace {

using Json = nlohmann::ordered_json;

Result<segment::KMeansOptions> read_kmeans_settings(Settings& settings) {
  segment::KMeansOptions o;
  o.clusters = static_cast<int>(settings.integer("k", o.clusters));
  o.restarts = static_cast<int>(settings.integer("restarts", o.restarts));
  o.max_iterations = static_cast<int>(settings.integer("iterations", o.max_iterations));
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

Json segments_json(const segment::KMeans& model, const SegmentRows& rows) {
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

Result<Json> metrics_json(const segment::KMeans& model, const SegmentRows& rows, ThreadPool& pool) {
  Json metrics;
  metrics["inertia"] = model.inertia();
  ASSIGN_OR_RETURN(const std::vector<float> scaled, model.scaled(rows.table(), pool));
  const auto silhouette = evaluation::silhouette(
      scaled, rows.count, static_cast<int>(rows.columns.size()), model.labels(), {}, pool);
  // One segment has no silhouette; the answer then says so by null.
  metrics["silhouette"] = silhouette.ok() ? Json(*silhouette) : Json(nullptr);
  if (!rows.truth.empty()) {
    ASSIGN_OR_RETURN(metrics["adjusted_rand"],
                     evaluation::adjusted_rand(rows.truth, model.labels()));
  }
  return metrics;
}

Status write_labels(const std::string& path, const std::vector<int32_t>& labels,
                    data::Connection& connection) {
  return write_table(connection, "\"row\" BIGINT, segment INTEGER", path,
                     [&](data::Appender& appender) -> Status {
                       for (size_t i = 0; i < labels.size(); ++i) {
                         RETURN_IF_ERROR(appender.add(static_cast<int64_t>(i + 1)));
                         RETURN_IF_ERROR(appender.add(labels[i]));
                         RETURN_IF_ERROR(appender.end_row());
                       }
                       return {};
                     });
}

// Segments in their order, under the data's column names: what --centres reads.
Status write_centres(const std::string& path, const segment::KMeans& model, const SegmentRows& rows,
                     data::Connection& connection) {
  std::vector<std::string> columns;
  for (const std::string& name : rows.columns) columns.push_back(data::quote_name(name) + " FLOAT");
  const std::vector<float> centres = model.centres();
  return write_table(connection, fmt::format("{}", fmt::join(columns, ", ")), path,
                     [&](data::Appender& appender) -> Status {
                       for (size_t i = 0; i < centres.size(); ++i) {
                         RETURN_IF_ERROR(appender.add(static_cast<double>(centres[i])));
                         if ((i + 1) % columns.size() == 0) RETURN_IF_ERROR(appender.end_row());
                       }
                       return {};
                     });
}

Status check_request(const LabSegmentOptions& options) {
  if (options.model != "kmeans") {
    return invalid_input(fmt::format("unknown model '{}'", options.model)).with_mend("use kmeans");
  }
  if (options.data.empty()) {
    return invalid_input("there are no rows to segment").with_mend("name a file with --data FILE");
  }
  const std::vector<std::string> inputs{options.data, options.centres};
  RETURN_IF_ERROR(check_writable("--out", options.out, inputs));
  RETURN_IF_ERROR(check_writable("--centres-out", options.centres_out, inputs));
  RETURN_IF_ERROR(check_folder("--save", options.save));
  if (!options.out.empty() && same_file(options.out, options.centres_out)) {
    return invalid_input("--out and --centres-out are the same file").at(options.out);
  }
  return {};
}

// With given centres: how many there are is k, and there is nothing to choose or to repeat.
Status check_centres_settings(Settings& settings) {
  for (const char* name : {"restarts", "seeding"}) {
    if (!settings.has(name)) continue;
    return invalid_input("says how to choose centres, but --centres gives them")
        .for_key(name)
        .with_mend("leave one of the two out");
  }
  return {};
}

// Empty: the model chooses.
Result<std::vector<float>> read_start(const LabSegmentOptions& options, const SegmentRows& rows,
                                      bool k_is_set, data::Connection& connection,
                                      segment::KMeansOptions& o) {
  if (options.centres.empty()) return std::vector<float>();
  ASSIGN_OR_RETURN(auto start, read_centres(connection, options.centres, rows.columns));
  const auto count = static_cast<int>(start.size() / rows.columns.size());
  if (k_is_set && count != o.clusters) {
    return invalid_input(fmt::format("holds {} centres, but k = {}", count, o.clusters))
        .at(options.centres)
        .with_mend("leave k out");
  }
  o.clusters = count;
  o.restarts = 1;
  return start;
}

Json answer_json(const segment::KMeans& model, const SegmentRows& rows, double seconds) {
  Json json;
  json["rows"] = rows.count;
  json["columns"] = rows.columns;
  if (!rows.left_out_ids.empty()) json["left_out_ids"] = rows.left_out_ids;
  if (!rows.left_out_texts.empty()) json["left_out_texts"] = rows.left_out_texts;
  json["segments"] = segments_json(model, rows);
  json["iterations"] = model.iterations();
  json["converged"] = model.converged();
  json["seconds_per_iteration"] = model.seconds_per_iteration();
  json["fit_seconds"] = seconds;
  json["peak_rss_mb"] = static_cast<double>(peak_rss_bytes()) / 1048576.0;
  const segment::KMeansOptions& o = model.options();
  json["chosen"] = {{"k", o.clusters},
                    {"restarts", o.restarts},
                    {"standardise", o.standardise},
                    {"iterations", o.max_iterations},
                    {"tolerance", o.tolerance},
                    {"seed", o.seed}};
  return json;
}

}  // namespace

Result<Json> run_lab_segment(const LabSegmentOptions& options, Progress& progress) {
  RETURN_IF_ERROR(check_request(options));
  ASSIGN_OR_RETURN(Settings settings, Settings::parse(options.settings));
  const std::string truth = settings.text("truth", "");
  const bool k_is_set = settings.has("k");
  if (!options.centres.empty()) RETURN_IF_ERROR(check_centres_settings(settings));
  ASSIGN_OR_RETURN(segment::KMeansOptions o, read_kmeans_settings(settings));
  data::EngineOptions engine_options;
  engine_options.threads = std::max(1, options.resources.threads);
  engine_options.memory_bytes = std::max<int64_t>(options.resources.memory_bytes / 2, 1 << 28);
  ASSIGN_OR_RETURN(data::Engine engine, data::Engine::open(engine_options));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  ASSIGN_OR_RETURN(const SegmentRows rows, read_segment_rows(connection, options.data, truth));
  ASSIGN_OR_RETURN(const auto start, read_start(options, rows, k_is_set, connection, o));
  ThreadPool pool(std::max(1, options.resources.threads));
  segment::KMeans model(o);
  const auto task = progress.start("fit", o.restarts, "restarts");
  const Stopwatch watch;
  if (auto status =
          start.empty() ? model.fit(rows.table(), pool) : model.fit_from(rows.table(), start, pool);
      !status.ok()) {
    return Error(status.error()).at(options.data);
  }
  const double seconds = watch.seconds();
  task->advance(o.restarts);
  if (!options.out.empty()) {
    RETURN_IF_ERROR(write_labels(options.out, model.labels(), connection));
  }
  if (!options.centres_out.empty()) {
    RETURN_IF_ERROR(write_centres(options.centres_out, model, rows, connection));
  }
  if (!options.save.empty()) RETURN_IF_ERROR(model.save(options.save));
  Json json;
  ASSIGN_OR_RETURN(json["metrics"], metrics_json(model, rows, pool));
  json.update(answer_json(model, rows, seconds));
  return json;
}

}  // namespace coterie::lab
