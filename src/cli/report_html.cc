#include "cli/report_html.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/metric_table.h"

namespace coterie::cli {
namespace {

constexpr const char* kStyle = R"css(
:root { --ink: #1c2430; --soft: #667080; --line: #dde2e8; --fill: #2f6f8f; --back: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #98a2b0; --line: #333c48; --fill: #58a6c9; --back: #14191f; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
p.soft, .soft { color: var(--soft); } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-weight: 600; color: var(--soft); } .num { text-align: right;
  font-variant-numeric: tabular-nums; }
.bar { background: var(--line); border-radius: 3px; height: .7rem; min-width: 7rem; }
.bar.thin { height: .25rem; min-width: 4rem; }
.bar div { background: var(--fill); border-radius: 3px; height: 100%; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; }
.card h3 { margin: 0 0 .3rem; font-size: 1rem; } .card ol, .card ul { margin: .2rem 0; padding-left: 1.3rem; }
)css";

std::string cell(const std::string& text, bool number = false) {
  return fmt::format("<td{}>{}</td>", number ? " class=\"num\"" : "", html_escape(text));
}

std::string head(const std::vector<std::pair<std::string, bool>>& titles) {
  std::string row = "<thead><tr>";
  for (const auto& [title, number] : titles) {
    row += fmt::format("<th{}>{}</th>", number ? " class=\"num\"" : "", html_escape(title));
  }
  return row + "</tr></thead>";
}

std::string bar_html(double share) {
  return fmt::format("<td><div class=\"bar\"><div style=\"width:{:.1f}%\"></div></div></td>",
                     100 * std::clamp(share, 0.0, 1.0));
}

std::string rounded(double value, int digits) {
  if (!std::isfinite(value)) return "–";
  return digits == 0 ? format_count(std::llround(value)) : fmt::format("{:.{}f}", value, digits);
}

std::string segments_section(const ReportData& data) {
  if (data.segments.empty()) return "";
  const bool times = tells_recency(data.segments);
  std::vector<std::pair<std::string, bool>> columns = {
      {"segment", false}, {"customers", true}, {"share", true}, {"", false}};
  if (times) columns.emplace_back("days since last seen", true);
  columns.insert(columns.end(),
                 {{"times", true}, {"spent " + data.currency, true}, {"an order", true}});
  std::string text =
      "<h2>Customer segments</h2>\n<p class=\"soft\">Numbers are medians over a segment's "
      "customers.</p>\n<div class=\"scroll\"><table>" +
      head(columns) + "<tbody>\n";
  for (const SegmentView& segment : data.segments) {
    text += "<tr><td>" + html_escape(segment.name) + "<br><span class=\"soft\">" +
            html_escape(segment.meaning) + "</span></td>" +
            cell(format_count(segment.customers), true) +
            cell(fmt::format("{:.1f} %", 100 * segment.share), true) + bar_html(segment.share) +
            (times ? cell(rounded(segment.recency_days, 0), true) : "") +
            cell(rounded(segment.frequency, 0), true) + cell(rounded(segment.monetary, 0), true) +
            cell(rounded(segment.order_value, 2), true) + "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string article_html(const ArticleView& article) {
  if (article.name.empty()) return html_escape(article.id);
  return html_escape(article.name) + " <span class=\"soft\">" + html_escape(article.id) + "</span>";
}

std::string customers_section(const ReportData& data) {
  if (data.customers.empty()) return "";
  std::string text = "<h2>Recommendations</h2>\n<div class=\"cards\">\n";
  for (const CustomerView& customer : data.customers) {
    text += "<div class=\"card\"><h3>" + html_escape(customer.id) + "</h3>";
    text += "<div class=\"soft\">" + html_escape(customer.segment) + "</div>";
    if (!customer.bought.empty()) {
      text += "<p>had</p><ul>";
      for (const auto& article : customer.bought) text += "<li>" + article_html(article) + "</li>";
      text += "</ul>";
    }
    text += "<p>may like</p><ol>";
    for (const auto& article : customer.suggested) text += "<li>" + article_html(article) + "</li>";
    text += "</ol></div>\n";
  }
  return text + "</div>\n";
}

// A row a metric; bars against the best value of the row.
std::string metrics_section(const std::map<std::string, double>& metrics) {
  const MetricTable sorted = arrange_metrics(metrics);
  if (sorted.rows.empty()) return "";
  std::vector<std::pair<std::string, bool>> titles = {{"metric", false}};
  for (const std::string& column : sorted.columns) titles.emplace_back(column, false);
  std::string text = "<div class=\"scroll\"><table>" + head(titles) + "<tbody>\n";
  for (const auto& [metric, values] : sorted.rows) {
    double best = 0;
    for (const auto& [column, value] : values) best = std::max(best, value);
    text += "<tr>" + cell(metric);
    for (const std::string& column : sorted.columns) {
      const auto found = values.find(column);
      const double value = found == values.end() ? 0 : found->second;
      text += found == values.end()
                  ? cell("")
                  : fmt::format(
                        "<td>{:.4f}<div class=\"bar thin\"><div style=\"width:{:.1f}%\">"
                        "</div></div></td>",
                        value, best > 0 ? 100 * std::clamp(value / best, 0.0, 1.0) : 0.0);
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string steps_section(const ReportData& data) {
  std::string text;
  for (const pipeline::StepRecord& step : data.steps) {
    if (step.metrics.empty() && step.notes.empty()) continue;
    text += "<h2>" + html_escape(step.step) + "</h2>\n";
    if (!step.notes.empty()) {
      text += "<ul>";
      for (const std::string& note : step.notes) text += "<li>" + html_escape(note) + "</li>";
      text += "</ul>\n";
    }
    text += metrics_section(step.metrics);
  }
  return text;
}

std::string tables_section(const ReportData& data) {
  std::string text = "<h2>Tables</h2>\n<div class=\"scroll\"><table>" +
                     head({{"table", false}, {"rows", true}, {"size", true}, {"by run", false}}) +
                     "<tbody>\n";
  for (const data::TableInfo& table : data.tables) {
    text += "<tr>" + cell(table.name) + cell(format_count(table.rows), true) +
            cell(format_bytes(table.bytes), true) + cell(table.run_id) + "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string report_html(const ReportData& data) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}: customer intelligence</title>\n<style>{1}</style>\n</head>\n<body>\n"
      "<h1>{0}</h1>\n<p class=\"soft\">run {2}, {3} UTC</p>\n{4}{5}{6}{7}</body>\n</html>\n",
      html_escape(data.project), kStyle, html_escape(data.run.run_id),
      format_utc(data.run.started_at).substr(0, 16), segments_section(data),
      customers_section(data), steps_section(data), tables_section(data));
}

}  // namespace coterie::cli
