#include "data/ingest/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"

namespace coterie::data {
namespace {

using Row = std::vector<std::string>;

std::string aligned(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      // Names stand left, numbers right.
      line += c < 2 ? fmt::format("{:<{}}  ", row[c], widths[c])
                    : fmt::format("{:>{}}  ", row[c], widths[c]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string named_counts(const std::vector<std::pair<std::string, int64_t>>& counts) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) {
    parts.push_back(fmt::format("{} {}", format_count(count), name));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

int64_t sum(const std::vector<std::pair<std::string, int64_t>>& counts) {
  int64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
}

nlohmann::ordered_json counts_json(const std::vector<std::pair<std::string, int64_t>>& counts) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, count] : counts) json[name] = count;
  return json;
}

nlohmann::ordered_json role_json(const RoleReport& role) {
  nlohmann::ordered_json json = {
      {"role", role.role},
      {"mode", load_mode_name(role.mode)},
      {"files_read", role.files_read},
      {"files_unchanged", role.files_unchanged},
      {"rows_read", role.rows_read},
      {"rows_loaded", role.rows_loaded},
      {"rows_rejected", role.rows_rejected},
      {"rows_duplicate", role.rows_duplicate},
      {"rows_filtered", role.rows_filtered},
      {"dropped", counts_json(role.dropped)},
      {"counted", counts_json(role.counted)},
      {"rows_in_table", role.rows_in_table},
      {"columns", role.columns},
      {"absent_columns", role.absent_columns},
      {"unused_columns", role.unused_columns},
      {"notes", role.notes},
      {"seconds", role.seconds},
  };
  json["rejected_examples"] = nlohmann::ordered_json::array();
  for (const RejectedExample& example : role.examples) {
    json["rejected_examples"].push_back({{"file", example.file},
                                         {"line", example.line},
                                         {"column", example.column},
                                         {"reason", example.reason},
                                         {"raw", example.raw}});
  }
  return json;
}

}  // namespace

std::string_view load_mode_name(LoadMode mode) {
  switch (mode) {
    case LoadMode::kOff:
      return "off";
    case LoadMode::kUnchanged:
      return "unchanged";
    case LoadMode::kFull:
      return "full";
    case LoadMode::kAppend:
      return "append";
    case LoadMode::kUpsert:
      return "upsert";
    case LoadMode::kDays:
      return "days";
  }
  return "";
}

std::string RejectedExample::to_text() const {
  std::string text = fmt::format("{}:{}: ", file, line);
  if (!column.empty()) text += column + ": ";
  text += reason;
  if (!raw.empty())
    text += fmt::format(": '{}'", raw.size() > 80 ? raw.substr(0, 77) + "..." : raw);
  return text;
}

const RoleReport* IngestReport::find(std::string_view role) const {
  const auto found = std::ranges::find(roles, role, &RoleReport::role);
  return found == roles.end() ? nullptr : &*found;
}

bool IngestReport::changed() const {
  return std::ranges::any_of(roles, [](const RoleReport& role) {
    return role.mode != LoadMode::kOff && role.mode != LoadMode::kUnchanged;
  });
}

nlohmann::ordered_json IngestReport::to_json() const {
  nlohmann::ordered_json json = {{"seconds", seconds}, {"roles", nlohmann::ordered_json::array()}};
  for (const RoleReport& role : roles) json["roles"].push_back(role_json(role));
  return json;
}

std::string IngestReport::to_text() const {
  std::vector<Row> rows = {
      {"role", "load", "read", "loaded", "rejected", "duplicate", "left out", "in table", "time"}};
  std::string notes;
  for (const RoleReport& role : roles) {
    const bool idle = role.mode == LoadMode::kOff || role.mode == LoadMode::kUnchanged;
    const auto count = [&](int64_t n) { return idle ? std::string() : format_count(n); };
    rows.push_back({role.role, std::string(load_mode_name(role.mode)), count(role.rows_read),
                    count(role.rows_loaded), count(role.rows_rejected), count(role.rows_duplicate),
                    count(role.rows_filtered + sum(role.dropped)),
                    role.mode == LoadMode::kOff ? "" : format_count(role.rows_in_table),
                    idle ? "" : format_duration(role.seconds)});
    const auto note = [&](const std::string& text) { notes += role.role + ": " + text + "\n"; };
    if (sum(role.dropped) > 0) note("left out: " + named_counts(role.dropped));
    if (sum(role.counted) > 0) note("of the rows read: " + named_counts(role.counted));
    for (const std::string& text : role.notes) note(text);
    if (role.rows_rejected > 0) {
      note(fmt::format("{} rows are in the table rejected_{}, for example",
                       format_count(role.rows_rejected), role.role));
      for (const RejectedExample& example : role.examples) notes += "  " + example.to_text() + "\n";
    }
  }
  return aligned(rows) + notes;
}

}  // namespace coterie::data
