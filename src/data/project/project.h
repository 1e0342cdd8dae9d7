#pragma once
// A project: the folder with coterie.yaml, read strictly into one value. Sections that belong to
// other folders (models, checks) stay YAML nodes here and are read by their owners with the same
// strictness. The grammar is documented key by key in docs/reference/configuration.md.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/resources.h"
#include "base/result.h"
#include "base/yaml.h"

namespace coterie::data {

// What becomes of a row whose required column is empty.
enum class MissingRule {
  kReject,  // counts as a bad row
  kDrop,    // left out and counted
  kKeep,    // loaded with a null
};

// A named condition on source rows: rows are counted under the name, and left out if it is a drop.
struct RowRule {
  std::string name;       // "guests"
  std::string condition;  // expr over source columns
};

// How one table is filled from outside. Texts that name columns mean columns of the source.
struct SourceConfig {
  std::string name;  // key under `sources`; what SQL sources call it
  std::string role;  // the same, or "" for `role: none`: a table only SQL sources read
  // Exactly one of these three:
  std::vector<std::string> files;  // globs; absolute, or relative to the project folder
  std::string sql;                 // over other sources' names
  std::string postgres_url;        // with table below; secrets resolved, redacted in output
  std::string postgres_table;
  std::optional<Error> missing_secret;  // of postgres_url, which then stands as it is written
  bool optional = false;  // no file matches: the role is switched off instead of an error

  // role column -> source column, "= expression" over source columns, or "" = not mapped.
  // Columns not listed are mapped to the source column of the same name where there is one.
  std::map<std::string, std::string> columns;
  std::string where;                      // expr filter on source rows
  std::vector<RowRule> drop;              // rows left out and counted by name, in order
  std::vector<RowRule> count;             // rows loaded and counted by name
  std::vector<std::string> key;           // role columns; overrides the role's key
  bool exact_duplicates_dropped = false;  // rows of one file equal in every source column
  std::string latest_by;                  // role column that decides which duplicate is the latest
  std::string watermark;                  // source column: incremental by value instead of by file
  std::vector<std::string> text;          // role columns whose words describe the row
  std::map<std::string, std::string> id_rules;  // role column -> "keep", "integer_text"
  std::map<std::string, MissingRule> missing;   // required role column -> rule
  bool unknown_ids_rejected = false;            // ids absent from their master table
  bool vanished_files_removed = false;          // rows of loaded files that are gone: kept or not
  double max_rejected_share = 0.01;

  // How files are written; empty = by the file's name and content.
  std::string format;  // csv, json, parquet
  std::string delimiter, quote, encoding, time_format, decimal;
  std::optional<bool> header;
  std::vector<std::string> names;       // columns of a file without header, in order
  std::vector<std::string> null_texts;  // besides the empty text
  int skip_lines = 0;
  std::optional<YamlNode> node;  // for messages
};

// One vector an article, from files of the user's own: `datasets.embeddings.text` or `.image`.
struct EmbeddingConfig {
  SourceConfig source;  // name and files; its node is where the files are named
  std::string id;       // column of ids; "" = article_id, else what `items` maps to it
  std::string column;   // of lists; "" = embedding, else all other numeric columns
  YamlNode node;        // the whole entry
};

enum class MoneyRounding { kHalfEven, kHalfUp };

struct Money {
  std::string currency = "USD";
  int decimals = 2;  // minor units: 10^-decimals
  MoneyRounding rounding = MoneyRounding::kHalfEven;
};

struct Project {
  std::string folder;  // absolute
  std::string name;
  std::string template_name;     // retail, telco, media, movielens, online-retail
  std::string timezone = "UTC";  // IANA name; what a DATE means
  Money money;
  std::string warehouse_folder;                 // absolute
  std::string online_store = "lmdb:online";     // lmdb:<folder> or redis://…; resolved secret
  std::string tracking = "sqlite:tracking.db";  // sqlite:<file> or mlflow+http(s)://…
  std::string publish_url;                      // postgres://…; empty = off; resolved secret
  std::optional<Error> publish_missing;         // a secret of publish_url that is not there
  std::string publish_schema = "public";        // where the outputs' tables are
  std::vector<SourceConfig> sources;            // in file order
  ResourceLimits resources;
  std::map<std::string, double> event_weights;  // kind -> w for dataset A; buy = 1
  double half_life_days = 30;
  std::optional<EmbeddingConfig> text_embeddings;
  std::optional<EmbeddingConfig> image_embeddings;
  int feature_days = 30;           // days of feature snapshots that are kept
  std::optional<YamlNode> models;  // section `models`
  std::optional<YamlNode> checks;  // section `checks`
  std::string as_of;               // "today" for recency and future checks: a date, or "" = the
                                   // newest fact's day (reproducible), or "now"

  // The first secret of a source or of `publish` that is not there. Only who connects needs them:
  // looking at what was loaded does not.
  Status check_secrets() const;
  const SourceConfig* find_source(std::string_view source_name) const;  // null if there is none
  std::vector<std::string> roles() const;  // that sources may fill, in their order
};

// Reads `folder`/coterie.yaml. Errors name file, line, column, key and the nearest valid name.
Result<Project> load_project(const std::string& folder);
// The same from text; `file` is for messages, relative paths are taken against `folder`.
Result<Project> parse_project(std::string_view text, const std::string& file,
                              const std::string& folder);
// Walks up from `start` to the folder that holds coterie.yaml.
Result<std::string> find_project_folder(const std::string& start);

// Weights of dataset A for event kinds that `events.weights` does not name.
const std::map<std::string, double>& default_event_weights();

}  // namespace coterie::data
