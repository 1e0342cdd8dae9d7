// Statistics that a build fits before it computes values with them.

#include <algorithm>

#include "features/offline/batch_order_internal.h"
#include "features/offline/fit.h"
#include "features/offline/snapshot_build_internal.h"

namespace coterie::features {

// Features whose inputs have their statistics are fitted first, then those that read them.
Status SnapshotBuild::Impl::fit() {
  std::vector<const FeatureDefinition*> waiting;
  for (const CompiledFeature& feature : offline->plan.features()) {
    if (needs_fit(*feature.definition, fitted)) waiting.push_back(feature.definition);
  }
  while (!waiting.empty()) {
    std::vector<const FeatureDefinition*> level, later;
    for (const FeatureDefinition* feature : waiting) {
      const auto inputs = context.registry.inputs_of(*feature);
      const bool ready = std::ranges::none_of(inputs, [&](const FeatureDefinition* input) {
        return std::ranges::find(waiting, input) != waiting.end();
      });
      (ready ? level : later).push_back(feature);
    }
    RETURN_IF_ERROR(fit_level(level));
    waiting = std::move(later);
  }
  return {};
}

Status SnapshotBuild::Impl::fit_level(const std::vector<const FeatureDefinition*>& level) {
  ASSIGN_OR_RETURN(const RequestPlan raw, RequestPlan::make(offline->plan, level, fitted, true));
  std::vector<FitSample> samples;
  for (const FeatureDefinition* feature : level) samples.emplace_back(*feature);
  RETURN_IF_ERROR(for_each_part([&](const LoadedPart& part) -> Status {
    const FeatureSource source(offline->plan, raw, part.tables, *texts, offline->timezone);
    const auto chunks =
        (std::ssize(part.members) + parquet::kRowGroupRows - 1) / parquet::kRowGroupRows;
    std::vector<std::vector<FitSample>> parts(static_cast<size_t>(chunks));
    context.pool.parallel_for(chunks, 1, [&](int64_t chunk, int64_t) {
      std::vector<FitSample>& mine = parts[static_cast<size_t>(chunk)];
      for (const FeatureDefinition* feature : level) mine.emplace_back(*feature);
      FeatureRows rows(source);
      std::vector<ValueColumn> values;
      std::vector<Micros> times;
      const auto members =
          std::span(part.members).subspan(static_cast<size_t>(chunk * parquet::kRowGroupRows));
      const size_t end = std::min(members.size(), static_cast<size_t>(parquet::kRowGroupRows));
      for (size_t begin = 0; begin < end; begin += kBatchRows) {
        rows.compute(batch(members.subspan(begin, std::min(kBatchRows, end - begin)), times),
                     values);
        for (size_t i = 0; i < mine.size(); ++i) mine[i].add(raw.outputs()[i].type, values[i]);
      }
    });
    for (std::vector<FitSample>& chunk : parts) {
      for (size_t i = 0; i < samples.size(); ++i) samples[i].add(std::move(chunk[i]));
    }
    return {};
  }));
  for (size_t i = 0; i < level.size(); ++i) {
    fitted.add(level[i]->reference(), std::move(samples[i]).statistics(at));
    newly_fitted.push_back(level[i]->reference());
  }
  return {};
}

}  // namespace coterie::features
