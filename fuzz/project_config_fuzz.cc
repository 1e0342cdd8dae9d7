// links: coterie_data_project
// Any text as coterie.yaml: a project or an error that says where, never a crash.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "data/project/project.h"

using namespace coterie::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto project = parse_project(text, "coterie.yaml", "/nonexistent");
  if (project) {
    CHECK(!project->name.empty() && !project->sources.empty());
    for (const SourceConfig& source : project->sources) {
      const int origins =
          !source.files.empty() + !source.sql.empty() + !source.postgres_url.empty();
      CHECK(origins == 1);
    }
  } else {
    CHECK(!project.error().message.empty());
    CHECK(project.error().file == "coterie.yaml");
  }
  return 0;
}
