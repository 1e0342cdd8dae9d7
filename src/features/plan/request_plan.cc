#include "features/plan/request_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "features/plan/request_steps_internal.h"
#include "features/window/evaluator.h"

namespace coterie::features {
namespace {

bool same_aggregate(const Aggregate& a, const Aggregate& b) {
  return a.function == b.function && a.column == b.column && a.mask == b.mask &&
         a.distinct == b.distinct && a.group == b.group && a.window == b.window && a.k == b.k &&
         a.quantile == b.quantile && a.period == b.period;
}

int add_slot(WindowPlan& windows, Aggregate aggregate) {
  for (const Aggregate& each : windows) {
    if (same_aggregate(each, aggregate)) return each.slot;
  }
  aggregate.slot = static_cast<int>(windows.size());
  windows.push_back(aggregate);
  return aggregate.slot;
}

bool groups_fitted(const FeatureDefinition& feature) {
  return feature.kind == FeatureKind::kAggregation &&
         feature.aggregation->function == Function::kGroups && feature.groups.empty();
}

}  // namespace

// Takes features in, with what they need.
class RequestPlanner {
 public:
  RequestPlanner(RequestSteps& out, const FittedSet& fitted) : out_(out), fitted_(fitted) {
    out_.windows.resize(out_.plan->sources().size());
    out_.used.resize(out_.plan->sources().size());
  }

  Result<int> add(const FeatureDefinition& feature, bool raw) {
    const CompiledFeature* compiled = out_.plan->find(feature.name);
    if (compiled == nullptr) {
      return invalid_input(fmt::format("feature '{}' is not part of this plan", feature.name))
          .with_mend("ask for features that the registry marks `online: true`");
    }
    for (size_t s = 0; s < out_.steps.size(); ++s) {
      if (out_.steps[s].compiled == compiled) return static_cast<int>(s);
    }
    RequestStep step{.compiled = compiled};
    for (const std::string& name : compiled->inputs) {
      ASSIGN_OR_RETURN(const StepInput input, input_of(name));
      step.inputs.push_back(input);
    }
    for (const SlotUse& use : compiled->slots)
      step.slots.push_back(add_slot(out_.windows[static_cast<size_t>(use.source)], use.aggregate));
    for (const int source : compiled->sources) out_.used[static_cast<size_t>(source)] = true;
    step.times = add_times({.sources = compiled->sources, .ttl = feature.ttl});
    RETURN_IF_ERROR(set_types(step, raw));
    if (feature.default_value && !raw) {
      ASSIGN_OR_RETURN(step.fallback, parse_default(feature, step.type));
    }
    out_.steps.push_back(std::move(step));
    return static_cast<int>(out_.steps.size() - 1);
  }

 private:
  Result<StepInput> input_of(const std::string& name) {
    if (name == "as_of") return StepInput{StepInput::Kind::kAsOf};
    if (name == "as_of_day") return StepInput{StepInput::Kind::kAsOfDay};
    const auto& fields = out_.plan->request_fields();
    const auto field = std::ranges::find(fields, name, &RequestField::name);
    if (field != fields.end()) {
      const auto index = static_cast<int>(field - fields.begin());
      if (std::ranges::find(out_.request_fields, index) == out_.request_fields.end())
        out_.request_fields.push_back(index);
      return StepInput{StepInput::Kind::kRequest, index};
    }
    const FeatureDefinition* input = out_.plan->registry().feature(name);
    CHECK(input != nullptr);
    ASSIGN_OR_RETURN(const int step, add(*input, false));
    return StepInput{StepInput::Kind::kStep, step};
  }

  int add_times(EventTimes&& times) {
    const auto found = std::ranges::find(out_.times, times);
    const auto place = static_cast<int>(found - out_.times.begin());
    if (found == out_.times.end()) out_.times.push_back(std::move(times));
    return place;
  }

  Status set_types(RequestStep& step, bool raw);
  Status take_fitted(RequestStep& step);

  RequestSteps& out_;
  const FittedSet& fitted_;
};

Status RequestPlanner::take_fitted(RequestStep& step) {
  const std::string reference = step.definition().reference();
  const auto found = fitted_.all().find(reference);
  if (found == fitted_.all().end() || found->second.empty()) {
    return Error(ErrorCode::kUnavailable,
                 fmt::format("the statistics of feature {} were never fitted", reference))
        .with_mend("run `coterie features build` once");
  }
  step.fitted = found->second;
  return {};
}

Status RequestPlanner::set_types(RequestStep& step, bool raw) {
  const FeatureDefinition& feature = step.definition();
  const EncodingKind encoding = feature.encoding.kind;
  const bool list =
      !step.compiled->slots.empty() && WindowEvaluator::is_list(step.compiled->slots[0].aggregate);
  if (!list) {
    step.raw = {.type = step.compiled->expression          ? step.compiled->expression->type()
                        : step.compiled->slots.size() == 2 ? expr::kRealType
                                                           : step.compiled->slots[0].type};
  } else {
    step.raw = step.compiled->type;
    if (raw && groups_fitted(feature)) step.raw = {.shape = Shape::kTexts, .type = expr::kTextType};
  }
  step.type = step.raw;
  const bool fits = feature.encoding.fitted() || groups_fitted(feature);
  if (raw && fits) return {};
  if (fits) RETURN_IF_ERROR(take_fitted(step));
  step.encodes = encoding != EncodingKind::kNone;
  step.type = step.compiled->type;
  if (step.type.shape == Shape::kVector && fits) step.type.labels = step.fitted.front().values;
  step.type.width = static_cast<int>(step.type.labels.size());
  if (!step.encodes) step.raw = step.type;
  for (size_t i = 0; i < step.type.labels.size(); ++i)
    step.positions.emplace(step.type.labels[i], static_cast<int>(i));
  return {};
}

Result<RequestPlan> RequestPlan::make(const FeaturePlan& plan,
                                      std::span<const FeatureDefinition* const> features,
                                      const FittedSet& fitted, bool raw) {
  auto steps = std::make_unique<RequestSteps>();
  steps->plan = &plan;
  RequestPlanner planner(*steps, fitted);
  for (const FeatureDefinition* feature : features) {
    ASSIGN_OR_RETURN(const int step, planner.add(*feature, raw));
    if (std::ranges::find(steps->output_steps, step) != steps->output_steps.end()) {
      return invalid_input(fmt::format("feature '{}' is asked for twice", feature->name))
          .with_mend("name it once");
    }
    steps->output_steps.push_back(step);
    steps->outputs.push_back({feature, steps->steps[static_cast<size_t>(step)].type});
  }
  return RequestPlan(std::move(steps));
}

const WindowPlan& RequestPlan::windows(int source) const {
  return steps_->windows[static_cast<size_t>(source)];
}
bool RequestPlan::uses(int source) const { return steps_->used[static_cast<size_t>(source)]; }
int RequestPlan::slots(int source) const { return static_cast<int>(windows(source).size()); }
const std::vector<RequestPlan::Output>& RequestPlan::outputs() const { return steps_->outputs; }
const std::vector<int>& RequestPlan::request_fields() const { return steps_->request_fields; }

RequestPlan::RequestPlan(std::unique_ptr<const RequestSteps> steps) : steps_(std::move(steps)) {}
RequestPlan::RequestPlan(RequestPlan&&) noexcept = default;
RequestPlan& RequestPlan::operator=(RequestPlan&&) noexcept = default;
RequestPlan::~RequestPlan() = default;

RequestPlan::Workspace::Workspace(const RequestPlan& plan)
    : memory_(std::make_unique<RequestMemory>()) {
  const size_t steps = plan.steps_->steps.size();
  memory_->columns.resize(steps);
  memory_->expressions.resize(steps);
  memory_->results.resize(steps);
  memory_->positions.resize(steps);
  memory_->times.resize(plan.steps_->times.size());
  for (size_t s = 0; s < steps; ++s) {
    const auto& expression = plan.steps_->steps[s].compiled->expression;
    if (expression) memory_->expressions[s].emplace(*expression);
  }
}
RequestPlan::Workspace::~Workspace() = default;
RequestPlan::Workspace::Workspace(Workspace&&) noexcept = default;
RequestPlan::Workspace& RequestPlan::Workspace::operator=(Workspace&&) noexcept = default;

}  // namespace coterie::features
