#pragma once
// A request taken apart: one step a feature, each after those that it reads.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_map.h"
#include "features/plan/feature_plan.h"
#include "features/plan/request_plan.h"

namespace coterie::features {

// A column of a derived feature's expression.
struct StepInput {
  enum class Kind : uint8_t { kStep, kRequest, kAsOf, kAsOfDay } kind = Kind::kStep;
  int index = 0;
};

// A default, in the type of the values.
struct DefaultValue {
  int64_t integer = 0;
  double real = 0;
  std::string text = {};
};

using TextPositions = TextMap<int>;

// When the values of features over the same sources are of, which their ttl decides.
struct EventTimes {
  std::vector<int> sources;
  Micros ttl = 0;
  bool operator==(const EventTimes&) const = default;
};

struct RequestStep {
  const CompiledFeature* compiled = nullptr;
  int times = 0;                // of RequestSteps::times
  std::vector<int> slots = {};  // of the sources of compiled->slots
  std::vector<StepInput> inputs = {};
  ValueType raw = {};  // before the encoding
  ValueType type = {};
  bool encodes = false;
  std::vector<FittedStatistics> fitted = {};  // ascending by as_of
  TextPositions positions = {};               // of a vector's elements
  std::optional<DefaultValue> fallback = {};

  const FeatureDefinition& definition() const { return *compiled->definition; }
};

struct RequestSteps {
  const FeaturePlan* plan = nullptr;
  std::vector<WindowPlan> windows;  // by source
  std::vector<bool> used;           // by source
  std::vector<RequestStep> steps;
  std::vector<EventTimes> times;
  std::vector<RequestPlan::Output> outputs;
  std::vector<int> output_steps;
  std::vector<int> request_fields;
};

// What EventTimes come to in one call, by row.
struct RowTimes {
  std::vector<Micros> newest;
  std::vector<ValueStatus> statuses;
  bool outside = false;  // some row is kOutsideMaxAge
};

// What RequestPlan::Workspace keeps.
struct RequestMemory {
  std::vector<ValueColumn> columns;      // by step
  std::vector<ValueColumn*> results_at;  // by step: there, or in the caller's values
  std::vector<RowTimes> times;           // by RequestSteps::times
  std::vector<std::optional<expr::Workspace>> expressions;
  std::vector<expr::ColumnResult> results;
  std::vector<std::vector<int32_t>> positions;  // by step: code -> element, kUnknownPosition
  std::vector<int64_t> as_of_days;
  std::vector<expr::ColumnData> inputs;  // of the expression under way
};

// The default's text as a value of the type; an error points at the registry's line.
Result<DefaultValue> parse_default(const FeatureDefinition& feature, const ValueType& type);

// `column` holds values of `step.raw`, and becomes values of `step.type`.
void encode(const RequestStep& step, std::span<const Micros> at, ValueColumn& column);

}  // namespace coterie::features
