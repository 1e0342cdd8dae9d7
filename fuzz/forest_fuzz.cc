// links: coterie_trees
// Models of trees: whatever the bytes, parsing ends with an error or with a forest whose
// evaluation and explanation end.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "trees/evaluator.h"
#include "trees/forest.h"
#include "trees/shap.h"

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
  const auto shap = Shap::create(*forest);
  if (!shap.ok() || forest->outputs > 10) return 0;
  coterie::ThreadPool pool(1);
  for (const int64_t count : {1, 3}) {
    const std::vector<float> rows(static_cast<size_t>(count * forest->features), 1.0F);
    std::vector<float> values(static_cast<size_t>(count) * shap->width());
    shap->contributions({rows, count, forest->features}, values, pool);
  }
  return 0;
}
