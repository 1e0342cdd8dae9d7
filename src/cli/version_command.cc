#include "cli/commands.h"
#include "cli/program.h"

namespace coterie::cli {

Command make_version_command() {
  return {.name = "version",
          .summary = "Print the program's version",
          .details = "",
          .examples = {"coterie version"},
          .in_project = false,
          .declare = nullptr,
          .run = [](Session& session) -> Status {
            session.print("coterie " + program_version());
            session.print_json({{"version", program_version()}});
            return {};
          },
          .children = {}};
}

}  // namespace coterie::cli
