// links: coterie_trees
// Models of trees: whatever the bytes, parsing ends with an error or with a forest whose
// evaluation ends.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "trees/evaluator.h"
#include "trees/forest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coterie::trees;
  const auto forest =
      parse_forest(std::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!forest.ok() || forest->features > 1000 || forest->outputs > 1000) return 0;
  const Evaluator evaluator(*forest);
  Evaluator::Scratch scratch;
  std::vector<float> out(static_cast<size_t>(forest->outputs));
  for (const float value : {0.0F, 3.0F, -1e30F, NAN, INFINITY}) {
    const std::vector<float> row(static_cast<size_t>(forest->features), value);
    evaluator.margin(row, out, scratch);
  }
  return 0;
}
