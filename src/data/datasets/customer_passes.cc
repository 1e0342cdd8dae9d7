#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/customer_passes_internal.h"

namespace coterie::data {
namespace {

std::string in_range(int64_t first, int64_t end, bool guests) {
  const std::string coded = fmt::format("customer_id >= {} AND customer_id < {}", first, end);
  return guests ? fmt::format("(customer_id IS NULL OR ({}))", coded) : coded;
}

}  // namespace

Status replace_by_customers(DatasetBuilder& builder, const PassLimits& limits,
                            const WritePass& write) {
  const int64_t fit = std::max<int64_t>(1, limits.fit);
  const int64_t customers = std::max(1, builder.dictionary_size("customer"));
  const int64_t passes = std::clamp<int64_t>((limits.facts + fit - 1) / fit, 1, customers);
  for (int64_t i = 0; i < passes; ++i) {
    CustomerPass pass{customers * i / passes, customers * (i + 1) / passes, limits.facts / passes,
                      ""};
    const bool guests = limits.guests && i + 1 == passes;
    if (passes > 1) pass.scope = in_range(pass.first, pass.end, guests);
    const auto rows = [&](const std::string& path) { return write(pass, path); };
    RETURN_IF_ERROR(i == 0 ? builder.replace_rows(0, rows) : builder.append_rows(0, rows));
  }
  return {};
}

}  // namespace coterie::data
