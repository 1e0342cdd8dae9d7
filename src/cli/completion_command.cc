#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/help.h"

namespace coterie::cli {
namespace {

// A command as shells see it: "runs show" and what may follow.
struct Entry {
  std::string path;  // without "coterie"
  std::string summary;
  std::vector<std::string> words;  // subcommands and choices of positionals
  std::vector<ArgumentSpec> options;
  bool files = false;
};

void collect(const std::vector<Command>& commands, const std::string& prefix,
             std::vector<Entry>& entries) {
  for (const Command& command : commands) {
    if (command.hidden) continue;
    Entry entry{
        .path = prefix + command.name, .summary = command.summary, .words = {}, .options = {}};
    for (const Command& child : command.children) entry.words.push_back(child.name);
    for (const ArgumentSpec& spec : own_specs(command)) {
      if (spec.positional) {
        entry.words.insert(entry.words.end(), spec.choices.begin(), spec.choices.end());
        entry.files = entry.files || spec.is_folder;
      } else {
        entry.options.push_back(spec);
      }
    }
    for (const ArgumentSpec& spec : global_specs(command.in_project)) {
      entry.options.push_back(spec);
    }
    entries.push_back(entry);
    collect(command.children, entry.path + " ", entries);
  }
}

std::vector<std::string> top_names(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    if (!command.hidden) names.push_back(command.name);
  }
  return names;
}

std::string bash_values(const std::vector<Entry>& entries) {
  std::string text;
  for (const Entry& entry : entries) {
    for (const ArgumentSpec& option : entry.options) {
      if (option.choices.empty()) continue;
      text += fmt::format("    '{}:{}') COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n",
                          entry.path, option.name, fmt::join(option.choices, " "));
    }
  }
  return text;
}

std::string bash_script(const std::vector<Command>& commands, const std::vector<Entry>& entries) {
  std::string cases;
  std::vector<std::string> paths;
  for (const Entry& entry : entries) {
    std::vector<std::string> words = entry.words;
    for (const ArgumentSpec& option : entry.options) words.push_back(option.name);
    cases += fmt::format("    '{}') words='{}' ;;\n", entry.path, fmt::join(words, " "));
    paths.push_back(fmt::format("'{}'", entry.path));
  }
  return fmt::format(
      "# Completion of coterie for bash: source <(coterie completion bash)\n"
      "_coterie() {{\n"
      "  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
      "  local path='' words='' i known\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    for known in {0}; do\n"
      "      if [[ \"$known\" == \"${{path:+$path }}${{COMP_WORDS[i]}}\" ]]; then path=\"$known\"; "
      "break; fi\n"
      "    done\n"
      "  done\n"
      "  case \"$path:$before\" in\n{1}  esac\n"
      "  case \"$path\" in\n"
      "    '') words='{2} --help --version' ;;\n{3}"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "}}\n"
      "complete -o default -F _coterie coterie\n",
      fmt::join(paths, " "), bash_values(entries), fmt::join(top_names(commands), " "), cases);
}

std::string quoted(const std::string& text, bool zsh_spec) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else if (zsh_spec && (c == '[' || c == ']' || c == ':')) {
      result += std::string("\\") + c;
    } else {
      result += c;
    }
  }
  return "'" + result + "'";
}

std::string zsh_option(const ArgumentSpec& option) {
  std::string help = quoted(option.help, true);
  help = help.substr(1, help.size() - 2);
  std::string value;
  if (!option.placeholder.empty()) {
    value = option.choices.empty() ? (option.is_folder ? ":file:_files" : ":value:")
                                   : fmt::format(":value:({})", fmt::join(option.choices, " "));
  }
  return fmt::format("'{}{}[{}]{}'", option.repeated ? "*" : "", option.name, help, value);
}

std::string zsh_script(const std::vector<Command>& commands, const std::vector<Entry>& entries) {
  std::string names;
  for (const Command& command : commands) {
    if (!command.hidden)
      names += "    " + quoted(command.name + ":" + command.summary, false) + "\n";
  }
  std::string cases;
  for (const Entry& entry : entries) {
    cases += fmt::format("    '{}') _arguments", entry.path);
    for (const ArgumentSpec& option : entry.options) cases += " " + zsh_option(option);
    if (!entry.words.empty()) {
      cases += fmt::format(" '*:argument:({})'", fmt::join(entry.words, " "));
    } else {
      cases += " '*:file:_files'";
    }
    cases += " ;;\n";
  }
  return fmt::format(
      "#compdef coterie\n"
      "# Completion of coterie for zsh: source <(coterie completion zsh)\n"
      "_coterie() {{\n"
      "  local -a commands\n  commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
      "  local path=\"$words[2]\"\n"
      "  case \"$words[2] $words[3]\" in\n{}  esac\n"
      "  shift words; (( CURRENT-- ))\n"
      "  case \"$path\" in\n{}  esac\n"
      "}}\n"
      "compdef _coterie coterie\n",
      names,
      [&] {
        std::string nested;
        for (const Entry& entry : entries) {
          if (entry.path.find(' ') == std::string::npos) continue;
          nested +=
              fmt::format("    '{0}') path='{0}'; shift words; (( CURRENT-- )) ;;\n", entry.path);
        }
        return nested;
      }(),
      cases);
}

std::string fish_script(const std::vector<Command>& commands, const std::vector<Entry>& entries) {
  std::string text =
      "# Completion of coterie for fish: coterie completion fish | source\n"
      "complete -c coterie -f\n";
  for (const Command& command : commands) {
    if (command.hidden) continue;
    text += fmt::format("complete -c coterie -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        quoted(command.summary, false));
  }
  for (const Entry& entry : entries) {
    const std::string seen = entry.path.find(' ') == std::string::npos
                                 ? entry.path
                                 : entry.path.substr(entry.path.rfind(' ') + 1);
    const std::string when = fmt::format("-n '__fish_seen_subcommand_from {}'", seen);
    for (const ArgumentSpec& option : entry.options) {
      text += fmt::format("complete -c coterie {} -l {}", when, option.name.substr(2));
      if (!option.choices.empty()) {
        text += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
      } else if (!option.placeholder.empty()) {
        text += option.is_folder ? " -r -F" : " -x";
      }
      text += " -d " + quoted(option.help, false) + "\n";
    }
    if (!entry.words.empty()) {
      text += fmt::format("complete -c coterie {} -a '{}'\n", when, fmt::join(entry.words, " "));
    }
    if (entry.files) text += fmt::format("complete -c coterie {} -F\n", when);
  }
  return text;
}

}  // namespace

Command make_completion_command() {
  const auto shell = std::make_shared<std::vector<std::string>>();
  return {.name = "completion",
          .summary = "Print a script that completes commands and options in a shell",
          .details = "",
          .examples = {"source <(coterie completion bash)"},
          .in_project = false,
          .declare =
              [shell](Arguments& arguments) {
                arguments.positionals("SHELL", *shell, "which shell", {"bash", "zsh", "fish"});
              },
          .run = [shell](Session& session) -> Status {
            if (shell->size() != 1) {
              return invalid_input("name one shell").with_mend("bash, zsh or fish");
            }
            const std::vector<Command> commands = all_commands();
            std::vector<Entry> entries;
            collect(commands, "", entries);
            const std::string text = shell->front() == "bash"  ? bash_script(commands, entries)
                                     : shell->front() == "zsh" ? zsh_script(commands, entries)
                                                               : fish_script(commands, entries);
            session.print(text);
            session.print_json({{"shell", shell->front()}, {"script", text}});
            return {};
          },
          .children = {}};
}

}  // namespace coterie::cli
