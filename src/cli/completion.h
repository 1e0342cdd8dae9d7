#pragma once
// Completion scripts of shells, written from what commands declare, so that they know every command
// and option. Each script finds the command that is typed by reading the words before the cursor;
// it never starts the program.

#include <string>
#include <vector>

#include "cli/arguments.h"

namespace coterie::cli {

// A command as shells see it.
struct CompletionEntry {
  std::string path;  // without "coterie": "runs show"
  std::string summary;
  std::vector<std::string> words;  // its subcommands, or the choices of what may follow
  bool subcommands = false;        // `words` are subcommands
  bool files = false;              // a file or folder may follow
  std::vector<ArgumentSpec> options;
};

// The command below which an entry stands: "" for "runs", "runs" for "runs show".
std::string completion_parent(const CompletionEntry& entry);

// For bash 4 and newer.
std::string bash_completion(const std::vector<CompletionEntry>& entries);
// To be sourced after compinit, or kept as a file _coterie in $fpath.
std::string zsh_completion(const std::vector<CompletionEntry>& entries);
// For fish 3 and newer.
std::string fish_completion(const std::vector<CompletionEntry>& entries);

}  // namespace coterie::cli
