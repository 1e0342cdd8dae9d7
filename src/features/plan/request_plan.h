#pragma once
// The features of one request or service, out of a plan: which aggregates to run over each source,
// and how their slots become the values asked for.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/plan/feature_plan.h"
#include "features/window/slots.h"
#include "features/window/text_pool.h"

namespace coterie::features {

// By column of a source's layout; null where it is no kCode column.
using SourcePools = std::vector<const TextPool*>;

struct RequestSteps;   // request_steps_internal.h
struct RequestMemory;  // likewise

// What assembling reads, for `rows` rows. Everything is by source of the FeaturePlan, also sources
// that the request does not use (left empty).
struct AssemblyInput {
  int64_t rows = 0;
  std::span<const Micros> at;                      // when
  std::span<const int32_t> as_of_days;             // the day of `at` in the project's time zone
  std::span<const std::vector<SlotColumn>> slots;  // source -> slots of windows(source)
  std::span<const std::vector<Micros>> newest;     // source -> row -> time of the newest visible
                                                   // event; kNever = none
  std::span<const SourcePools> pools;              // source -> column
  std::span<const expr::ColumnData> request = {};  // by FeaturePlan::request_fields()
  bool values_only = false;                        // statuses and event times are not asked for
};

// Immutable, thread-safe. The FeaturePlan outlives it; fitted statistics are copied.
class RequestPlan {
 public:
  // kInvalidInput: features that the plan does not have. kUnavailable: statistics that were never
  // fitted, with the mend `coterie features build`. `raw`: the features asked for come out before
  // their fitted encoding, groups as lists of their names: what fitting reads.
  static Result<RequestPlan> make(const FeaturePlan& plan,
                                  std::span<const FeatureDefinition* const> features,
                                  const FittedSet& fitted, bool raw = false);

  // What to run over the events of a source; slots are numbered from 0 a source. Empty: unused.
  const WindowPlan& windows(int source) const;
  // Whether each source's newest event times are needed at all (ttl, statuses, event times: yes).
  bool uses(int source) const;
  int slots(int source) const;

  // Results, in the order asked for.
  struct Output {
    const FeatureDefinition* definition = nullptr;
    ValueType type;
  };
  const std::vector<Output>& outputs() const;
  // Indices into FeaturePlan::request_fields() that must be given.
  const std::vector<int>& request_fields() const;

  // Memory of one thread.
  class Workspace {
   public:
    explicit Workspace(const RequestPlan& plan);
    ~Workspace();
    Workspace(Workspace&&) noexcept;
    Workspace& operator=(Workspace&&) noexcept;

   private:
    friend class RequestPlan;
    std::unique_ptr<RequestMemory> memory_;
  };

  // Fills `values`, by output; texts are valid until the workspace's next use. Best in batches of
  // some hundred rows, and right with 1.
  void assemble(const AssemblyInput& input, Workspace& workspace,
                std::vector<ValueColumn>& values) const;

  RequestPlan(RequestPlan&&) noexcept;
  RequestPlan& operator=(RequestPlan&&) noexcept;
  ~RequestPlan();

 private:
  explicit RequestPlan(std::unique_ptr<const RequestSteps> steps);
  std::unique_ptr<const RequestSteps> steps_;
};

}  // namespace coterie::features
