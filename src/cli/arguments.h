#pragma once
// The options of one command: bound to variables, checked while parsing, and remembered as data
// from which --help, the reference and shell completion are written. CLI11 parses; only
// arguments.cc and program.cc see it.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace coterie::cli {

struct ArgumentSpec {
  std::string name;         // "--limit", or "DIR" for a positional
  std::string placeholder;  // "N"; empty for a flag and for a positional
  std::string help;
  std::string fallback;  // as shown; empty = none
  std::vector<std::string> choices;
  bool positional = false;
  bool required = false;
  bool repeated = false;
  bool is_folder = false;  // completes folder and file names
};

// Bound variables must outlive parsing; their values at binding are the defaults. Order of calls is
// the order of positionals and of --help.
class Arguments {
 public:
  explicit Arguments(CLI::App& app) : app_(app) {}

  void flag(const std::string& name, bool& target, const std::string& help);
  void text(const std::string& name, std::string& target, const std::string& placeholder,
            const std::string& help);
  void path(const std::string& name, std::string& target, const std::string& placeholder,
            const std::string& help);
  // May be given several times.
  void texts(const std::string& name, std::vector<std::string>& target,
             const std::string& placeholder, const std::string& help);
  void choice(const std::string& name, std::string& target, const std::vector<std::string>& choices,
              const std::string& help);
  struct IntegerRange {
    int64_t min = 0;
    int64_t max = INT64_MAX;
  };
  // Accepts "20000", "1.37M", "20k".
  void count(const std::string& name, int64_t& target, const std::string& help, IntegerRange range);
  void real(const std::string& name, double& target, const std::string& help, double min,
            double max);
  void positional(const std::string& name, std::string& target, const std::string& help,
                  bool required);
  void positional_path(const std::string& name, std::string& target, const std::string& help,
                       bool required);
  // Must be given, and be one of `choices`.
  void positional_choice(const std::string& name, std::string& target,
                         const std::vector<std::string>& choices, const std::string& help);
  void positionals(const std::string& name, std::vector<std::string>& target,
                   const std::string& help, const std::vector<std::string>& choices = {});

  const std::vector<ArgumentSpec>& specs() const { return specs_; }

 private:
  CLI::App& app_;
  std::vector<ArgumentSpec> specs_;
};

// What `declare` binds, without parsing anything.
std::vector<ArgumentSpec> collect_specs(const std::function<void(Arguments&)>& declare);

// "20000", "20k", "1.37M", "2G" as a number; -1 when it is none.
int64_t parse_count(const std::string& text);

}  // namespace coterie::cli
