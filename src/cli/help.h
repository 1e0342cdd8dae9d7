#pragma once
// The commands as text: --help of each, the list of all, and the reference in Markdown, which is
// docs/reference/cli.md (a test keeps the two equal).

#include <string>
#include <vector>

#include "cli/command.h"

namespace coterie::cli {

// `path` is how the command is called: "coterie runs show".
std::string command_help(const std::string& path, const Command& command,
                         const std::vector<ArgumentSpec>& specs);
std::string program_help(const std::vector<Command>& commands);
std::string reference_markdown(const std::vector<Command>& commands);

// The options that every command has, with --project if it works on one.
std::vector<ArgumentSpec> global_specs(bool in_project);
// What `command.declare` binds.
std::vector<ArgumentSpec> own_specs(const Command& command);

}  // namespace coterie::cli
