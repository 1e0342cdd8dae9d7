// The inference in words: a commented coterie.yaml, and the report of `coterie init`.

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "data/infer/column_names.h"
#include "data/infer/infer.h"
#include "data/project/roles.h"

namespace coterie::data {
namespace {

int percent(double confidence) { return static_cast<int>(std::lround(100 * confidence)); }

// A YAML scalar that reads back as the same text.
std::string yaml_text(const std::string& text) {
  const bool plain = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
                     std::ranges::all_of(text,
                                         [](unsigned char c) {
                                           return std::isalnum(c) != 0 || c == '_' || c == '-' ||
                                                  c == '.' || c == '/';
                                         }) &&
                     text != "null" && text != "true" && text != "false" && text != "yes" &&
                     text != "no" && text != "on" && text != "off" && text != "y" && text != "n";
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// Comments stay on their line whatever the data holds.
std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20; }, ' ');
  return text;
}

std::string yaml_list(const std::vector<std::string>& values) {
  std::vector<std::string> quoted;
  for (const std::string& value : values) quoted.push_back(yaml_text(value));
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}

}  // namespace

std::string listed_names(const std::vector<std::string>& names) {
  constexpr size_t kMost = 20;
  if (names.size() <= kMost + 1) return fmt::format("{}", fmt::join(names, ", "));
  const std::vector<std::string> first(names.begin(), names.begin() + kMost);
  return fmt::format("{} and {} more", fmt::join(first, ", "), names.size() - kMost);
}

namespace {

std::string file_format(const TableProfile& table) {
  std::string text;
  if (table.format != "csv") return text;
  if (!table.delimiter.empty() && table.delimiter != ",") {
    text += fmt::format("    delimiter: {}\n", yaml_text(table.delimiter));
  }
  if (!table.encoding.empty()) text += fmt::format("    encoding: {}\n", table.encoding);
  if (!table.header) {
    std::vector<std::string> names;
    for (const ColumnProfile& column : table.columns) names.push_back(column.name);
    text += fmt::format("    header: false\n    names: {}\n", yaml_list(names));
  }
  return text;
}

std::string rules(const RoleGuess& guess) {
  std::string text;
  if (!guess.key.empty()) text += fmt::format("    key: {}\n", yaml_list(guess.key));
  if (!guess.time_format.empty()) {
    text += fmt::format("    time_format: {}\n", yaml_text(guess.time_format));
  }
  if (guess.decimal_comma) text += "    decimal: \",\"\n";
  if (guess.exact_duplicates) text += "    exact_duplicates: drop\n";
  if (!guess.integer_text.empty()) {
    text += "    ids:  # written like 17850.0\n";
    for (const std::string& column : guess.integer_text) {
      text += fmt::format("      {}: integer_text\n", column);
    }
  }
  if (!guess.drop_missing.empty() || !guess.keep_missing.empty()) {
    text += "    missing:  # reject, drop or keep\n";
    for (const std::string& column : guess.keep_missing) {
      text += fmt::format("      {}: keep\n", column);
    }
    for (const std::string& column : guess.drop_missing) {
      text += fmt::format("      {}: drop\n", column);
    }
  }
  return text;
}

std::string unmapped_columns(const TableProfile& table, const RoleGuess& guess) {
  std::vector<std::string> names;
  for (const ColumnProfile& column : table.columns) {
    const bool used = std::ranges::any_of(guess.columns, [&](const ColumnGuess& mapped) {
      return mapped.source_column == column.name;
    });
    if (!used) names.push_back(column.name);
  }
  return names.empty() ? "" : one_line(listed_names(names));
}

// A column that grows whenever a row comes or changes makes the next load read only what is new. It
// is a person's to say, since a table may also lose rows or be corrected without it.
std::string watermark_hint(const TableProfile& table) {
  if (!table.in_database) return {};
  for (const char* word : {"updated", "modified", "changed", "last_update"}) {
    for (const ColumnProfile& column : table.columns) {
      if (!column.is_time() || normal_name(column.name).find(word) == std::string::npos) continue;
      return fmt::format(
          "    # watermark: {}  # if every new or changed row gets a later one: only those are "
          "read\n",
          yaml_text(column.name));
    }
  }
  return {};
}

std::string secret_note(const Inference& inference) {
  if (!inference.database || !inference.database->password_left_out) return {};
  return fmt::format(
      "# The password is not written here. Before coterie runs, set it in the environment as it\n"
      "# stands in a URL: read -rs {0} && export {0}\n",
      inference.database->variable);
}

// A column of the role's own name would be taken without being listed.
std::string refused_names(const TableProfile& table, const RoleGuess& guess) {
  std::string text;
  for (const RoleColumn& column : find_role(guess.role)->columns) {
    const std::string name(column.name);
    const bool same = std::ranges::any_of(table.columns, [&](const ColumnProfile& source) {
      return std::ranges::equal(source.name, name, [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
      });
    });
    if (!same || guess.find(name) != nullptr) continue;
    text += fmt::format("      {}: null  # left out: its values do not fit\n", name);
  }
  return text;
}

std::string source_text(const Inference& inference, const RoleGuess& guess) {
  const TableProfile& table = inference.tables[guess.table];
  std::string text = fmt::format("  {}:  # {} % sure: {}\n", guess.role, percent(guess.confidence),
                                 one_line(guess.reason));
  for (const std::string& note : guess.notes) text += fmt::format("    # {}\n", one_line(note));
  if (table.in_database && inference.database) {
    text += fmt::format("    from: {}\n    table: {}\n", yaml_text(inference.database->written),
                        yaml_text(table.location));
  } else {
    text += fmt::format("    from: {}\n", yaml_text(table.location));
  }
  text += file_format(table) + rules(guess) + watermark_hint(table);
  text += "    columns:\n";
  for (const ColumnGuess& column : guess.columns) {
    text += fmt::format("      {}: {}  # {} %: {}\n", column.role_column,
                        yaml_text(column.source_column), percent(column.confidence),
                        one_line(column.reason));
  }
  text += refused_names(table, guess);
  const std::string unused = unmapped_columns(table, guess);
  if (!unused.empty()) text += fmt::format("    # not used: {}\n", unused);
  return text;
}

std::string event_weights(const Inference& inference) {
  if (inference.event_kinds.empty()) return {};
  std::string text =
      "\nevents:\n"
      "  half_life_days: 30  # an interaction so old counts half\n"
      "  weights:  # what one event of a kind says about a taste; a purchase is 1, 0 is nothing\n";
  for (const EventKind& kind : inference.event_kinds) {
    text +=
        fmt::format("    {}: {}  # {} of the sampled rows{}\n", yaml_text(kind.kind), kind.weight,
                    kind.rows, kind.known ? "" : "; a kind unknown here: say what it means");
  }
  return text;
}

// A guess that is wrong shows in these checks, and a first run should show it beside everything
// else.
constexpr const char* kChecks =
    "# The data contract. This mapping is a first look, so its checks warn and do not stop a run;\n"
    "# once it is right, let them: error. coterie check says what was found, and\n"
    "# docs/reference/configuration.md lists every check.\n"
    "checks:\n"
    "  missing_values: warn\n"
    "  duplicate_keys: warn\n"
    "  unknown_customers: warn\n"
    "  unknown_articles: warn\n"
    "  relationships: warn\n"
    "  negative_prices: warn\n"
    "  future_dates: warn\n";

// Whether events are the only facts, and happened at no particular time.
bool is_timeless(const Inference& inference) {
  const auto events = std::ranges::find(inference.roles, "events", &RoleGuess::role);
  const auto sales = std::ranges::find(inference.roles, "transactions", &RoleGuess::role);
  if (events == inference.roles.end() || sales != inference.roles.end()) return false;
  const ColumnGuess* time = events->find("created_at");
  return time != nullptr && time->source_column.starts_with('=');
}

}  // namespace

std::string inferred_config(const Inference& inference, const std::string& project_name) {
  std::string text = fmt::format(
      "# Written by coterie init from {}.\n"
      "# Each line says how sure the guess is and why: read it, mend it, then run coterie check.\n"
      "{}config_version: 1\n"
      "project: {}\n"
      "timezone: UTC  # what a DATE means; an IANA name such as Europe/Stockholm\n"
      "money: {{currency: USD, decimals: 2}}\n"
      "warehouse: parquet:warehouse\n\nsources:\n",
      one_line(inference.location), secret_note(inference), yaml_text(project_name));
  for (const RoleGuess& guess : inference.roles) text += source_text(inference, guess);
  for (const size_t index : inference.unused_tables) {
    const TableProfile& table = inference.tables[index];
    const std::string lacks = near_miss(table, inference.roles);
    text += one_line(fmt::format("  # no role found for {}{}{}", table.location,
                                 lacks.empty() ? "" : "; it ", lacks)) +
            "\n";
  }
  text += event_weights(inference) + "\n" + kChecks;
  if (is_timeless(inference)) text += "  date_coverage: off  # no column says when\n";
  return text;
}

std::string inference_report(const Inference& inference) {
  std::string text = "What the tables are:\n";
  for (const RoleGuess& guess : inference.roles) {
    const TableProfile& table = inference.tables[guess.table];
    text += fmt::format("  {:<18} {:>3} %  {}\n", guess.role, percent(guess.confidence),
                        one_line(table.location));
    for (const std::string& note : guess.notes) text += fmt::format("  {:<26}{}\n", "", note);
  }
  for (const size_t index : inference.unused_tables) {
    text += fmt::format("  {:<18}        {}\n", "(no role)",
                        one_line(inference.tables[index].location));
  }
  for (const std::string& reason : inference.unreadable) {
    text += fmt::format("  {:<18}        {}\n", "(unreadable)", one_line(reason));
  }
  if (!inference.joins.empty()) text += "How they join:\n";
  for (const std::string& join : inference.joins) text += fmt::format("  {}\n", join);
  text += "What they allow:\n";
  for (const Capability& capability : inference.capabilities) {
    text += fmt::format("  {}  {}: {}\n", capability.supported ? "yes" : "no ", capability.name,
                        capability.because);
  }
  return text;
}

}  // namespace coterie::data
