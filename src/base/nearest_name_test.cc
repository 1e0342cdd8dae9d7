#include "base/nearest_name.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace coterie {
namespace {

// Plain recursion over the definition.
size_t slow_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return std::max(a.size(), b.size());
  const auto cut = [](std::string_view s, size_t n) { return s.substr(0, s.size() - n); };
  size_t best = std::min(slow_distance(cut(a, 1), b), slow_distance(a, cut(b, 1))) + 1;
  best = std::min(best, slow_distance(cut(a, 1), cut(b, 1)) + (a.back() == b.back() ? 0 : 1));
  if (a.size() > 1 && b.size() > 1 && a.back() == b[b.size() - 2] && a[a.size() - 2] == b.back()) {
    best = std::min(best, slow_distance(cut(a, 2), cut(b, 2)) + 1);
  }
  return best;
}

TEST(NearestName, AgreesWithTheDefinition) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto word = [&] {
    std::string text(random() % 6 + 1, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int i = 0; i < 300; ++i) {
    const std::string name = word();
    const std::vector<std::string> candidates = {word(), word(), word()};
    std::string expected;
    size_t smallest = name.size() / 2 + 1;
    for (const std::string& candidate : candidates) {
      const size_t distance = slow_distance(name, candidate);
      if (distance < smallest) {
        smallest = distance;
        expected = candidate;
      }
    }
    ASSERT_EQ(nearest_name(name, candidates), expected) << name;
  }
}

TEST(NearestName, IgnoresCaseAndRefusesFarOnes) {
  EXPECT_EQ(nearest_name("Article_ID", {"customer_id", "article_id"}), "article_id");
  EXPECT_EQ(nearest_name("x", {"y"}), "");
  EXPECT_EQ(nearest_name("threads", {"memory", "disk"}), "");
  EXPECT_EQ(nearest_name("anything", {}), "");
}

TEST(NearestName, MendsAskOrSayWhatElse) {
  EXPECT_EQ(nearest_mend("articel", {"article"}, "see the list"), "did you mean 'article'?");
  EXPECT_EQ(nearest_mend("x", {"article"}, "see the list"), "see the list");
}

}  // namespace
}  // namespace coterie
