#pragma once
// The steps of a project as a graph: a step reads tables that other steps write.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/step.h"

namespace coterie::pipeline {

// Immutable and thread-safe after build.
class Graph {
 public:
  // Orders `steps` so that every producer precedes its readers, otherwise as given. Errors
  // (kInternal, they are faults of the steps' declarations) name the steps: two steps of one name,
  // two producers of one table, an input that no step produces, a cycle ("a -> b -> a").
  static Result<Graph> build(std::vector<Step> steps);

  const std::vector<Step>& steps() const { return steps_; }
  int size() const { return static_cast<int>(steps_.size()); }
  // Steps whose outputs step `index` reads, ascending.
  const std::vector<int>& producers(int index) const {
    return producers_[static_cast<size_t>(index)];
  }
  const std::vector<int>& readers(int index) const { return readers_[static_cast<size_t>(index)]; }
  std::optional<int> find(const std::string& name) const;
  std::optional<int> producer_of(const std::string& table) const;

  // Which steps a command line names. Each pattern is NAME, NAME+ (and everything that reads from
  // it, directly or not), +NAME (and everything that it needs) or +NAME+; NAME may hold * and ?,
  // and the part before a dot names the whole group ("datasets" = "datasets.*"). Patterns may be
  // joined by commas. No pattern selects all. Error kInvalidInput names the nearest step.
  Result<std::vector<bool>> select(const std::vector<std::string>& patterns) const;

 private:
  Status connect();
  Status order();
  std::string describe_cycle(const std::vector<bool>& placed) const;
  void spread(std::vector<bool>& chosen, int from,
              const std::vector<std::vector<int>>& edges) const;

  std::vector<Step> steps_;
  std::vector<std::vector<int>> producers_;
  std::vector<std::vector<int>> readers_;
};

// `pattern` with * (any text) and ? (one character) against the whole of `text`.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace coterie::pipeline
