#pragma once
// What a command is. One file a command defines `make_<name>_command()`; commands.cc lists them.

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/session.h"

namespace coterie::cli {

// A command: how it is called and what it does. `declare` binds options to state that `run` reads;
// both close over the same shared state.
struct Command {
  std::string name;
  std::string summary;                // one line, no full stop
  std::string details;                // paragraphs for --help, may be empty
  std::vector<std::string> examples;  // command lines
  bool in_project = true;             // works on a project: gets --project
  bool hidden = false;
  std::function<void(Arguments&)> declare;  // may be null: no options of its own
  std::function<Status(Session&)> run;      // null: one of `children` must be named
  std::vector<Command> children;            // "runs show"
};

// All commands in the order of --help. Each call makes commands with state of their own.
std::vector<Command> all_commands();

}  // namespace coterie::cli
