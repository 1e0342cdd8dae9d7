#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help.h"

namespace coterie::cli {

std::string completion_parent(const CompletionEntry& entry) {
  const size_t space = entry.path.rfind(' ');
  return space == std::string::npos ? "" : entry.path.substr(0, space);
}

namespace {

void collect(const std::vector<Command>& commands, const std::string& prefix,
             std::vector<CompletionEntry>& entries) {
  for (const Command& command : commands) {
    if (command.hidden) continue;
    CompletionEntry entry{.path = prefix + command.name,
                          .summary = command.summary,
                          .words = {},
                          .subcommands = !command.children.empty(),
                          .options = {}};
    for (const Command& child : command.children) entry.words.push_back(child.name);
    for (const ArgumentSpec& spec : own_specs(command)) {
      if (!spec.positional) {
        entry.options.push_back(spec);
        continue;
      }
      entry.words.insert(entry.words.end(), spec.choices.begin(), spec.choices.end());
      entry.files = entry.files || spec.is_folder;
    }
    for (const ArgumentSpec& spec : global_specs(command.in_project)) entry.options.push_back(spec);
    entries.push_back(entry);
    collect(command.children, entry.path + " ", entries);
  }
}

}  // namespace

Command make_completion_command() {
  const auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .summary = "Print a script that completes commands and options in a shell",
          .details =
              "To have it in every new shell:\n"
              "  bash: echo 'source <(coterie completion bash)' >> ~/.bashrc\n"
              "  zsh:  echo 'source <(coterie completion zsh)' >> ~/.zshrc  (after compinit)\n"
              "  fish: coterie completion fish > ~/.config/fish/completions/coterie.fish",
          .examples = {"source <(coterie completion bash)"},
          .in_project = false,
          .declare =
              [shell](Arguments& arguments) {
                arguments.positional_choice("SHELL", *shell, {"bash", "zsh", "fish"},
                                            "which shell");
              },
          .run = [shell](Session& session) -> Status {
            std::vector<CompletionEntry> entries;
            collect(all_commands(), "", entries);
            const std::string text = *shell == "bash"  ? bash_completion(entries)
                                     : *shell == "zsh" ? zsh_completion(entries)
                                                       : fish_completion(entries);
            session.print(text);
            session.print_json({{"shell", *shell}, {"script", text}});
            return {};
          },
          .children = {}};
}

}  // namespace coterie::cli
