#include "cli/arguments.h"

#include <charconv>
#include <cmath>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"

namespace coterie::cli {
namespace {

// Refuses anything else and shows the nearest choice. Letter case does not matter.
CLI::Validator one_of(const std::vector<std::string>& choices) {
  return {[choices](std::string& value) -> std::string {
            for (const std::string& choice : choices) {
              if (CLI::detail::to_lower(choice) == CLI::detail::to_lower(value)) {
                value = choice;
                return "";
              }
            }
            const std::string nearest = nearest_name(value, choices);
            return fmt::format("'{}' is none of {}{}", value, fmt::join(choices, ", "),
                               nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
          },
          ""};
}

}  // namespace

int64_t parse_count(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc{} || !std::isfinite(value) || value < 0) return -1;
  const std::string suffix(stop, end);
  const double scale = suffix.empty()                   ? 1
                       : suffix == "k" || suffix == "K" ? 1e3
                       : suffix == "M"                  ? 1e6
                       : suffix == "G"                  ? 1e9
                                                        : -1;
  const double scaled = std::round(value * scale);
  // A number that is not whole is a slip, unless a suffix makes it one: 1.37M.
  if (scale < 0 || scaled > 9e15 || std::abs(scaled - value * scale) > 1e-6) return -1;
  return static_cast<int64_t>(scaled);
}

std::vector<ArgumentSpec> collect_specs(const std::function<void(Arguments&)>& declare) {
  CLI::App app;
  Arguments arguments(app);
  declare(arguments);
  return arguments.specs();
}

void Arguments::flag(const std::string& name, bool& target, const std::string& help) {
  app_.add_flag(name, target, help);
  specs_.push_back({.name = name, .placeholder = "", .help = help, .fallback = "", .choices = {}});
}

void Arguments::text(const std::string& name, std::string& target, const std::string& placeholder,
                     const std::string& help) {
  specs_.push_back(
      {.name = name, .placeholder = placeholder, .help = help, .fallback = target, .choices = {}});
  app_.add_option(name, target, help);
}

void Arguments::path(const std::string& name, std::string& target, const std::string& placeholder,
                     const std::string& help) {
  text(name, target, placeholder, help);
  specs_.back().is_folder = true;
}

void Arguments::texts(const std::string& name, std::vector<std::string>& target,
                      const std::string& placeholder, const std::string& help) {
  specs_.push_back({.name = name,
                    .placeholder = placeholder,
                    .help = help,
                    .fallback = "",
                    .choices = {},
                    .repeated = true});
  app_.add_option(name, target, help)->expected(1)->take_all();
}

void Arguments::choice(const std::string& name, std::string& target,
                       const std::vector<std::string>& choices, const std::string& help) {
  specs_.push_back({.name = name,
                    .placeholder = fmt::format("{}", fmt::join(choices, "|")),
                    .help = help,
                    .fallback = target,
                    .choices = choices});
  app_.add_option(name, target, help)->check(one_of(choices));
}

void Arguments::count(const std::string& name, int64_t& target, const std::string& help,
                      IntegerRange range) {
  specs_.push_back({.name = name,
                    .placeholder = "N",
                    .help = help,
                    .fallback = target < 0 ? "" : std::to_string(target),
                    .choices = {}});
  const auto read = [&target](const std::vector<std::string>& values) {
    target = parse_count(values.at(0));
    return true;
  };
  const auto check = [range](const std::string& value) -> std::string {
    const int64_t number = parse_count(value);
    if (number >= range.min && number <= range.max && number >= 0) return "";
    return range.max == INT64_MAX
               ? fmt::format("'{}' is not a whole number of at least {} (20000, 20k, 1.37M)", value,
                             range.min)
               : fmt::format("'{}' is not a whole number from {} to {}", value, range.min,
                             range.max);
  };
  app_.add_option(name, read, help)->check(check);
}

void Arguments::real(const std::string& name, double& target, const std::string& help, double min,
                     double max) {
  specs_.push_back({.name = name,
                    .placeholder = "X",
                    .help = help,
                    .fallback = fmt::format("{}", target),
                    .choices = {}});
  const auto check = [min, max](const std::string& value) -> std::string {
    double number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, fault] = std::from_chars(value.data(), end, number);
    const bool good = fault == std::errc{} && stop == end && number >= min && number <= max;
    return good ? "" : fmt::format("'{}' is not a number from {} to {}", value, min, max);
  };
  app_.add_option(name, target, help)->check(check);
}

void Arguments::positional(const std::string& name, std::string& target, const std::string& help,
                           bool required) {
  specs_.push_back({.name = name,
                    .placeholder = "",
                    .help = help,
                    .fallback = "",
                    .choices = {},
                    .positional = true,
                    .required = required});
  app_.add_option(name, target, help)->required(required);
}

void Arguments::positional_path(const std::string& name, std::string& target,
                                const std::string& help, bool required) {
  positional(name, target, help, required);
  specs_.back().is_folder = true;
}

void Arguments::positional_choice(const std::string& name, std::string& target,
                                  const std::vector<std::string>& choices,
                                  const std::string& help) {
  positional(name, target, help, true);
  specs_.back().choices = choices;
  app_.get_option(name)->check(one_of(choices));
}

void Arguments::positionals(const std::string& name, std::vector<std::string>& target,
                            const std::string& help, const std::vector<std::string>& choices) {
  specs_.push_back({.name = name,
                    .placeholder = "",
                    .help = help,
                    .fallback = "",
                    .choices = choices,
                    .positional = true,
                    .repeated = true});
  CLI::Option* option = app_.add_option(name, target, help);
  if (!choices.empty()) option->check(one_of(choices));
}

}  // namespace coterie::cli
