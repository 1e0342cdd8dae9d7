#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace coterie::cli {
namespace {

constexpr size_t kWidth = 100;

// Breaks `text` at spaces so that lines fit; every line but the first begins with `indent` spaces.
std::string wrap(const std::string& text, size_t indent) {
  std::string result;
  size_t used = indent;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const size_t length = end - begin;
    if (begin > 0 && used + 1 + length > kWidth) {
      result += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (begin > 0) {
      result += ' ';
      ++used;
    }
    result += text.substr(begin, length);
    used += length;
    begin = end + 1;
  }
  return result;
}

std::string label(const ArgumentSpec& spec) {
  if (spec.positional) {
    const std::string name = spec.repeated ? spec.name + "..." : spec.name;
    return spec.required ? name : "[" + name + "]";
  }
  return spec.placeholder.empty() ? spec.name : spec.name + " " + spec.placeholder;
}

std::string explanation(const ArgumentSpec& spec) {
  std::string text = spec.help;
  if (spec.positional && !spec.choices.empty()) {
    text += fmt::format(" ({})", fmt::join(spec.choices, ", "));
  }
  if (!spec.fallback.empty()) text += fmt::format(" (default {})", spec.fallback);
  if (spec.repeated && !spec.positional) text += "; may be given several times";
  return text;
}

std::string usage(const std::string& path, const Command& command,
                  const std::vector<ArgumentSpec>& specs) {
  std::string text = path;
  if (!command.children.empty()) text += command.run ? " [COMMAND]" : " COMMAND";
  for (const ArgumentSpec& spec : specs) {
    if (spec.positional) text += " " + label(spec);
  }
  return text + " [OPTIONS]";
}

std::string list_specs(const std::vector<ArgumentSpec>& specs) {
  size_t width = 0;
  for (const ArgumentSpec& spec : specs) width = std::max(width, label(spec).size());
  width = std::min<size_t>(width, 34);
  std::string text;
  for (const ArgumentSpec& spec : specs) {
    const std::string name = label(spec);
    text += "  " + name;
    text += name.size() > width ? "\n" + std::string(width + 4, ' ')
                                : std::string(width + 2 - name.size(), ' ');
    text += wrap(explanation(spec), width + 4) + "\n";
  }
  return text;
}

std::string list_commands(const std::vector<Command>& commands) {
  size_t width = 0;
  for (const Command& command : commands) {
    if (!command.hidden) width = std::max(width, command.name.size());
  }
  std::string text;
  for (const Command& command : commands) {
    if (command.hidden) continue;
    text += fmt::format("  {:<{}}  {}\n", command.name, width, wrap(command.summary, width + 4));
  }
  return text;
}

std::string wrap_paragraphs(const std::string& text) {
  std::string result;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    // Lines that begin with spaces are laid out already.
    result += (line.starts_with(' ') ? line : wrap(line, 0)) + "\n";
    begin = end + 1;
  }
  return result;
}

std::string escape_cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string command_markdown(const std::string& path, const Command& command) {
  std::vector<ArgumentSpec> specs = own_specs(command);
  std::string text = fmt::format("## {}\n\n{}.\n", path, command.summary);
  if (!command.details.empty()) text += "\n" + command.details + "\n";
  text += fmt::format("\n```\n{}\n```\n", usage(path, command, specs));
  if (!specs.empty()) {
    text += "\n| option | meaning |\n|---|---|\n";
    for (const ArgumentSpec& spec : specs) {
      text +=
          fmt::format("| `{}` | {} |\n", escape_cell(label(spec)), escape_cell(explanation(spec)));
    }
  }
  if (!command.examples.empty()) {
    text += fmt::format("\nExample:\n\n```sh\n{}\n```\n", fmt::join(command.examples, "\n"));
  }
  text += "\n";
  for (const Command& child : command.children) {
    text += command_markdown(path + " " + child.name, child);
  }
  return text;
}

}  // namespace

std::vector<ArgumentSpec> global_specs(bool in_project) {
  std::vector<ArgumentSpec> specs = {{.name = "--json",
                                      .placeholder = "",
                                      .help = "one JSON document on standard output",
                                      .fallback = "",
                                      .choices = {}},
                                     {.name = "--quiet",
                                      .placeholder = "",
                                      .help = "results and errors only",
                                      .fallback = "",
                                      .choices = {}}};
  if (in_project) {
    specs.push_back({.name = "--project",
                     .placeholder = "DIR",
                     .help = "the project's folder, else the working folder or one above it",
                     .fallback = "",
                     .choices = {},
                     .is_folder = true});
  }
  specs.push_back(
      {.name = "--help", .placeholder = "", .help = "this text", .fallback = "", .choices = {}});
  return specs;
}

std::vector<ArgumentSpec> own_specs(const Command& command) {
  return command.declare ? collect_specs(command.declare) : std::vector<ArgumentSpec>();
}

std::string command_help(const std::string& path, const Command& command,
                         const std::vector<ArgumentSpec>& specs) {
  std::string text = command.summary + "\n\nusage: " + usage(path, command, specs) + "\n";
  if (!command.details.empty()) text += "\n" + wrap_paragraphs(command.details);
  if (!command.children.empty()) text += "\ncommands:\n" + list_commands(command.children);
  if (!specs.empty()) text += "\noptions:\n" + list_specs(specs);
  text += "\noptions of every command:\n" + list_specs(global_specs(command.in_project));
  if (!command.examples.empty()) {
    text += fmt::format("\nexample:\n  {}\n", fmt::join(command.examples, "\n  "));
  }
  return text;
}

std::string program_help(const std::vector<Command>& commands) {
  return "coterie: customer intelligence from your tables, in one program\n\n"
         "usage: coterie COMMAND [OPTIONS]\n\ncommands:\n" +
         list_commands(commands) +
         "\noptions:\n"
         "  --version  the program's version\n"
         "  --help     this text; coterie COMMAND --help explains a command\n"
         "\nexample:\n"
         "  coterie init shop --template retail && cd shop\n"
         "  coterie synth --customers 20000\n"
         "  coterie run\n"
         "\nExit status: 0 done, 1 the work failed, 2 the input is wrong, 130 stopped by Ctrl-C.\n";
}

std::string reference_markdown(const std::vector<Command>& commands) {
  std::string text =
      "# Commands\n\n"
      "Written by the program from the same data as `--help`; do not edit. Every command also has "
      "`--json` (one JSON document on standard output; an error is `{\"error\": {\"code\", "
      "\"message\", \"mend\", ...}}`; warnings are in the list `notes` of an object, and beside "
      "any "
      "other document on standard error), `--quiet` and `--help`; commands that work on a project "
      "have `--project DIR`, and otherwise find the project in the working folder or above it.\n\n"
      "Exit status: 0 done, 1 the work failed, 2 the input is wrong, 130 stopped by Ctrl-C.\n\n";
  for (const Command& command : commands) {
    if (!command.hidden) text += command_markdown("coterie " + command.name, command);
  }
  text.pop_back();
  return text;
}

}  // namespace coterie::cli
