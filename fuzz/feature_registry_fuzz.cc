// links: coterie_features_registry
// Any text as a feature registry: a registry whose meanings can be written, or an error that says
// where, never a crash.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "features/registry/registry_diff.h"

using namespace coterie::features;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto registry = Registry::parse({{"features.yaml", text}});
  if (!registry) {
    CHECK(!registry.error().message.empty());
    CHECK(registry.error().file == "features.yaml");
    return 0;
  }
  for (const FeatureDefinition& feature : registry->features()) {
    CHECK(registry->feature(feature.name) == &feature);
    CHECK(registry->entity(feature.entity) != nullptr);
    CHECK(feature.source.empty() || registry->source(feature.source) != nullptr);
    CHECK(registry->meaning(feature).ends_with('\n'));
    for (const FeatureDefinition* input : registry->inputs_of(feature)) CHECK(input != &feature);
  }
  CHECK(diff_registries(*registry, *registry).empty());
  return 0;
}
