#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "base/secret.h"
#include "data/project/roles.h"
#include "data/project/source_config_internal.h"

namespace coterie::data {
namespace {

const std::vector<std::string> kSourceKeys = {"role",
                                              "from",
                                              "sql",
                                              "table",
                                              "optional",
                                              "columns",
                                              "time",
                                              "where",
                                              "drop",
                                              "count",
                                              "key",
                                              "text",
                                              "exact_duplicates",
                                              "latest_by",
                                              "watermark",
                                              "ids",
                                              "missing",
                                              "unknown_ids",
                                              "vanished_files",
                                              "max_rejected_share",
                                              "format",
                                              "delimiter",
                                              "quote",
                                              "encoding",
                                              "header",
                                              "names",
                                              "nulls",
                                              "skip_lines",
                                              "decimal",
                                              "time_format"};

std::vector<std::string> column_names(const Role& role) {
  std::vector<std::string> names;
  for (const RoleColumn& column : role.columns) names.emplace_back(column.name);
  return names;
}

struct Complaint {
  std::string message, mend;
};

Complaint no_such_column(const Role& role, const std::string& name) {
  return {fmt::format("'{}' is not a column of role '{}'", name, role.name),
          nearest_mend(name, column_names(role),
                       fmt::format("its columns are {}", fmt::join(column_names(role), ", ")))};
}

// `name` is a key of the map `node`.
Error no_such_column_key(const YamlNode& node, const Role& role, const std::string& name) {
  Complaint complaint = no_such_column(role, name);
  return node.key_error(name, std::move(complaint.message), std::move(complaint.mend));
}

Status check_role_columns(const YamlNode& node, const Role& role,
                          const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!role.find(name)) {
      Complaint complaint = no_such_column(role, name);
      return node.error(std::move(complaint.message), std::move(complaint.mend));
    }
    if (!seen.insert(name).second) return node.error("column '" + name + "' is named twice");
  }
  return {};
}

// One of several words, for values inside maps that YamlMap::choice cannot reach.
Result<size_t> read_choice(const YamlNode& node, const std::vector<std::string>& choices) {
  ASSIGN_OR_RETURN(const std::string text, node.as_string());
  const auto found = std::ranges::find(choices, text);
  if (found != choices.end()) return static_cast<size_t>(found - choices.begin());
  return node.error(fmt::format("'{}' is none of {}", text, fmt::join(choices, ", ")),
                    nearest_mend(text, choices, ""));
}

Result<std::vector<std::pair<std::string, YamlNode>>> map_entries(const YamlNode& node,
                                                                  std::string_view what) {
  if (!node.is_map()) return node.error(fmt::format("expected a map of {}", what));
  return node.entries();
}

// Reads one source; members of the role are checked against `role`, which is null for role: none.
class SourceReader {
 public:
  SourceReader(const YamlNode& node, const std::string& folder)
      : node_(node), folder_(folder), map_(node) {}

  Result<SourceConfig> read(const std::string& name) {
    source_.name = name;
    source_.node = node_;
    RETURN_IF_ERROR(check_known_keys(map_, kSourceKeys));
    RETURN_IF_ERROR(read_role());
    read_file_format();
    source_.where = map_.string("where", "");
    source_.watermark = map_.string("watermark", "");
    source_.optional = map_.boolean("optional", false);
    source_.max_rejected_share = map_.real("max_rejected_share", 0.01, {.min = 0, .max = 1});
    source_.exact_duplicates_dropped =
        map_.choice("exact_duplicates", "keep", {"keep", "drop"}) == "drop";
    source_.unknown_ids_rejected =
        map_.choice("unknown_ids", "keep", {"keep", "reject"}) == "reject";
    source_.vanished_files_removed =
        map_.choice("vanished_files", "keep", {"keep", "remove"}) == "remove";
    RETURN_IF_ERROR(read_rules("drop", source_.drop));
    RETURN_IF_ERROR(read_rules("count", source_.count));
    const Status origin = read_origin();
    const Status settings = read_role_settings();
    RETURN_IF_ERROR(map_.finish());
    RETURN_IF_ERROR(origin);
    RETURN_IF_ERROR(settings);
    return std::move(source_);
  }

 private:
  Status read_role() {
    const std::string role = map_.string("role", source_.name);
    if (role == "none") {
      if (find_role(source_.name)) {
        return node_.error(fmt::format("'{}' is the name of a role", source_.name),
                           "give a table that only SQL reads a name of its own");
      }
      return {};
    }
    role_ = find_role(role);
    if (role_ && role == source_.name) {
      source_.role = role;
      return {};
    }
    return node_.error(
        fmt::format("'{}' is not a role", source_.name),
        fmt::format("{}; roles are {}; a table that only SQL sources read says 'role: none'",
                    nearest_mend(source_.name, role_names(), "name a role"),
                    fmt::join(role_names(), ", ")));
  }

  void read_file_format() {
    source_.format = map_.choice("format", "", {"csv", "json", "parquet"});
    source_.delimiter = map_.string("delimiter", "");
    source_.quote = map_.string("quote", "");
    source_.encoding = map_.choice("encoding", "", {"utf-8", "latin-1"});
    source_.time_format = map_.string("time_format", "");
    source_.decimal = map_.choice("decimal", "", {".", ","});
    if (map_.has("header")) source_.header = map_.boolean("header", true);
    source_.names = map_.string_list("names");
    source_.null_texts = map_.string_list("nulls");
    source_.skip_lines = static_cast<int>(map_.integer("skip_lines", 0, {.min = 0, .max = 10'000}));
    if (source_.delimiter == "tab") source_.delimiter = "\t";
    if (source_.delimiter.find_first_of("\r\n\"") != std::string::npos) {
      map_.fail(node_.find("delimiter")->error("a delimiter may not hold a quote or a line end"));
    }
    if (source_.quote.size() > 1 && source_.quote != "none") {
      map_.fail(node_.find("quote")->error("a quote is one character or 'none'"));
    }
    if (!source_.names.empty() && source_.header.value_or(false)) {
      map_.fail(node_.find("names")->error("names are for files without a header line",
                                           "write 'header: false', or map names in 'columns'"));
    }
    const std::set<std::string> distinct(source_.names.begin(), source_.names.end());
    if (distinct.size() != source_.names.size()) {
      map_.fail(node_.find("names")->error("a name stands twice"));
    }
  }

  // from (files or a database) or sql: exactly one.
  Status read_origin() {
    const auto from = map_.node("from");
    const auto sql = map_.node("sql");
    const auto table = map_.node("table");
    if (from && sql) return sql->error("a source has 'from' or 'sql', not both");
    if (!from && !sql) {
      return node_.error("missing key 'from'", "say where the table is: from: raw/FILE.parquet");
    }
    if (sql) {
      if (table) return table->error("'table' belongs to a database in 'from'");
      ASSIGN_OR_RETURN(source_.sql, sql->as_string());
      if (source_.sql.empty()) return sql->error("the SQL text is empty");
      return {};
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> places, from->as_string_list());
    if (places.empty()) return from->error("no file is named");
    const bool database = std::ranges::any_of(
        places, [](const std::string& place) { return place.find("://") != std::string::npos; });
    if (database) return read_database(*from, table, places);
    if (table) return table->error("'table' belongs to a database in 'from'");
    return read_files(*from, places);
  }

  Status read_database(const YamlNode& from, const std::optional<YamlNode>& table,
                       const std::vector<std::string>& places) {
    if (places.size() != 1) return from.error("a database source is one URL");
    RETURN_IF_ERROR(check_url_scheme(from, places[0], {"postgres://", "postgresql://"}));
    auto resolved = resolve_node_secrets(from, folder_);
    if (resolved) {
      source_.postgres_url = *std::move(resolved);
    } else {
      source_.postgres_url = places[0];
      source_.missing_secret = resolved.error();
    }
    if (!table) {
      return from.error("missing key 'table'", "name the table to read: table: schema.name");
    }
    ASSIGN_OR_RETURN(source_.postgres_table, table->as_string());
    if (source_.postgres_table.empty()) return table->error("the table's name is empty");
    return {};
  }

  Status read_files(const YamlNode& from, const std::vector<std::string>& places) {
    for (const std::string& place : places) {
      if (place.empty()) return from.error("a file's name is empty");
      source_.files.push_back(place);
    }
    return {};
  }

  Status read_rules(const char* key, std::vector<RowRule>& rules) {
    const auto node = map_.node(key);
    if (!node) return {};
    ASSIGN_OR_RETURN(const auto entries, map_entries(*node, "names to conditions"));
    for (const auto& [name, condition] : entries) {
      ASSIGN_OR_RETURN(std::string text, condition.as_string());
      rules.push_back({name, std::move(text)});
    }
    return {};
  }

  // Everything that names columns of the role.
  Status read_role_settings() {
    for (const char* key : {"columns", "time", "key", "text", "latest_by", "ids", "missing"}) {
      const auto node = map_.node(key);
      if (node && !role_) {
        return node->error(fmt::format("'{}' needs a role, and this table has none", key));
      }
    }
    if (!role_) return {};
    RETURN_IF_ERROR(read_columns());
    RETURN_IF_ERROR(read_time());
    RETURN_IF_ERROR(read_key());
    RETURN_IF_ERROR(read_text());
    RETURN_IF_ERROR(read_id_rules());
    return read_missing();
  }

  Status read_columns() {
    const auto node = map_.node("columns");
    if (!node) return {};
    ASSIGN_OR_RETURN(const auto entries, map_entries(*node, "role columns to source columns"));
    for (const auto& [name, value] : entries) {
      if (!role_->find(name)) return no_such_column_key(*node, *role_, name);
      if (value.is_null()) {
        source_.columns[name] = "";
        continue;
      }
      ASSIGN_OR_RETURN(const std::string text, value.as_string());
      if (text.empty() || text == "=") {
        return value.error("a column's name is empty", "write null to leave the column out");
      }
      source_.columns[name] = text;
    }
    return {};
  }

  // `time: X` is short for `columns: {<the role's time>: X}`.
  Status read_time() {
    const auto node = map_.node("time");
    if (!node) return {};
    if (role_->time.empty()) {
      return node->error(fmt::format("role '{}' has no time", role_->name));
    }
    ASSIGN_OR_RETURN(const std::string text, node->as_string());
    if (text.empty()) return node->error("a column's name is empty");
    if (!source_.columns.emplace(role_->time, text).second) {
      return node->error(fmt::format("'columns' maps '{}' already", role_->time),
                         "keep one of the two");
    }
    return {};
  }

  Status read_key() {
    if (const auto node = map_.node("key")) {
      ASSIGN_OR_RETURN(source_.key, node->as_string_list());
      RETURN_IF_ERROR(check_role_columns(*node, *role_, source_.key));
    }
    if (const auto node = map_.node("latest_by")) {
      ASSIGN_OR_RETURN(source_.latest_by, node->as_string());
      RETURN_IF_ERROR(check_role_columns(*node, *role_, {source_.latest_by}));
    }
    return {};
  }

  Status read_text() {
    const auto node = map_.node("text");
    if (!node) return {};
    ASSIGN_OR_RETURN(source_.text, node->as_string_list());
    RETURN_IF_ERROR(check_role_columns(*node, *role_, source_.text));
    for (const std::string& name : source_.text) {
      if (role_->find(name)->kind != ColumnKind::kText) {
        return node->error(fmt::format("column '{}' holds no text", name));
      }
    }
    return {};
  }

  Status read_id_rules() {
    const auto node = map_.node("ids");
    if (!node) return {};
    static const std::vector<std::string> choices = {"keep", "integer_text"};
    ASSIGN_OR_RETURN(const auto entries, map_entries(*node, "id columns to rules"));
    for (const auto& [name, value] : entries) {
      const RoleColumn* column = role_->find(name);
      if (!column) return no_such_column_key(*node, *role_, name);
      if (column->kind != ColumnKind::kId && column->kind != ColumnKind::kText) {
        return value.error(fmt::format("column '{}' is no id", name));
      }
      ASSIGN_OR_RETURN(const size_t choice, read_choice(value, choices));
      source_.id_rules[name] = choices[choice];
    }
    return {};
  }

  Status read_missing() {
    const auto node = map_.node("missing");
    if (!node) return {};
    ASSIGN_OR_RETURN(const auto entries, map_entries(*node, "required columns to rules"));
    for (const auto& [name, value] : entries) {
      const RoleColumn* column = role_->find(name);
      if (!column) return no_such_column_key(*node, *role_, name);
      ASSIGN_OR_RETURN(const size_t choice, read_choice(value, {"reject", "drop", "keep"}));
      source_.missing[name] = static_cast<MissingRule>(choice);
    }
    return {};
  }

  YamlNode node_;
  const std::string& folder_;
  YamlMap map_;
  const Role* role_ = nullptr;
  SourceConfig source_;
};

}  // namespace

Result<std::string> resolve_node_secrets(const YamlNode& node, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::string text, node.as_string());
  auto resolved = resolve_secrets(text, folder);
  if (!resolved) return node.error(resolved.error().message, resolved.error().mend);
  return resolved;
}

Status check_url_scheme(const YamlNode& node, std::string_view url,
                        const std::vector<std::string>& schemes) {
  for (const std::string& scheme : schemes) {
    if (url.starts_with(scheme) && url.size() > scheme.size()) return {};
  }
  return node.error(fmt::format("'{}' is not a URL this key takes", redact(url)),
                    fmt::format("write {}", fmt::join(schemes, "… or ")) + "…");
}

Status check_known_keys(YamlMap& map, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) map.has(key);
  return map.finish();
}

Result<std::vector<SourceConfig>> read_sources(const YamlNode& node, const std::string& folder) {
  if (!node.is_map() || node.entries().empty()) {
    return node.error("expected a map of roles to tables",
                      "write for example 'transactions: {from: raw/transactions.parquet}'");
  }
  std::vector<SourceConfig> sources;
  for (const auto& [name, value] : node.entries()) {
    if (!value.is_map()) {
      return value.error("expected a map", "write '" + name + ": {from: raw/FILE.parquet}'");
    }
    ASSIGN_OR_RETURN(SourceConfig source, SourceReader(value, folder).read(name));
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace coterie::data
