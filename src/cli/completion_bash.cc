#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion.h"

namespace coterie::cli {
namespace {

// Adds "'runs --limit'" to a list of patterns.
void add_pattern(std::string& patterns, const std::string& path, const std::string& option) {
  patterns += fmt::format("{}'{} {}'", patterns.empty() ? "" : "|", path, option);
}

// What follows an option that has a value.
std::string value_cases(const std::vector<CompletionEntry>& entries) {
  std::string choices;
  std::string files;
  std::string others;
  for (const CompletionEntry& entry : entries) {
    for (const ArgumentSpec& option : entry.options) {
      if (!option.choices.empty()) {
        choices += fmt::format("    '{} {}') values='{}' ;;\n", entry.path, option.name,
                               fmt::join(option.choices, " "));
      } else if (!option.placeholder.empty()) {
        add_pattern(option.is_folder ? files : others, entry.path, option.name);
      }
    }
  }
  return choices + fmt::format("    {}) compopt -o default 2>/dev/null; return ;;\n", files) +
         fmt::format("    {}) return ;;\n", others);
}

std::string command_cases(const std::vector<CompletionEntry>& entries) {
  std::string text;
  for (const CompletionEntry& entry : entries) {
    std::vector<std::string> options;
    for (const ArgumentSpec& option : entry.options) options.push_back(option.name);
    text += fmt::format("    '{}') words='{}' options='{}'{} ;;\n", entry.path,
                        fmt::join(entry.words, " "), fmt::join(options, " "),
                        entry.files ? " files=1" : "");
  }
  return text;
}

constexpr const char* kHead = R"(# Completion of coterie for bash: source <(coterie completion bash)
_coterie() {
  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
  local at='' words='' options='' values='' files='' i
  COMPREPLY=()
  # Bash cuts --option=value into three words.
  if [[ "$word" == '=' ]]; then
    word=''
  elif [[ "$before" == '=' ]]; then
    before="${COMP_WORDS[COMP_CWORD-2]}"
  fi
)";

constexpr const char* kTail = R"(
  if [[ -n "$values" ]]; then
    words="$values"
  elif [[ "$word" == -* ]]; then
    words="$options"
  elif [[ -n "$files" ]]; then
    compopt -o default 2>/dev/null
    return
  elif [[ -z "$words" ]]; then
    words="$options"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _coterie coterie
)";

}  // namespace

std::string bash_completion(const std::vector<CompletionEntry>& entries) {
  std::vector<std::string> top;
  std::vector<std::string> paths;
  for (const CompletionEntry& entry : entries) {
    if (completion_parent(entry).empty()) top.push_back(entry.path);
    paths.push_back("'" + entry.path + "'");
  }
  return kHead +
         fmt::format(
             "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
             "    case \"${{at:+$at }}${{COMP_WORDS[i]}}\" in\n"
             "      {}) at=\"${{at:+$at }}${{COMP_WORDS[i]}}\" ;;\n"
             "    esac\n"
             "  done\n"
             "  case \"$at $before\" in\n{}  esac\n"
             "  case \"$at\" in\n"
             "    '') words='{}' options='--help --version' ;;\n{}"
             "  esac",
             fmt::join(paths, "|"), value_cases(entries), fmt::join(top, " "),
             command_cases(entries)) +
         kTail;
}

}  // namespace coterie::cli
