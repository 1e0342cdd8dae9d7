#include "cli/commands.h"
#include "cli/help.h"

namespace coterie::cli {

Command make_docs_command() {
  return {.name = "docs",
          .summary = "Print docs/reference/cli.md",
          .details = "",
          .examples = {"coterie docs > docs/reference/cli.md"},
          .in_project = false,
          .hidden = true,
          .declare = nullptr,
          .run = [](Session& session) -> Status {
            const std::string text = reference_markdown(all_commands());
            session.print(text);
            session.print_json({{"markdown", text}});
            return {};
          },
          .children = {}};
}

}  // namespace coterie::cli
