// links: coterie_base
//
// parse_yaml on arbitrary bytes: no crash, every error has a message and a place inside the text,
// and what parses survives being written canonically and parsed again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/yaml.h"

namespace {

// Touches every accessor of every node; a shared node is visited once for each alias.
void visit(const coterie::YamlNode& node, int& budget) {
  if (--budget < 0) return;
  CHECK(node.error("x").line >= 1 && node.error("x").column >= 1);
  const bool readable = node.as_string().ok() || node.as_int().ok() || node.as_double().ok() ||
                        node.as_bool().ok() || node.as_string_list().ok();
  CHECK(readable || !node.is_scalar());
  for (const coterie::YamlNode& item : node.items()) visit(item, budget);
  for (const auto& [key, value] : node.entries()) {
    CHECK(node.find(key).has_value());
    visit(value, budget);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = coterie::parse_yaml(text, "fuzz.yaml");
  if (!root.ok()) {
    CHECK(!root.error().message.empty());
    CHECK(root.error().file == "fuzz.yaml");
    CHECK(root.error().line >= 0 && root.error().line <= static_cast<int64_t>(size) + 1);
    return 0;
  }
  int budget = 10'000;
  visit(*root, budget);
  coterie::YamlMap map(*root);
  map.integer("threads", 1);
  const bool fine = map.finish().ok();
  CHECK(fine || !map.finish().error().to_text().empty());
  if (budget < 0) return 0;
  const std::string canonical = root->to_text();
  const auto again = coterie::parse_yaml(canonical, "canonical.yaml");
  CHECK(again.ok());
  CHECK(again->to_text() == canonical);
  return 0;
}
