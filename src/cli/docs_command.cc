#include <memory>

#include "cli/commands.h"
#include "cli/help.h"
#include "data/datasets/dataset_table.h"
#include "data/project/roles_reference.h"

namespace coterie::cli {

std::string reference_page(const std::string& page) {
  if (page == "roles") return data::roles_reference();
  if (page == "datasets") return data::datasets_reference();
  return reference_markdown(all_commands());
}

Command make_docs_command() {
  const auto page = std::make_shared<std::string>("cli");
  return {.name = "docs",
          .summary = "Print a page of docs/reference",
          .details = "",
          .examples = {"coterie docs > docs/reference/cli.md"},
          .in_project = false,
          .hidden = true,
          .declare =
              [page](Arguments& arguments) {
                arguments.choice("--page", *page, {"cli", "roles", "datasets"}, "which page");
              },
          .run = [page](Session& session) -> Status {
            const std::string text = reference_page(*page);
            session.print(text);
            session.print_json({{"markdown", text}});
            return {};
          },
          .children = {}};
}

}  // namespace coterie::cli
