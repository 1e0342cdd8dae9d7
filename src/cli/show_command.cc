#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/look.h"
#include "cli/workspace.h"

namespace coterie::cli {
namespace {

struct ShowOptions {
  std::string customer;
  int64_t customers = 3;
  int64_t top = 10;
};

Status show_segments(Session& session) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "show"));
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false));
  ASSIGN_OR_RETURN(const auto segments, view_segments(reader));
  session.print(segments_text(segments, workspace.project.money.currency));
  session.remark("\nwho is in one: coterie sql \"select * from customer_segments limit 5\"");
  session.print_json(segments_json(segments));
  return {};
}

Status show_recommendations(Session& session, const ShowOptions& options) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "show"));
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false));
  ASSIGN_OR_RETURN(const auto customers,
                   view_customers(reader, options.customer, static_cast<int>(options.customers),
                                  static_cast<int>(options.top)));
  session.print(customers_text(customers));
  session.print_json(customers_json(customers));
  return {};
}

}  // namespace

Command make_show_command() {
  const auto options = std::make_shared<ShowOptions>();
  Command segments = {.name = "segments",
                      .summary = "Customer segments: sizes and what their customers are like",
                      .details = "Numbers are medians over a segment's customers.",
                      .examples = {"coterie show segments"},
                      .declare = nullptr,
                      .run = show_segments,
                      .children = {}};
  Command recommendations = {
      .name = "recommendations",
      .summary = "Recommendations of some customers, or of one, beside what they had",
      .details = "",
      .examples = {"coterie show recommendations", "coterie show recommendations --customer 17850"},
      .declare =
          [options](Arguments& arguments) {
            arguments.text("--customer", options->customer, "ID", "this customer");
            arguments.count("--customers", options->customers, "how many examples",
                            {.min = 1, .max = 1'000});
            arguments.count("--top", options->top, "recommendations of each",
                            {.min = 1, .max = 1'000});
          },
      .run = [options](Session& session) { return show_recommendations(session, *options); },
      .children = {}};
  return {.name = "show",
          .summary = "Look at segments and recommendations, with names",
          .details = "",
          .examples = {"coterie show segments", "coterie show recommendations"},
          .declare = nullptr,
          .run = nullptr,
          .children = {segments, recommendations}};
}

}  // namespace coterie::cli
