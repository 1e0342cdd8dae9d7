#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion.h"

namespace coterie::cli {
namespace {

// For a text between single quotes in which the characters of `special` have a meaning.
std::string escaped(const std::string& text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      if (special.find(c) != std::string_view::npos) result += '\\';
      result += c;
    }
  }
  return result;
}

// One specification of _arguments.
std::string option_spec(const ArgumentSpec& option) {
  std::string value;
  if (!option.choices.empty()) {
    value = fmt::format(":value:({})", fmt::join(option.choices, " "));
  } else if (option.is_folder) {
    value = option.placeholder == "DIR" ? ":folder:_files -/" : ":file:_files";
  } else if (!option.placeholder.empty()) {
    value = ":" + option.placeholder + ": ";
  }
  return fmt::format("'{}{}[{}]{}'", option.repeated ? "*" : "", option.name,
                     escaped(option.help, "[]:\\"), value);
}

// name:summary of what stands below `parent`.
std::string described(const std::vector<CompletionEntry>& entries, const std::string& parent) {
  std::string text;
  for (const CompletionEntry& entry : entries) {
    if (completion_parent(entry) != parent) continue;
    const std::string name = entry.path.substr(parent.empty() ? 0 : parent.size() + 1);
    text += fmt::format(" '{}:{}'", name, escaped(entry.summary, ":\\"));
  }
  return text;
}

std::string command_cases(const std::vector<CompletionEntry>& entries) {
  std::string text;
  for (const CompletionEntry& entry : entries) {
    text += fmt::format("    '{}')\n", entry.path);
    if (entry.subcommands)
      text += fmt::format("      below=({} )\n", described(entries, entry.path));
    text += "      _arguments";
    for (const ArgumentSpec& option : entry.options) text += " \\\n        " + option_spec(option);
    if (entry.subcommands) {
      text += " \\\n        '1:command:{_describe command below}'";
    } else if (!entry.words.empty()) {
      text += fmt::format(" \\\n        '*:value:({})'", fmt::join(entry.words, " "));
    } else if (entry.files) {
      text += " \\\n        '*:file:_files'";
    }
    text += " ;;\n";
  }
  return text;
}

}  // namespace

std::string zsh_completion(const std::vector<CompletionEntry>& entries) {
  std::vector<std::string> paths;
  for (const CompletionEntry& entry : entries) paths.push_back("'" + entry.path + "'");
  return fmt::format(
      "#compdef coterie\n"
      "# Completion of coterie for zsh: source <(coterie completion zsh)\n"
      "_coterie() {{\n"
      "  local at=''\n"
      "  local -i i last=1\n"
      "  local -a below\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    case \"${{at:+$at }}$words[i]\" in\n"
      "      ({})\n"
      "        at=\"${{at:+$at }}$words[i]\"\n"
      "        last=i ;;\n"
      "    esac\n"
      "  done\n"
      "  shift $((last - 1)) words\n"
      "  ((CURRENT -= last - 1))\n"
      "  case \"$at\" in\n"
      "    '')\n"
      "      below=({} )\n"
      "      _arguments '--help[this text]' '--version[the version of the program]' "
      "'1:command:{{_describe command below}}' ;;\n{}"
      "  esac\n"
      "}}\n"
      "if [[ \"$funcstack[1]\" == _coterie ]]; then\n"
      "  _coterie \"$@\"\n"
      "else\n"
      "  compdef _coterie coterie\n"
      "fi\n",
      fmt::join(paths, "|"), described(entries, ""), command_cases(entries));
}

}  // namespace coterie::cli
