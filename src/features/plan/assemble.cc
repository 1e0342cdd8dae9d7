#include <algorithm>
#include <limits>

#include "expr/number_text.h"
#include "features/plan/request_steps_internal.h"

namespace coterie::features {
namespace {

constexpr int32_t kUnasked = -2;  // of a code whose element was not looked up yet

// One call of RequestPlan::assemble.
class Assembly {
 public:
  Assembly(const RequestSteps& plan, const AssemblyInput& input, RequestMemory& workspace)
      : plan_(plan), input_(input), workspace_(workspace), rows_(static_cast<size_t>(input.rows)) {}

  void run() {
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      const RequestStep& step = plan_.steps[s];
      ValueColumn& column = *workspace_.results_at[s];
      column.nulls.assign(rows_, 0);
      if (step.compiled->expression) {
        from_expression(s, column);
      } else if (step.slots.size() == 2) {
        from_ratio(step, column);
      } else if (slot(step, 0).list) {
        from_list(s, column);
      } else {
        from_slot(step, column);
      }
      set_statuses(step, column);
      if (step.encodes) encode(step, input_.at, column);
      finish_statuses(step, column);
    }
  }

 private:
  const SlotColumn& slot(const RequestStep& step, size_t i) const {
    const auto source = static_cast<size_t>(step.compiled->slots[i].source);
    return input_.slots[source][static_cast<size_t>(step.slots[i])];
  }
  const TextPool& pool(const SlotUse& use, int column) const {
    return *input_.pools[static_cast<size_t>(use.source)][static_cast<size_t>(column)];
  }
  void from_slot(const RequestStep& step, ValueColumn& column);
  void from_ratio(const RequestStep& step, ValueColumn& column);
  void from_list(size_t s, ValueColumn& column);
  void fill_vector(size_t s, ValueColumn& column);
  void fill_texts(const RequestStep& step, ValueColumn& column);
  void from_expression(size_t s, ValueColumn& column);
  double part(const RequestStep& step, size_t i, size_t row) const;
  void set_statuses(const RequestStep& step, ValueColumn& column);
  static void finish_statuses(const RequestStep& step, ValueColumn& column);

  const RequestSteps& plan_;
  const AssemblyInput& input_;
  RequestMemory& workspace_;
  size_t rows_;
};

void Assembly::from_slot(const RequestStep& step, ValueColumn& column) {
  const SlotUse& use = step.compiled->slots[0];
  const SlotColumn& from = slot(step, 0);
  std::copy_n(from.nulls.begin(), rows_, column.nulls.begin());
  if (use.unit == SlotUnit::kDays) {
    column.reals.resize(rows_);
    for (size_t r = 0; r < rows_; ++r)
      column.reals[r] = static_cast<double>(from.integers[r]) / double{kMicrosPerDay};
  } else if (use.unit == SlotUnit::kScaled) {
    column.reals.resize(rows_);
    const auto divisor = static_cast<double>(expr::kPowersOfTen[use.scale]);
    for (size_t r = 0; r < rows_; ++r) column.reals[r] = from.reals[r] / divisor;
  } else if (from.cell == Cell::kReal) {
    column.reals.assign(from.reals.begin(), from.reals.begin() + input_.rows);
  } else if (from.cell == Cell::kInteger) {
    column.integers.assign(from.integers.begin(), from.integers.begin() + input_.rows);
  } else {
    const TextPool& texts = pool(use, use.aggregate.column);
    column.texts.assign(rows_, {});
    for (size_t r = 0; r < rows_; ++r) {
      if (from.nulls[r] == 0) column.texts[r] = texts.at(from.codes[r]);
    }
  }
}

double Assembly::part(const RequestStep& step, size_t i, size_t row) const {
  const SlotUse& use = step.compiled->slots[i];
  const SlotColumn& from = slot(step, i);
  if (use.unit == SlotUnit::kDays)
    return static_cast<double>(from.integers[row]) / double{kMicrosPerDay};
  if (use.unit == SlotUnit::kScaled)
    return from.reals[row] / static_cast<double>(expr::kPowersOfTen[use.scale]);
  if (from.cell == Cell::kReal) return from.reals[row];
  return expr::decimal_to_real(from.integers[row], use.type.scale);
}

void Assembly::from_ratio(const RequestStep& step, ValueColumn& column) {
  column.reals.assign(rows_, 0);
  for (size_t r = 0; r < rows_; ++r) {
    column.nulls[r] = slot(step, 0).nulls[r] | slot(step, 1).nulls[r];
    const double divisor = column.nulls[r] != 0 ? 0 : part(step, 1, r);
    if (divisor == 0) {
      column.nulls[r] = 1;
    } else {
      column.reals[r] = part(step, 0, r) / divisor;
    }
  }
}

void Assembly::from_list(size_t s, ValueColumn& column) {
  const RequestStep& step = plan_.steps[s];
  if (step.raw.shape == Shape::kVector) {
    fill_vector(s, column);
  } else {
    fill_texts(step, column);
  }
}

void Assembly::fill_vector(size_t s, ValueColumn& column) {
  const RequestStep& step = plan_.steps[s];
  const SlotUse& use = step.compiled->slots[0];
  const SlotColumn& from = slot(step, 0);
  const TextPool& texts = pool(use, use.aggregate.group);
  std::vector<int32_t>& positions = workspace_.positions[s];
  positions.resize(static_cast<size_t>(texts.size()), kUnasked);
  const auto width = static_cast<size_t>(step.type.width);
  const bool share = step.definition().aggregation->share;
  const auto divisor = static_cast<double>(expr::kPowersOfTen[use.scale]);
  column.elements.assign(rows_ * width, 0.0);
  for (size_t r = 0, entry = 0; r < rows_; ++r) {
    const auto end = static_cast<size_t>(from.ends[r]);
    column.nulls[r] = entry == end ? 1 : 0;
    double sum = 0;
    for (size_t e = entry; e < end; ++e) sum += from.entry_values[e];
    for (; entry < end; ++entry) {
      int32_t& position = positions[static_cast<size_t>(from.entry_codes[entry])];
      if (position == kUnasked) {
        const auto found = step.positions.find(texts.at(from.entry_codes[entry]));
        position = found == step.positions.end() ? -1 : found->second;
      }
      if (position < 0) continue;
      const double value = from.entry_values[entry];
      column.elements[r * width + static_cast<size_t>(position)] =
          share ? (sum == 0 ? 0 : value / sum) : value / divisor;
    }
  }
}

void Assembly::fill_texts(const RequestStep& step, ValueColumn& column) {
  const SlotUse& use = step.compiled->slots[0];
  const SlotColumn& from = slot(step, 0);
  const TextPool& texts = pool(use, use.aggregate.group);
  const bool single = step.raw.shape == Shape::kScalar;
  column.entries.clear();
  column.ends.clear();
  column.texts.assign(single ? rows_ : 0, {});
  for (size_t r = 0, entry = 0; r < rows_; ++r) {
    const auto end = static_cast<size_t>(from.ends[r]);
    column.nulls[r] = entry == end ? 1 : 0;
    if (single && entry < end) column.texts[r] = texts.at(from.entry_codes[entry]);
    for (; entry < end; ++entry) {
      if (!single) column.entries.push_back(texts.at(from.entry_codes[entry]));
    }
    column.ends.push_back(static_cast<int32_t>(column.entries.size()));
  }
}

void Assembly::from_expression(size_t s, ValueColumn& column) {
  const RequestStep& step = plan_.steps[s];
  std::vector<expr::ColumnData> columns;
  for (const StepInput& input : step.inputs) {
    switch (input.kind) {
      case StepInput::Kind::kStep:
        columns.push_back(workspace_.results_at[static_cast<size_t>(input.index)]->view());
        break;
      case StepInput::Kind::kRequest:
        columns.push_back(input_.request[static_cast<size_t>(input.index)]);
        break;
      case StepInput::Kind::kAsOf:
        columns.push_back({.integers = input_.at.data()});
        break;
      case StepInput::Kind::kAsOfDay:
        workspace_.as_of_days.assign(input_.as_of_days.begin(), input_.as_of_days.end());
        columns.push_back({.integers = workspace_.as_of_days.data()});
        break;
    }
  }
  expr::ColumnResult& result = workspace_.results[s];
  step.compiled->expression->evaluate_batch(columns, input_.rows, *workspace_.expressions[s],
                                            result);
  // Swapped: both keep their memory from call to call.
  column.integers.swap(result.integers);
  column.reals.swap(result.reals);
  column.texts.swap(result.texts);
  column.nulls.swap(result.nulls);
  column.nulls.resize(rows_, 0);
}

void Assembly::set_statuses(const RequestStep& step, ValueColumn& column) {
  const Micros ttl = step.definition().ttl;
  column.event_times.assign(rows_, kNever);
  column.statuses.assign(rows_, ValueStatus::kPresent);
  for (const int source : step.compiled->sources) {
    const std::vector<Micros>& newest = input_.newest[static_cast<size_t>(source)];
    for (size_t r = 0; r < rows_; ++r)
      column.event_times[r] = std::max(column.event_times[r], newest[r]);
  }
  if (step.compiled->sources.empty()) return;
  for (size_t r = 0; r < rows_; ++r) {
    if (column.event_times[r] == kNever) {
      column.statuses[r] = ValueStatus::kNotFound;
    } else if (ttl > 0 && column.event_times[r] != kStaticTime &&
               column.event_times[r] < input_.at[r] - ttl) {
      column.statuses[r] = ValueStatus::kOutsideMaxAge;
      column.nulls[r] = 1;
    }
  }
}

void Assembly::finish_statuses(const RequestStep& step, ValueColumn& column) {
  const bool real = step.type.type.is(expr::TypeKind::kReal);
  const bool text = step.type.type.is(expr::TypeKind::kText);
  for (size_t r = 0; r < column.nulls.size(); ++r) {
    if (column.nulls[r] == 0) continue;
    if (!step.fallback) {
      if (column.statuses[r] == ValueStatus::kPresent) column.statuses[r] = ValueStatus::kNull;
      continue;
    }
    column.nulls[r] = 0;
    if (real) {
      column.reals[r] = step.fallback->real;
    } else if (text) {
      column.texts[r] = step.fallback->text;
    } else {
      column.integers[r] = step.fallback->integer;
    }
  }
}

}  // namespace

void RequestPlan::assemble(const AssemblyInput& input, Workspace& workspace,
                           std::vector<ValueColumn>& values) const {
  RequestMemory& memory = *workspace.memory_;
  values.resize(steps_->outputs.size());
  // Outputs are computed in their place, the others in the workspace.
  memory.results_at.clear();
  for (ValueColumn& column : memory.columns) memory.results_at.push_back(&column);
  for (size_t o = 0; o < values.size(); ++o)
    memory.results_at[static_cast<size_t>(steps_->output_steps[o])] = &values[o];
  Assembly(*steps_, input, memory).run();
}

}  // namespace coterie::features
