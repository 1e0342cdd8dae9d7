#include "cli/program.h"

#include <cstdio>
#include <list>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/nearest_name.h"
#include "base/secret.h"
#include "cli/help.h"

namespace coterie::cli {
namespace {

// A command in the parser's tree.
struct Node {
  CLI::App* app = nullptr;
  const Command* command = nullptr;
  std::string path;  // "coterie runs show"
  std::vector<ArgumentSpec> specs;
};

class Parser {
 public:
  explicit Parser(const std::vector<Command>& commands) : commands_(commands), app_("coterie") {
    app_.add_flag("--version", version_);
    add_globals(app_, false);
    for (const Command& command : commands) add(app_, command, "coterie");
  }

  // The command to run, or null when there is none; throws CLI::ParseError.
  const Node* parse(int argc, char** argv) {
    std::vector<const char*> words(argv, argv + argc);
    if (argc > 1 && words[1] == std::string_view("help")) {  // help COMMAND = COMMAND --help
      words.erase(words.begin() + 1);
      words.push_back("--help");
    }
    app_.parse(static_cast<int>(words.size()), words.data());
    return innermost();
  }
  const Node* innermost() const;
  Error explain(const CLI::ParseError& fault) const;

  bool version() const { return version_; }
  GlobalOptions& options() { return options_; }

 private:
  void add(CLI::App& parent, const Command& command, const std::string& path);
  void add_globals(CLI::App& app, bool in_project);
  Error explain_extra(const Node* node, const std::string& extra) const;
  std::vector<std::string> names_after(const Node* node, bool options) const;

  const std::vector<Command>& commands_;
  CLI::App app_;
  std::list<Node> nodes_;
  GlobalOptions options_;
  bool version_ = false;
};

void Parser::add_globals(CLI::App& app, bool in_project) {
  app.add_flag("--json", options_.json);
  app.add_flag("--quiet", options_.quiet);
  if (in_project) app.add_option("--project", options_.project);
}

void Parser::add(CLI::App& parent, const Command& command, const std::string& path) {
  CLI::App* app = parent.add_subcommand(command.name, command.summary);
  Node& node = nodes_.emplace_back(Node{app, &command, path + " " + command.name, {}});
  if (command.declare) {
    Arguments arguments(*app);
    command.declare(arguments);
    node.specs = arguments.specs();
  }
  add_globals(*app, command.in_project);
  for (const Command& child : command.children) add(*app, child, node.path);
}

const Node* Parser::innermost() const {
  const CLI::App* at = &app_;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  for (const Node& node : nodes_) {
    if (node.app == at) return &node;
  }
  return nullptr;
}

std::vector<std::string> Parser::names_after(const Node* node, bool options) const {
  std::vector<std::string> names;
  if (options && node != nullptr) {
    for (const ArgumentSpec& spec : node->specs) {
      if (!spec.positional) names.push_back(spec.name);
    }
    for (const ArgumentSpec& spec : global_specs(node->command->in_project)) {
      names.push_back(spec.name);
    }
  } else if (!options) {
    for (const Command& command : node != nullptr ? node->command->children : commands_) {
      if (!command.hidden) names.push_back(command.name);
    }
  }
  return names;
}

Error Parser::explain_extra(const Node* node, const std::string& extra) const {
  const std::string path = node != nullptr ? node->path : "coterie";
  const bool option = extra.starts_with("-");
  return invalid_input(
             node == nullptr && !option
                 ? fmt::format("no command '{}'", extra)
                 : fmt::format("{}: unknown {} '{}'", path, option ? "option" : "argument", extra))
      .with_mend(nearest_mend(extra, names_after(node, option), "see " + path + " --help"));
}

Error Parser::explain(const CLI::ParseError& fault) const {
  const Node* node = innermost();
  const std::string path = node != nullptr ? node->path : "coterie";
  if (dynamic_cast<const CLI::ExtrasError*>(&fault) != nullptr) {
    std::vector<std::string> extras = app_.remaining(false);
    if (!extras.empty()) {  // it stands before the command
      node = nullptr;
    } else if (node != nullptr) {
      extras = node->app->remaining(true);
    }
    return explain_extra(node, extras.empty() ? "" : extras.front());
  }
  return invalid_input(fmt::format("{}: {}", path, fault.what()))
      .with_mend("see " + path + " --help");
}

std::string command_line(int argc, char** argv) {
  std::string line = "coterie";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool plain = !word.empty() && word.find_first_of(" '\"\\$*?;&|<>()") == word.npos;
    line += plain ? fmt::format(" {}", word) : fmt::format(" '{}'", word);
  }
  return line;
}

int report_error(const Error& error, bool json) {
  if (json) {
    Json document = error_to_json(error);
    add_warnings(document);
    std::puts(dump_json(document, 2).c_str());
  } else {
    std::fflush(stdout);
    std::fputs(redact("coterie: " + error.to_text() + "\n").c_str(), stderr);
  }
  return exit_status(error.code);
}

bool wants_json(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") return true;
  }
  return false;
}

int print_version(bool json) {
  const std::string version = program_version();
  std::puts(json ? dump_json(Json{{"version", version}}, 2).c_str()
                 : ("coterie " + version).c_str());
  return 0;
}

int print_help(const std::vector<Command>& commands, const Node* node) {
  const std::string text = node == nullptr ? program_help(commands)
                                           : command_help(node->path, *node->command, node->specs);
  std::fputs(text.c_str(), stdout);
  return 0;
}

int run_command(const Command& command, const GlobalOptions& options) {
  if (options.quiet) log::set_level(log::Level::kError);
  if (options.json && !options.quiet) {
    log::set_level(log::Level::kWarning);
    log::keep_warnings(true);
  }
  Session session(options);
  const Status done = command.run(session);
  int status = 0;
  // A report printed as JSON already holds the error: a second document would not parse.
  if (!done.ok()) {
    status = session.answered_json() ? exit_status(done.error().code)
                                     : report_error(done.error(), options.json);
  }
  // Those that no document could take.
  log::keep_warnings(false);
  for (const std::string& warning : log::take_warnings()) log::warning("{}", warning);
  return status;
}

}  // namespace

std::string program_version() { return COTERIE_VERSION; }

int run_program(int argc, char** argv) {
  install_signal_handlers();
  const std::vector<Command> commands = all_commands();
  Parser parser(commands);
  const Node* node = nullptr;
  try {
    node = parser.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print_help(commands, parser.innermost());
  } catch (const CLI::ParseError& fault) {
    return report_error(parser.explain(fault), wants_json(argc, argv));
  }
  GlobalOptions& options = parser.options();
  options.line = command_line(argc, argv);
  if (parser.version()) return print_version(options.json);
  if (node == nullptr) return print_help(commands, node);
  if (!node->command->run) {
    return report_error(invalid_input(node->path + ": name one of its commands")
                            .with_mend("see " + node->path + " --help"),
                        options.json);
  }
  return run_command(*node->command, options);
}

}  // namespace coterie::cli
