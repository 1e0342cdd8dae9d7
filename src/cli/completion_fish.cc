#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion.h"

namespace coterie::cli {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

// The beginning of a rule that holds where `path` has been typed.
std::string rule(const std::string& path) {
  return fmt::format("complete -c coterie -n \"__coterie_at '{}'\"", path);
}

std::string entry_rules(const CompletionEntry& entry) {
  const std::string parent = completion_parent(entry);
  std::string text =
      fmt::format("{} -a {} -d {}\n", rule(parent),
                  entry.path.substr(parent.empty() ? 0 : parent.size() + 1), quoted(entry.summary));
  for (const ArgumentSpec& option : entry.options) {
    text += fmt::format("{} -l {}", rule(entry.path), option.name.substr(2));
    if (!option.choices.empty()) {
      text += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
    } else if (!option.placeholder.empty()) {
      text += option.is_folder ? " -r -F" : " -x";
    }
    text += " -d " + quoted(option.help) + "\n";
  }
  if (!entry.subcommands && !entry.words.empty())
    text += fmt::format("{} -a '{}'\n", rule(entry.path), fmt::join(entry.words, " "));
  if (entry.files) text += rule(entry.path) + " -F\n";
  return text;
}

}  // namespace

std::string fish_completion(const std::vector<CompletionEntry>& entries) {
  std::vector<std::string> paths;
  for (const CompletionEntry& entry : entries) paths.push_back("'" + entry.path + "'");
  std::string text = fmt::format(
      "# Completion of coterie for fish: coterie completion fish | source\n"
      "function __coterie_at\n"
      "  set -l at\n"
      "  set -l typed (commandline -opc)\n"
      "  set -e typed[1]\n"
      "  for word in $typed\n"
      "    set -l next (string join ' ' -- $at $word)\n"
      "    if contains -- $next {0}\n"
      "      set at $next\n"
      "    end\n"
      "  end\n"
      "  test \"$at\" = \"$argv[1]\"\n"
      "end\n"
      "complete -c coterie -f\n"
      "{1} -l help -d 'this text'\n"
      "{1} -l version -d 'the version of the program'\n",
      fmt::join(paths, " "), rule(""));
  for (const CompletionEntry& entry : entries) text += entry_rules(entry);
  return text;
}

}  // namespace coterie::cli
