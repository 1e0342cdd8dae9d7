#pragma once
// The program: parses the command line, runs one command, turns its error into text or JSON and an
// exit status (0 ok, 1 the work failed, 2 the user's input is wrong, 130 cancelled).

#include <string>

#include "cli/command.h"

namespace coterie::cli {

int run_program(int argc, char** argv);

std::string program_version();

}  // namespace coterie::cli
