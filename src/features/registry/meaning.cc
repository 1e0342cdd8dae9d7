// The canonical text of what decides a feature's values.

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "base/json.h"
#include "data/project/roles.h"
#include "features/registry/reading_internal.h"
#include "features/registry/registry.h"

namespace coterie::features {
namespace {

// On one line.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\\n" : std::string(1, c);
  return out;
}

// One line for each thing, without line ends inside.
class Lines {
 public:
  void add(std::string_view what, std::string_view text) {
    if (!text.empty()) text_ += fmt::format("{}: {}\n", what, one_line(text));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// How far the quoted text or comment goes that begins at `at`; `at` itself if none does.
size_t end_of_token(std::string_view sql, size_t at) {
  const std::string_view rest = sql.substr(at);
  size_t end = at;
  if (rest.front() == '\'' || rest.front() == '"') {
    end = sql.find(rest.front(), at + 1);
    return end == std::string_view::npos ? sql.size() : end + 1;
  }
  if (rest.starts_with("--")) return std::min(sql.find('\n', at), sql.size());
  if (!rest.starts_with("/*")) return end;
  end = sql.find("*/", at + 2);
  return end == std::string_view::npos ? sql.size() : end + 2;
}

void add_blank(std::string& text) {
  if (!text.empty() && text.back() != ' ') text += ' ';
}

// Blanks and comments outside of quotes do not count.
std::string canonical_sql(std::string_view sql) {
  std::string out;
  const bool dollar_quotes = sql.find('$') != std::string_view::npos;
  for (size_t i = 0; i < sql.size() && !dollar_quotes;) {
    const size_t end = end_of_token(sql, i);
    const bool comment = end > i && (sql[i] == '-' || sql[i] == '/');
    if (comment || std::isspace(static_cast<unsigned char>(sql[i])) != 0) {
      add_blank(out);
      i = std::max(end, i + 1);
      continue;
    }
    out += sql.substr(i, std::max(end, i + 1) - i);
    i = std::max(end, i + 1);
  }
  if (dollar_quotes) out = sql;
  while (!out.empty() && (out.back() == ' ' || out.back() == ';')) out.pop_back();
  return out;
}

std::string canonical(const std::string& expression) {
  return expression.empty() ? "" : outline_of(expression).text;
}

// Names in order, each quoted, so that no two lists are written alike.
std::string list_text(const std::vector<std::string>& texts) {
  return dump_json(nlohmann::json(texts));
}

void add_names(const std::string& expression, std::set<std::string>& names) {
  if (expression.empty()) return;
  for (const expr::NameUse& use : outline_of(expression).names) names.insert(use.name);
}

void add_names(const Aggregation& aggregation, std::set<std::string>& names) {
  for (const std::string* text :
       {&aggregation.column, &aggregation.filter, &aggregation.group_by}) {
    add_names(*text, names);
  }
  for (const Aggregation& over : aggregation.over) add_names(over, names);
}

// Only what the feature uses of its source: a column that is added for another one changes nothing.
void write_source(const Source& source, const FeatureDefinition& feature, Lines& lines) {
  std::set<std::string> used = {source.timestamp_field, source.arrived_at};
  add_names(feature.expression, used);
  if (feature.aggregation) add_names(*feature.aggregation, used);
  add_names(source.where, used);
  std::vector<std::string> columns;
  for (auto column = source.columns.rbegin(); column != source.columns.rend(); ++column) {
    if (!used.contains(column->first)) continue;
    add_names(column->second, used);
    columns.push_back(fmt::format("{} = {}", column->first, canonical(column->second)));
  }
  lines.add("table", source.table);
  lines.add("sql", canonical_sql(source.sql));
  for (auto column = columns.rbegin(); column != columns.rend(); ++column) {
    lines.add("source column", *column);
  }
  lines.add("source where", canonical(source.where));
  const data::Role* role = data::find_role(source.table);
  const bool own_time = source.timestamp_field.empty() && role != nullptr;
  lines.add("time", source.is_static ? "static"
                    : own_time       ? std::string(role->time)
                                     : source.timestamp_field);
  lines.add("arrived_at", source.arrived_at);
}

void write_aggregation(const Aggregation& aggregation, std::string_view prefix, Lines& lines) {
  const auto add = [&](std::string_view what, std::string_view text) {
    lines.add(fmt::format("{}{}", prefix, what), text);
  };
  add("function", function_name(aggregation.function));
  add("column", canonical(aggregation.column));
  add("filter", canonical(aggregation.filter));
  add("group_by", canonical(aggregation.group_by));
  add("window", window_text(aggregation.window));
  switch (aggregation.function) {
    case Function::kTopK:
      return add("k", std::to_string(aggregation.k));
    case Function::kPercentile:
      return add("quantile", fmt::format("{}", aggregation.quantile));
    case Function::kStreak:
      return add("period", window_text(aggregation.period));
    case Function::kGroups:
      return add("share", aggregation.share ? "true" : "false");
    default:
      return;
  }
}

std::string encoding_meaning(const Encoding& encoding) {
  if (encoding.kind != EncodingKind::kOneHot || encoding.fitted()) return encoding_text(encoding);
  return "one_hot " + list_text(encoding.values);
}

std::string kind_text(FeatureKind kind) {
  switch (kind) {
    case FeatureKind::kAggregation:
      return "aggregation";
    case FeatureKind::kLatest:
      return "latest";
    case FeatureKind::kDerived:
      return "derived";
    case FeatureKind::kModel:
      return "model";
  }
  return "";
}

// Without its inputs.
void write_feature(const Registry& registry, const FeatureDefinition& feature, Lines& lines) {
  lines.add("kind", kind_text(feature.kind));
  lines.add("type", feature_type_name(feature.type));
  lines.add("entity", fmt::format("{} {}", feature.entity,
                                  list_text(registry.entity(feature.entity)->join_keys)));
  if (!feature.source.empty()) write_source(*registry.source(feature.source), feature, lines);
  if (feature.aggregation) {
    write_aggregation(*feature.aggregation, "", lines);
    if (!feature.aggregation->over.empty()) {
      write_aggregation(feature.aggregation->over.front(), "denominator ", lines);
    }
  }
  lines.add("expression", canonical(feature.expression));
  lines.add("model", feature.model);
  lines.add("encoding", encoding_meaning(feature.encoding));
  if (!feature.groups.empty()) lines.add("groups", list_text(feature.groups));
  if (feature.group_count > 0) lines.add("group_count", std::to_string(feature.group_count));
  if (feature.ttl > 0) lines.add("ttl", window_text(feature.ttl));
  if (feature.default_value) lines.add("default", list_text({*feature.default_value}));
}

FeatureType request_type(const Registry& registry, const std::string& field) {
  for (const Source& source : registry.sources()) {
    for (const auto& [name, type] : source.request) {
      if (source.name + "." + name == field) return type;
    }
  }
  return FeatureType::kNumeric;
}

}  // namespace

std::string Registry::meaning(const FeatureDefinition& feature) const {
  // In the order of inputs_of() each input's own inputs are known already.
  std::map<std::string_view, std::string> fingerprints;
  const auto text_of = [&](const FeatureDefinition& of) {
    Lines lines;
    write_feature(*this, of, lines);
    for (const std::string& input : of.inputs) {
      lines.add("input " + input, fingerprints.at(input));
    }
    for (const std::string& field : of.requests) {
      lines.add("request " + field, feature_type_name(request_type(*this, field)));
    }
    return lines.take();
  };
  for (const FeatureDefinition* input : inputs_of(feature)) {
    fingerprints[input->name] = sha256_hex(text_of(*input)).substr(0, 16);
  }
  return text_of(feature);
}

}  // namespace coterie::features
