#pragma once
// The report of a run: one HTML file without scripts or outside parts, to open, send or archive.

#include <string>
#include <vector>

#include "cli/look.h"
#include "pipeline/tracking.h"

namespace coterie::cli {

struct ReportData {
  std::string project;
  std::string currency;
  pipeline::RunRecord run;
  std::vector<pipeline::StepRecord> steps;  // newest successful record of each step
  std::vector<SegmentView> segments;
  std::vector<CustomerView> customers;
  std::vector<data::TableInfo> tables;
};

std::string report_html(const ReportData& data);
// `text` inside an element or a quoted attribute.
std::string html_escape(std::string_view text);

}  // namespace coterie::cli
