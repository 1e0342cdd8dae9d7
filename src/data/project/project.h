#pragma once
// A project: the folder with coterie.yaml, read strictly into one value. Sections that belong to
// other folders (models, checks, features) stay YAML nodes here and are read by their owners with
// the same strictness; the registry of section readers is in cli/.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/resources.h"
#include "base/result.h"
#include "base/yaml.h"

namespace coterie::data {

// How one role is filled from outside.
struct SourceConfig {
  std::string role;
  // Exactly one of these three:
  std::vector<std::string> files;  // globs, relative to the project folder
  std::string sql;                 // over other sources' names
  std::string postgres_url;        // with table below; secrets resolved, redacted in output
  std::string postgres_table;
  std::map<std::string, std::string> columns;  // role column -> source column or expression
  std::string where;                           // expr filter on source rows
  std::string watermark;                       // column: incremental by value instead of by file
  std::vector<std::string> key;                // overrides the role's key
  std::string delimiter, quote, encoding, time_format, format;  // empty = detect
  std::optional<bool> header;
  double max_rejected_share = 0.01;
  std::map<std::string, std::string>
      id_rules;   // column -> rule: "keep", "integer_text" (17850.0 -> 17850)
  YamlNode node;  // for messages
};

struct Money {
  std::string currency = "USD";
  int decimals = 2;  // minor units: 10^-decimals
};

struct Project {
  std::string folder;  // absolute
  std::string name;
  std::string template_name;     // retail, telco, media, movielens, online-retail
  std::string timezone = "UTC";  // IANA name; what a DATE means
  Money money;
  std::string warehouse_folder;  // absolute
  std::string publish_url;       // postgres://…; empty = off; resolved secret
  std::vector<SourceConfig> sources;
  ResourceLimits resources;
  std::map<std::string, double> event_weights;  // kind -> w for dataset A; buy = 1
  double half_life_days = 30;
  std::optional<YamlNode> models;  // section `models`
  std::optional<YamlNode> checks;  // section `checks`
  std::string as_of;               // "today" for recency and future checks: a date, or "" = the
                                   // newest fact's day (reproducible), or "now"
};

// Reads `folder`/coterie.yaml. Errors name file, line, column, key and the nearest valid name.
Result<Project> load_project(const std::string& folder);
// Walks up from `start` to the folder that holds coterie.yaml.
Result<std::string> find_project_folder(const std::string& start);

}  // namespace coterie::data
