#include "features/plan/model_vectors.h"

#include <algorithm>

#include <fmt/format.h>

namespace coterie::features {

std::span<const float> ModelVectors::of(int64_t row) const {
  if (row < 0 || row >= rows()) return {};
  const std::span<const float> vector(values.data() + row * width, static_cast<size_t>(width));
  const bool learned = std::ranges::any_of(vector, [](float x) { return x != 0; });
  return learned ? vector : std::span<const float>();
}

SourceSchema vectors_schema(const ModelVectors& vectors, const std::string& join_key) {
  SourceSchema schema;
  schema.relation = fmt::format(
      "(SELECT code AS \"{}\", CAST(code AS BIGINT) AS {}, make_timestamp({}) AS {} FROM "
      "facts.dict_{} WHERE code < {})",
      join_key, kVectorRow, vectors.trained_until, kTrainedUntil, vectors.dictionary,
      vectors.rows());
  schema.columns = {{{.name = join_key, .type = expr::kTextType}, vectors.dictionary},
                    {{.name = kVectorRow, .type = expr::kIntType}, ""},
                    {{.name = kTrainedUntil, .type = expr::kTimestampType}, ""}};
  schema.timestamp_field = kTrainedUntil;
  return schema;
}

}  // namespace coterie::features
