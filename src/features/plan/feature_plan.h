#pragma once
// A registry's features, compiled against the columns that there are: what is kept of each source's
// rows, which aggregates run over them, and how values follow from these. Batch, point-in-time and
// online execution share a plan's meaning by sharing this code; they differ in who keeps the
// events.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "expr/expr.h"
#include "features/plan/fitted.h"
#include "features/plan/model_vectors.h"
#include "features/plan/source_plan.h"
#include "features/plan/value_column.h"
#include "features/registry/registry.h"
#include "features/window/window_plan.h"

namespace coterie::features {

// How a slot becomes a value.
enum class SlotUnit : uint8_t {
  kAsIs,
  kScaled,  // a real computed from unscaled decimals: times 10^-scale
  kDays,    // microseconds to days
};

struct SlotUse {
  int source = 0;  // of FeaturePlan::sources()
  Aggregate aggregate;
  expr::Type type;  // of the value
  SlotUnit unit = SlotUnit::kAsIs;
  int scale = 0;
};

// One feature, after those that it needs.
struct CompiledFeature {
  const FeatureDefinition* definition = nullptr;
  ValueType type;                                   // fitted widths are 0 until they are fitted
  std::vector<SlotUse> slots;                       // one; two of a ratio; none of a derived one
  std::optional<expr::Expression> expression = {};  // of a derived one, over `inputs`
  // By column of the expression: a feature's name, a request field "source.field", as_of,
  // as_of_day.
  std::vector<std::string> inputs = {};
  // Sources whose events decide it, also through its inputs.
  std::vector<int> sources = {};
  std::shared_ptr<const ModelVectors> vectors = {};  // of a model's: the slot says which row
};

// A column that a request must bring.
struct RequestField {
  std::string name;
  expr::Type type;
};

// Immutable, cheap to move. The registry outlives it.
class FeaturePlan {
 public:
  // Compiles these features and what they need. kInvalidInput points at the registry's line:
  // unknown columns, functions that do not fit a type, a table without time that is not `static`.
  static Result<FeaturePlan> compile(const Registry& registry, const SourceSchemas& schemas,
                                     std::span<const FeatureDefinition* const> features,
                                     const ModelVectorSet& models = {});

  const Registry& registry() const { return *registry_; }
  const std::vector<SourcePlan>& sources() const { return sources_; }
  // In an order in which each comes after what it needs.
  const std::vector<CompiledFeature>& features() const { return features_; }
  const CompiledFeature* find(std::string_view name) const;
  const std::vector<RequestField>& request_fields() const { return request_fields_; }

 private:
  friend class PlanCompiler;
  const Registry* registry_ = nullptr;
  std::vector<std::unique_ptr<const Source>> model_sources_;  // that no registry defines
  std::vector<SourcePlan> sources_;
  std::vector<CompiledFeature> features_;
  std::vector<RequestField> request_fields_;
};

}  // namespace coterie::features
