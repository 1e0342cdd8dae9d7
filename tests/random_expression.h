#pragma once
// Random expressions of a wanted type, for tests that compare evaluators. Every operator and
// function occurs; literals are chosen where things break: zeros, halves, ends of ranges.

#include <random>
#include <string>
#include <vector>

#include "expr/expr.h"

namespace coterie::expr {

class RandomExpression {
 public:
  RandomExpression(const Schema& schema, uint64_t seed) : schema_(schema), random_(seed) {}

  std::string any(int depth) {
    switch (pick(7)) {
      case 0:
        return condition(depth);
      case 1:
        return integer(depth);
      case 2:
        return decimal(depth);
      case 3:
        return real(depth);
      case 4:
        return text(depth);
      case 5:
        return date(depth);
      default:
        return timestamp(depth);
    }
  }
  std::string condition(int depth);
  std::string integer(int depth);
  std::string decimal(int depth);
  std::string real(int depth);
  std::string text(int depth);
  std::string date(int depth);
  std::string timestamp(int depth);

 private:
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  std::string one_of(const std::vector<std::string>& choices) {
    return choices[static_cast<size_t>(pick(static_cast<int>(choices.size())))];
  }
  std::string number(int depth);
  std::string comparison(int depth);
  std::string column(TypeKind kind);
  // Forms that exist for every type.
  std::string generic(int depth, std::string (RandomExpression::*make)(int));

  const Schema& schema_;
  std::mt19937_64 random_;
};

}  // namespace coterie::expr
