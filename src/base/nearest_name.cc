#include "base/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/letter_case.h"

namespace coterie {
namespace {

// Optimal string alignment distance over bytes.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({change, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string wanted = lower_case(std::string(name));
  std::string nearest;
  size_t smallest = wanted.size() / 2 + 1;
  for (const std::string& candidate : candidates) {
    const size_t longer = std::max(candidate.size(), wanted.size());
    const size_t shorter = std::min(candidate.size(), wanted.size());
    if (longer - shorter >= smallest) continue;
    const size_t distance = edit_distance(wanted, lower_case(candidate));
    if (distance >= smallest) continue;
    smallest = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string nearest_mend(std::string_view name, const std::vector<std::string>& candidates,
                         std::string otherwise) {
  const std::string nearest = nearest_name(name, candidates);
  return nearest.empty() ? std::move(otherwise) : "did you mean '" + nearest + "'?";
}

}  // namespace coterie
