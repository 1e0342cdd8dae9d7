// The reference page: its examples are registries, and it knows every key and function.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/test_results.h"
#include "features/registry/aggregate_functions_internal.h"
#include "features/registry/registry.h"

namespace coterie::features {
namespace {

using testing::HasSubstr;

std::string page() { return take(read_file(COTERIE_SOURCE_DIR "/docs/reference/features.md")); }

TEST(FeatureReference, ExamplesAreRegistries) {
  const std::string text = page();
  const std::string open = "```yaml\n";
  int examples = 0;
  for (size_t at = 0; (at = text.find(open, at)) != std::string::npos; ++examples) {
    at += open.size();
    const std::string example = text.substr(at, text.find("```", at) - at);
    const auto registry = Registry::parse({{"features.md", example}});
    EXPECT_TRUE(registry.ok()) << registry.error().to_text() << "\n" << example;
  }
  EXPECT_EQ(examples, 3);
}

// The part of the page under a heading.
std::string section(const std::string& heading) {
  const std::string text = page();
  const size_t begin = text.find("\n" + heading + "\n");
  EXPECT_NE(begin, std::string::npos) << heading;
  const std::string level = heading.substr(0, heading.find(' ') + 1);
  return text.substr(begin, text.find("\n" + level, begin + 1) - begin);
}

// What the reader itself says of the keys that it knows.
std::vector<std::string> keys_of(const std::string& registry) {
  const auto parsed = Registry::parse({{"f.yaml", "registry_version: 1\n" + registry}});
  const std::string mend = parsed.ok() ? "" : parsed.error().mend;
  const std::string head = "valid keys: ";
  EXPECT_THAT(mend, HasSubstr(head)) << registry;
  std::vector<std::string> keys;
  std::string rest = mend.substr(std::min(head.size(), mend.size())) + ", ";
  for (size_t at = 0; (at = rest.find(", ")) != std::string::npos; rest.erase(0, at + 2)) {
    keys.push_back(rest.substr(0, at));
  }
  return keys;
}

TEST(FeatureReference, KnowsEveryKey) {
  const std::string feature =
      "features: [{name: f, aggregation: {function: sum, qqqqqqqqqq: 1}, "
      "entity: e, source: s}]";
  const std::vector<std::pair<std::string, std::string>> sections = {
      {"## Entities", "entities: [{qqqqqqqqqq: 1}]"},
      {"## Sources", "sources: [{qqqqqqqqqq: 1}]"},
      {"## Features", "features: [{qqqqqqqqqq: 1}]"},
      {"### Aggregation", feature},
      {"## Feature services", "feature_services: [{qqqqqqqqqq: 1}]"}};
  for (const auto& [heading, registry] : sections) {
    const std::string text = section(heading);
    for (const std::string& key : keys_of(registry)) {
      EXPECT_THAT(text, HasSubstr("`" + key + "`")) << heading;
    }
  }
}

TEST(FeatureReference, HasOneRowAFunction) {
  const std::string text = section("### Aggregation");
  for (const std::string& function : aggregate_function_names()) {
    EXPECT_THAT(text, HasSubstr("\n| `" + function + "` | ")) << function;
  }
  const std::string whole = page();
  for (const std::string& name : reserved_names()) EXPECT_THAT(whole, HasSubstr("`" + name + "`"));
}

}  // namespace
}  // namespace coterie::features
