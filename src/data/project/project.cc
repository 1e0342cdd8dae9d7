#include "data/project/project.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "base/timezone.h"
#include "data/project/embedding_config_internal.h"
#include "data/project/source_config_internal.h"
#include "data/project/templates.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "coterie.yaml";
constexpr int64_t kMaxBytes = 16 << 20;
constexpr size_t kPostgresNameBytes = 63;  // longer names are cut by the server
const std::vector<std::string> kSections = {
    "config_version", "project",  "template", "timezone",  "money",    "warehouse",
    "online_store",   "tracking", "sources",  "events",    "datasets", "models",
    "checks",         "publish",  "as_of",    "resources", "features"};

std::string absolute_path(const std::string& folder, std::string_view path) {
  return fs::path(folder).append(path).lexically_normal().string();
}

Status read_version(const YamlNode& root, YamlMap& map) {
  const auto node = map.node("config_version");
  if (!node) {
    return root.error("missing key 'config_version'", "write 'config_version: 1'");
  }
  ASSIGN_OR_RETURN(const int64_t version, node->as_int());
  if (version != 1) {
    return node->error(fmt::format("this program reads config_version 1, not {}", version),
                       version > 1 ? "use a newer version of coterie" : "write 1");
  }
  return {};
}

Status read_name(const YamlNode& root, YamlMap& map, Project& project) {
  const auto node = map.node("project");
  if (!node) return root.error("missing key 'project'", "give the project a name: project: shop");
  ASSIGN_OR_RETURN(project.name, node->as_string());
  const bool plain = std::ranges::all_of(project.name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (!plain || project.name.empty() || project.name.size() > 64) {
    return node->error("a project's name is 1 to 64 letters, digits, '-', '_' and '.'");
  }
  return {};
}

Status read_timezone(YamlMap& map, Project& project) {
  const auto node = map.node("timezone");
  if (!node) return {};
  ASSIGN_OR_RETURN(project.timezone, node->as_string());
  const auto zone = TimeZone::load(project.timezone);
  if (!zone) return node->error(zone.error().message, zone.error().mend);
  return {};
}

Status read_money(YamlMap& map, Project& project) {
  const auto node = map.node("money");
  if (!node) return {};
  YamlMap money(*node);
  project.money.currency = money.string("currency", project.money.currency);
  project.money.decimals =
      static_cast<int>(money.integer("decimals", project.money.decimals, {.min = 0, .max = 6}));
  const std::string rounding = money.choice("rounding", "half_even", {"half_even", "half_up"});
  project.money.rounding =
      rounding == "half_up" ? MoneyRounding::kHalfUp : MoneyRounding::kHalfEven;
  const bool iso = project.money.currency.size() == 3 &&
                   std::ranges::all_of(project.money.currency,
                                       [](unsigned char c) { return c >= 'A' && c <= 'Z'; });
  if (!iso) {
    money.fail(
        node->find("currency")
            ->error("a currency is its three-letter code", "write for example 'currency: SEK'"));
  }
  return money.finish();
}

Status not_offered(const YamlNode& node, const std::string& what, const std::string& mend) {
  Error error = node.error(what + " is not offered yet", mend);
  error.code = ErrorCode::kUnsupported;
  return error;
}

Status read_warehouse(YamlMap& map, Project& project) {
  std::string url = "parquet:warehouse";
  if (const auto node = map.node("warehouse")) {
    ASSIGN_OR_RETURN(url, node->as_string());
    for (const char* scheme : {"postgres://", "postgresql://", "clickhouse://"}) {
      if (url.starts_with(scheme)) {
        return not_offered(*node, fmt::format("a warehouse at {}", scheme),
                           "keep it in a folder: warehouse: parquet:warehouse; "
                           "'publish' writes the outputs to your database");
      }
    }
    RETURN_IF_ERROR(check_url_scheme(*node, url, {"parquet:"}));
  }
  project.warehouse_folder = absolute_path(project.folder, url.substr(url.find(':') + 1));
  return {};
}

Status read_store_urls(YamlMap& map, Project& project) {
  if (const auto node = map.node("online_store")) {
    ASSIGN_OR_RETURN(project.online_store, resolve_node_secrets(*node, project.folder));
    RETURN_IF_ERROR(check_url_scheme(*node, project.online_store, {"lmdb:", "redis://"}));
  }
  if (const auto node = map.node("tracking")) {
    ASSIGN_OR_RETURN(project.tracking, resolve_node_secrets(*node, project.folder));
    RETURN_IF_ERROR(check_url_scheme(*node, project.tracking,
                                     {"sqlite:", "mlflow+http://", "mlflow+https://"}));
  }
  return {};
}

// A URL, or a map of the URL and the schema.
Status read_publish(YamlMap& map, Project& project) {
  const auto node = map.node("publish");
  if (!node) return {};
  std::optional<YamlNode> url = node;
  if (node->is_map()) {
    YamlMap publish(*node);
    RETURN_IF_ERROR(check_known_keys(publish, {"to", "schema"}));
    url = publish.node("to");
    if (!url) return node->error("missing key 'to'", "write to: postgres://…");
    project.publish_schema = publish.string("schema", project.publish_schema);
    if (project.publish_schema.empty() || project.publish_schema.size() > kPostgresNameBytes) {
      publish.fail(node->find("schema")->error(
          fmt::format("a schema's name has 1 to {} bytes", kPostgresNameBytes)));
    }
    RETURN_IF_ERROR(publish.finish());
  }
  auto resolved = resolve_node_secrets(*url, project.folder);
  if (!resolved) {
    project.publish_missing = resolved.error();
    ASSIGN_OR_RETURN(project.publish_url, url->as_string());
    return {};
  }
  project.publish_url = *std::move(resolved);
  return check_url_scheme(*url, project.publish_url, {"postgres://", "postgresql://"});
}

Status read_events(YamlMap& map, Project& project) {
  project.event_weights = default_event_weights();
  const auto node = map.node("events");
  if (!node) return {};
  YamlMap events(*node);
  project.half_life_days = events.real("half_life_days", 30, {.min = 0.01, .max = 36'500});
  if (const auto weights = events.node("weights")) {
    if (!weights->is_map()) return weights->error("expected a map of event kinds to weights");
    for (const auto& [kind, value] : weights->entries()) {
      ASSIGN_OR_RETURN(const double weight, value.as_double());
      if (weight < 0 || weight > 1'000) return value.error("a weight is from 0 to 1000");
      project.event_weights[kind] = weight;
    }
  }
  return events.finish();
}

// With less than this not even the engine's buffers find room.
constexpr int64_t kLeastMemory = int64_t{64} << 20;

Status read_bytes(YamlMap& map, const char* key, int64_t least, std::optional<int64_t>& bytes) {
  const auto node = map.node(key);
  if (!node) return {};
  ASSIGN_OR_RETURN(const std::string text, node->as_string());
  const auto parsed = parse_bytes(text);
  if (!parsed) return node->error(parsed.error().message, parsed.error().mend);
  if (*parsed < least) {
    return node->error(fmt::format("'{}' is too little", text),
                       fmt::format("give at least {}", format_bytes(least)));
  }
  bytes = *parsed;
  return {};
}

Status read_resources(YamlMap& map, Project& project) {
  const auto node = map.node("resources");
  if (!node) return {};
  YamlMap resources(*node);
  if (resources.has("threads")) {
    project.resources.threads =
        static_cast<int>(resources.integer("threads", 1, {.min = 1, .max = 1024}));
  }
  RETURN_IF_ERROR(read_bytes(resources, "memory", kLeastMemory, project.resources.memory_bytes));
  RETURN_IF_ERROR(read_bytes(resources, "disk", 1, project.resources.disk_bytes));
  return resources.finish();
}

Status read_features(YamlMap& map, Project& project) {
  const auto node = map.node("features");
  if (!node) return {};
  YamlMap features(*node);
  project.feature_days = static_cast<int>(
      features.integer("keep_days", project.feature_days, {.min = 1, .max = 36'500}));
  return features.finish();
}

Status read_as_of(YamlMap& map, Project& project) {
  const auto node = map.node("as_of");
  if (!node) return {};
  ASSIGN_OR_RETURN(const std::string text, node->as_string());
  if (text == "newest") return {};
  const bool date = text.size() == 10 && parse_utc(text).ok();
  if (text != "now" && !date) {
    return node->error("'" + text + "' is neither a date nor 'now' nor 'newest'",
                       "write for example 'as_of: 2024-06-30'");
  }
  project.as_of = text;
  return {};
}

Status read_sections(const YamlNode& root, YamlMap& map, Project& project) {
  RETURN_IF_ERROR(read_version(root, map));
  RETURN_IF_ERROR(read_name(root, map, project));
  project.template_name = map.choice("template", "", template_names());
  RETURN_IF_ERROR(read_timezone(map, project));
  RETURN_IF_ERROR(read_money(map, project));
  RETURN_IF_ERROR(read_warehouse(map, project));
  RETURN_IF_ERROR(read_store_urls(map, project));
  RETURN_IF_ERROR(read_publish(map, project));
  RETURN_IF_ERROR(read_events(map, project));
  RETURN_IF_ERROR(read_datasets(map, project));
  RETURN_IF_ERROR(read_resources(map, project));
  RETURN_IF_ERROR(read_as_of(map, project));
  RETURN_IF_ERROR(read_features(map, project));
  project.models = map.node("models");
  project.checks = map.node("checks");
  const auto sources = map.node("sources");
  if (!sources) {
    return root.error("missing key 'sources'",
                      "name your tables: sources: {transactions: {from: FILE}}");
  }
  ASSIGN_OR_RETURN(project.sources, read_sources(*sources, project.folder));
  return {};
}

}  // namespace

const std::map<std::string, double>& default_event_weights() {
  static const std::map<std::string, double> weights = {
      {"view", 0.05}, {"click", 0.1}, {"wishlist", 0.3}, {"cart", 0.5}, {"buy", 1.0}};
  return weights;
}

Status Project::check_secrets() const {
  for (const SourceConfig& source : sources) {
    if (source.missing_secret) return *source.missing_secret;
  }
  if (publish_missing) return *publish_missing;
  return {};
}

const SourceConfig* Project::find_source(std::string_view source_name) const {
  const auto found = std::ranges::find(sources, source_name, &SourceConfig::name);
  return found == sources.end() ? nullptr : &*found;
}

std::vector<std::string> Project::roles() const {
  std::vector<std::string> roles;
  for (const SourceConfig& source : sources) {
    if (!source.role.empty()) roles.push_back(source.role);
  }
  return roles;
}

Result<Project> parse_project(std::string_view text, const std::string& file,
                              const std::string& folder) {
  ASSIGN_OR_RETURN(const YamlNode root, parse_yaml(text, file));
  if (!root.is_map()) {
    return root.error("expected a map of settings", "begin with 'config_version: 1'");
  }
  YamlMap map(root);
  RETURN_IF_ERROR(check_known_keys(map, kSections));
  Project project;
  project.folder = fs::absolute(folder).lexically_normal().string();
  const Status sections = read_sections(root, map, project);
  RETURN_IF_ERROR(map.finish());
  RETURN_IF_ERROR(sections);
  return project;
}

Result<Project> load_project(const std::string& folder) {
  const std::string path = (fs::path(folder) / kFileName).lexically_normal().string();
  std::error_code error;
  if (!fs::exists(path, error)) {
    return Error(ErrorCode::kNotFound, "no project here: '" + path + "' does not exist")
        .with_mend("go to a project's folder, or make one: coterie init DIR --template retail");
  }
  ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxBytes));
  return parse_project(text, path, folder);
}

Result<std::string> find_project_folder(const std::string& start) {
  std::error_code error;
  fs::path folder = fs::absolute(start, error).lexically_normal();
  while (true) {
    if (fs::exists(folder / kFileName, error)) return folder.string();
    if (!folder.has_relative_path() || folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return Error(ErrorCode::kNotFound, fmt::format("no {} in '{}' or above it", kFileName, start))
      .with_mend("go to a project's folder, or make one: coterie init DIR --template retail");
}

}  // namespace coterie::data
