#include "pipeline/graph.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"

namespace coterie::pipeline {
namespace {

struct Pattern {
  std::string name;
  bool upstream = false;
  bool downstream = false;
};

std::vector<Pattern> parse_patterns(const std::vector<std::string>& texts) {
  std::vector<Pattern> patterns;
  for (const std::string& text : texts) {
    size_t begin = 0;
    while (begin <= text.size()) {
      const size_t end = std::min(text.find(',', begin), text.size());
      std::string_view part = std::string_view(text).substr(begin, end - begin);
      begin = end + 1;
      if (part.empty()) continue;
      Pattern pattern;
      if (part.starts_with('+')) {
        pattern.upstream = true;
        part.remove_prefix(1);
      }
      if (part.ends_with('+')) {
        pattern.downstream = true;
        part.remove_suffix(1);
      }
      pattern.name = part;
      patterns.push_back(pattern);
    }
  }
  return patterns;
}

std::vector<std::string> joined(const std::vector<std::string>& first,
                                const std::vector<std::string>& second) {
  std::vector<std::string> all = first;
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

bool names_step(const Pattern& pattern, const std::string& step) {
  return glob_match(pattern.name, step) || glob_match(pattern.name + ".*", step);
}

Error unknown_step(const std::string& name, const std::vector<Step>& steps) {
  std::vector<std::string> names;
  for (const Step& step : steps) {
    names.push_back(step.name);
    names.push_back(step.name.substr(0, step.name.find('.')));
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return invalid_input(fmt::format("no step is called '{}'", name))
      .with_mend(nearest_mend(name, names, fmt::format("choose from: {}", fmt::join(names, ", "))));
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  // The usual greedy match with one point to go back to: O(pattern × text) at worst.
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<Graph> Graph::build(std::vector<Step> steps) {
  Graph graph;
  graph.steps_ = std::move(steps);
  RETURN_IF_ERROR(graph.connect());
  RETURN_IF_ERROR(graph.order());
  RETURN_IF_ERROR(graph.connect());
  return graph;
}

Status Graph::connect() {
  std::map<std::string, int> by_table;
  std::set<std::string> names;
  producers_.assign(steps_.size(), {});
  readers_.assign(steps_.size(), {});
  for (int i = 0; i < size(); ++i) {
    const Step& step = steps_[static_cast<size_t>(i)];
    if (!names.insert(step.name).second) {
      return internal_error(fmt::format("two steps are called '{}'", step.name));
    }
    for (const std::string& table : joined(step.outputs, step.optional_outputs)) {
      const auto [found, fresh] = by_table.emplace(table, i);
      if (!fresh) {
        return internal_error(fmt::format("steps '{}' and '{}' both write table '{}'",
                                          steps_[static_cast<size_t>(found->second)].name,
                                          step.name, table));
      }
    }
  }
  for (int i = 0; i < size(); ++i) {
    std::set<int> needed;
    const Step& step = steps_[static_cast<size_t>(i)];
    for (const std::string& table : joined(step.inputs, step.optional_inputs)) {
      const auto found = by_table.find(table);
      if (found == by_table.end()) {
        return internal_error(
            fmt::format("step '{}' reads table '{}', which no step writes", step.name, table));
      }
      needed.insert(found->second);
    }
    for (const int producer : needed) {
      producers_[static_cast<size_t>(i)].push_back(producer);
      readers_[static_cast<size_t>(producer)].push_back(i);
    }
  }
  return {};
}

Status Graph::order() {
  std::vector<bool> placed(steps_.size(), false);
  std::vector<int> sequence;
  while (sequence.size() < steps_.size()) {
    int next = -1;
    for (int i = 0; i < size() && next < 0; ++i) {
      const bool ready = std::ranges::all_of(
          producers(i), [&](int producer) { return placed[static_cast<size_t>(producer)]; });
      if (!placed[static_cast<size_t>(i)] && ready) next = i;
    }
    if (next < 0) {
      return internal_error("the steps go in a circle: " + describe_cycle(placed));
    }
    placed[static_cast<size_t>(next)] = true;
    sequence.push_back(next);
  }
  std::vector<Step> ordered;
  for (const int index : sequence) ordered.push_back(std::move(steps_[static_cast<size_t>(index)]));
  steps_ = std::move(ordered);
  return {};
}

std::string Graph::describe_cycle(const std::vector<bool>& placed) const {
  // Every step that is not placed has a producer that is not placed: walking back must repeat.
  std::vector<int> path;
  int at = static_cast<int>(std::ranges::find(placed, false) - placed.begin());
  while (std::ranges::find(path, at) == path.end()) {
    path.push_back(at);
    at = *std::ranges::find_if(
        producers(at), [&](int producer) { return !placed[static_cast<size_t>(producer)]; });
  }
  std::vector<std::string> names = {steps_[static_cast<size_t>(at)].name};
  for (auto step = path.rbegin(); *step != at; ++step) {
    names.push_back(steps_[static_cast<size_t>(*step)].name);
  }
  names.push_back(steps_[static_cast<size_t>(at)].name);
  return fmt::format("{}", fmt::join(names, " -> "));
}

std::optional<int> Graph::find(const std::string& name) const {
  const auto found = std::ranges::find(steps_, name, &Step::name);
  if (found == steps_.end()) return std::nullopt;
  return static_cast<int>(found - steps_.begin());
}

std::optional<int> Graph::producer_of(const std::string& table) const {
  for (int i = 0; i < size(); ++i) {
    const Step& step = steps_[static_cast<size_t>(i)];
    const auto outputs = joined(step.outputs, step.optional_outputs);
    if (std::ranges::find(outputs, table) != outputs.end()) return i;
  }
  return std::nullopt;
}

void Graph::spread(std::vector<bool>& chosen, int from,
                   const std::vector<std::vector<int>>& edges) const {
  std::vector<int> open = {from};
  std::vector<bool> seen(steps_.size(), false);
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    if (seen[static_cast<size_t>(at)]) continue;
    seen[static_cast<size_t>(at)] = true;
    chosen[static_cast<size_t>(at)] = true;
    for (const int next : edges[static_cast<size_t>(at)]) open.push_back(next);
  }
}

Result<std::vector<bool>> Graph::select(const std::vector<std::string>& texts) const {
  const std::vector<Pattern> patterns = parse_patterns(texts);
  std::vector<bool> chosen(steps_.size(), patterns.empty());
  for (const Pattern& pattern : patterns) {
    bool found = false;
    for (int i = 0; i < size(); ++i) {
      if (!names_step(pattern, steps_[static_cast<size_t>(i)].name)) continue;
      found = true;
      chosen[static_cast<size_t>(i)] = true;
      if (pattern.upstream) spread(chosen, i, producers_);
      if (pattern.downstream) spread(chosen, i, readers_);
    }
    if (!found) return unknown_step(pattern.name, steps_);
  }
  return chosen;
}

}  // namespace coterie::pipeline
