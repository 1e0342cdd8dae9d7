#include "data/check/check_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/counted.h"
#include "base/utf8.h"

namespace coterie::data {
namespace {

std::string_view result_name(const Finding& finding) {
  if (finding.passed) return "ok";
  return finding.level == CheckLevel::kError ? "ERROR" : "warning";
}

std::string place(const Finding& finding) {
  return finding.column.empty() ? finding.table : finding.table + "." + finding.column;
}

std::string percent(double share) {
  // A few among millions are not "0 %".
  if (share > 0 && share < 0.0001) return "<0.01 %";
  return fmt::format("{:.2f} %", 100 * share);
}

using Row = std::vector<std::string>;

std::string aligned(const std::vector<Row>& rows) {
  std::vector<int> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string pad(static_cast<size_t>(widths[c] - display_width(row[c])), ' ');
      const bool number = c == 3 || c == 4;
      line += (number ? pad + row[c] : row[c] + pad) + "  ";
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

bool is_clean(const Finding& finding, CheckKind kind) {
  return finding.kind == kind && finding.passed && finding.count == 0;
}

std::string details(const Finding& finding) {
  std::string text = fmt::format("\n{} {} {}: {}\n", result_name(finding), check_name(finding.kind),
                                 place(finding), finding.message);
  if (!finding.examples.empty()) {
    text += fmt::format("  for example: {}\n", fmt::join(finding.examples, ", "));
  }
  if (!finding.mend.empty()) text += "  mend: " + finding.mend + "\n";
  return text;
}

}  // namespace

int64_t CheckReport::errors() const { return std::ranges::count_if(findings, &Finding::is_error); }
int64_t CheckReport::warnings() const {
  return std::ranges::count_if(findings, &Finding::is_warning);
}

nlohmann::ordered_json CheckReport::to_json() const {
  nlohmann::ordered_json json = {{"ok", ok()},
                                 {"errors", errors()},
                                 {"warnings", warnings()},
                                 {"seconds", seconds},
                                 {"findings", nlohmann::ordered_json::array()},
                                 {"off", off}};
  for (const Finding& finding : findings) {
    nlohmann::ordered_json one = {{"check", check_name(finding.kind)},
                                  {"table", finding.table},
                                  {"column", finding.column},
                                  {"level", finding.level == CheckLevel::kError ? "error" : "warn"},
                                  {"passed", finding.passed},
                                  {"message", finding.message},
                                  {"count", finding.count},
                                  {"total", finding.total},
                                  {"share", finding.share()},
                                  {"limit", finding.limit},
                                  {"examples", finding.examples},
                                  {"mend", finding.mend}};
    json["findings"].push_back(std::move(one));
  }
  return json;
}

std::string CheckReport::to_text() const {
  std::vector<Row> rows = {{"result", "check", "where", "count", "share", "limit"}};
  std::string below;
  for (size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = findings[i];
    // What a check found nothing in is one line, however many tables it looked at.
    size_t clean = 0;
    while (i + clean < findings.size() && is_clean(findings[i + clean], finding.kind)) ++clean;
    if (clean > 1) {
      rows.push_back({"ok", std::string(check_name(finding.kind)), fmt::format("{} places", clean),
                      "0", "", finding.limit});
      i += clean - 1;
      continue;
    }
    rows.push_back({std::string(result_name(finding)), std::string(check_name(finding.kind)),
                    place(finding), format_count(finding.count),
                    finding.total > 0 ? percent(finding.share()) : "", finding.limit});
    if (!finding.passed) below += details(finding);
  }
  std::string text = aligned(rows) + below;
  if (!off.empty()) text += fmt::format("\nnot checked: {}\n", fmt::join(off, "; "));
  text += fmt::format("\n{} checked, {}, {}\n", findings.size(), counted(errors(), "error"),
                      counted(warnings(), "warning"));
  return text;
}

}  // namespace coterie::data
