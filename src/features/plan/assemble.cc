#include <algorithm>
#include <limits>

#include "expr/number_text.h"
#include "features/plan/request_steps_internal.h"

namespace coterie::features {
namespace {

constexpr int32_t kUnasked = -2;  // of a code whose element was not looked up yet

// Elements that are all written again need no clearing first.
template <class T>
void set_size(std::vector<T>& values, size_t size) {
  if (values.size() != size) values.resize(size);
}

// One call of RequestPlan::assemble. Reads online are mostly of one row: known to be one, no loop
// over rows is left of it, and no call of memset for a byte.
template <bool kOneRow>
class Assembly {
 public:
  Assembly(const RequestSteps& plan, const AssemblyInput& input, RequestMemory& workspace)
      : plan_(plan), input_(input), workspace_(workspace), rows_(static_cast<size_t>(input.rows)) {}

  void run() {
    for (size_t t = 0; t < plan_.times.size(); ++t) set_times(plan_.times[t], workspace_.times[t]);
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      const RequestStep& step = plan_.steps[s];
      ValueColumn& column = *workspace_.results_at[s];
      set_size(column.nulls, rows());
      if (step.compiled->expression) {
        from_expression(s, column);
      } else if (step.compiled->vectors != nullptr) {
        from_model(step, column);
      } else if (step.slots.size() == 2) {
        from_ratio(step, column);
      } else if (slot(step, 0).list) {
        from_list(s, column);
      } else {
        from_slot(step, column);
      }
      set_statuses(workspace_.times[static_cast<size_t>(step.times)], column);
      if (step.encodes) encode(step, input_.at, column);
      finish_statuses(step, column);
    }
  }

 private:
  size_t rows() const { return kOneRow ? 1 : rows_; }
  const SlotColumn& slot(const RequestStep& step, size_t i) const {
    const auto source = static_cast<size_t>(step.compiled->slots[i].source);
    return input_.slots[source][static_cast<size_t>(step.slots[i])];
  }
  const TextPool& pool(const SlotUse& use, int column) const {
    return *input_.pools[static_cast<size_t>(use.source)][static_cast<size_t>(column)];
  }
  // `of` by row.
  template <class T, class Value>
  void fill(std::vector<T>& values, const Value& of) const {
    set_size(values, rows());
    for (size_t r = 0; r < rows(); ++r) values[r] = of(r);
  }
  void from_slot(const RequestStep& step, ValueColumn& column);
  void from_ratio(const RequestStep& step, ValueColumn& column);
  void from_model(const RequestStep& step, ValueColumn& column);
  void from_list(size_t s, ValueColumn& column);
  void fill_vector(size_t s, ValueColumn& column);
  void fill_texts(const RequestStep& step, ValueColumn& column);
  void from_expression(size_t s, ValueColumn& column);
  double part(const RequestStep& step, size_t i, size_t row) const;
  void set_times(const EventTimes& times, RowTimes& out) const;
  void set_statuses(const RowTimes& times, ValueColumn& column) const;
  void finish_statuses(const RequestStep& step, ValueColumn& column) const;

  const RequestSteps& plan_;
  const AssemblyInput& input_;
  RequestMemory& workspace_;
  size_t rows_;
};

template <bool kOneRow>
void Assembly<kOneRow>::from_slot(const RequestStep& step, ValueColumn& column) {
  const SlotUse& use = step.compiled->slots[0];
  const SlotColumn& from = slot(step, 0);
  fill(column.nulls, [&](size_t r) { return from.nulls[r]; });
  if (use.unit == SlotUnit::kDays) {
    fill(column.reals,
         [&](size_t r) { return static_cast<double>(from.integers[r]) / double{kMicrosPerDay}; });
  } else if (use.unit == SlotUnit::kScaled) {
    const auto divisor = static_cast<double>(expr::kPowersOfTen[use.scale]);
    fill(column.reals, [&](size_t r) { return from.reals[r] / divisor; });
  } else if (from.cell == Cell::kReal) {
    fill(column.reals, [&](size_t r) { return from.reals[r]; });
  } else if (from.cell == Cell::kInteger) {
    fill(column.integers, [&](size_t r) { return from.integers[r]; });
  } else {
    const TextPool& texts = pool(use, use.aggregate.column);
    fill(column.texts, [&](size_t r) {
      return from.nulls[r] == 0 ? texts.at(from.codes[r]) : std::string_view();
    });
  }
}

template <bool kOneRow>
double Assembly<kOneRow>::part(const RequestStep& step, size_t i, size_t row) const {
  const SlotUse& use = step.compiled->slots[i];
  const SlotColumn& from = slot(step, i);
  if (use.unit == SlotUnit::kDays)
    return static_cast<double>(from.integers[row]) / double{kMicrosPerDay};
  if (use.unit == SlotUnit::kScaled)
    return from.reals[row] / static_cast<double>(expr::kPowersOfTen[use.scale]);
  if (from.cell == Cell::kReal) return from.reals[row];
  return expr::decimal_to_real(from.integers[row], use.type.scale);
}

template <bool kOneRow>
void Assembly<kOneRow>::from_ratio(const RequestStep& step, ValueColumn& column) {
  column.reals.assign(rows(), 0);
  for (size_t r = 0; r < rows(); ++r) {
    column.nulls[r] = slot(step, 0).nulls[r] | slot(step, 1).nulls[r];
    const double divisor = column.nulls[r] != 0 ? 0 : part(step, 1, r);
    if (divisor == 0) {
      column.nulls[r] = 1;
    } else {
      column.reals[r] = part(step, 0, r) / divisor;
    }
  }
}

template <bool kOneRow>
void Assembly<kOneRow>::from_model(const RequestStep& step, ValueColumn& column) {
  const ModelVectors& vectors = *step.compiled->vectors;
  const SlotColumn& from = slot(step, 0);
  const auto width = static_cast<size_t>(vectors.width);
  column.elements.assign(rows() * width, 0.0);
  for (size_t r = 0; r < rows(); ++r) {
    const std::span<const float> vector =
        from.nulls[r] != 0 ? std::span<const float>() : vectors.of(from.integers[r]);
    column.nulls[r] = vector.empty() ? 1 : 0;
    std::ranges::copy(vector, column.elements.begin() + static_cast<std::ptrdiff_t>(r * width));
  }
}

template <bool kOneRow>
void Assembly<kOneRow>::from_list(size_t s, ValueColumn& column) {
  const RequestStep& step = plan_.steps[s];
  if (step.raw.shape == Shape::kVector) {
    fill_vector(s, column);
  } else {
    fill_texts(step, column);
  }
}

template <bool kOneRow>
void Assembly<kOneRow>::fill_vector(size_t s, ValueColumn& column) {
  const RequestStep& step = plan_.steps[s];
  const SlotUse& use = step.compiled->slots[0];
  const SlotColumn& from = slot(step, 0);
  const TextPool& texts = pool(use, use.aggregate.group);
  std::vector<int32_t>& positions = workspace_.positions[s];
  positions.resize(static_cast<size_t>(texts.size()), kUnasked);
  const auto width = static_cast<size_t>(step.type.width);
  const bool share = step.definition().aggregation->share;
  const auto divisor = static_cast<double>(expr::kPowersOfTen[use.scale]);
  column.elements.assign(rows() * width, 0.0);
  for (size_t r = 0, entry = 0; r < rows(); ++r) {
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

template <bool kOneRow>
void Assembly<kOneRow>::fill_texts(const RequestStep& step, ValueColumn& column) {
  const SlotUse& use = step.compiled->slots[0];
  const SlotColumn& from = slot(step, 0);
  const TextPool& texts = pool(use, use.aggregate.group);
  const bool single = step.raw.shape == Shape::kScalar;
  column.entries.clear();
  column.ends.clear();
  column.texts.assign(single ? rows() : 0, {});
  for (size_t r = 0, entry = 0; r < rows(); ++r) {
    const auto end = static_cast<size_t>(from.ends[r]);
    column.nulls[r] = entry == end ? 1 : 0;
    if (single && entry < end) column.texts[r] = texts.at(from.entry_codes[entry]);
    for (; entry < end; ++entry) {
      if (!single) column.entries.push_back(texts.at(from.entry_codes[entry]));
    }
    column.ends.push_back(static_cast<int32_t>(column.entries.size()));
  }
}

template <bool kOneRow>
void Assembly<kOneRow>::from_expression(size_t s, ValueColumn& column) {
  const RequestStep& step = plan_.steps[s];
  std::vector<expr::ColumnData>& columns = workspace_.inputs;
  columns.clear();
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
  column.nulls.resize(rows(), 0);
}

template <bool kOneRow>
void Assembly<kOneRow>::set_times(const EventTimes& times, RowTimes& out) const {
  out.outside = false;
  set_size(out.newest, rows());
  set_size(out.statuses, rows());
  for (size_t r = 0; r < rows(); ++r) {
    Micros newest = kNever;
    for (const int source : times.sources)
      newest = std::max(newest, input_.newest[static_cast<size_t>(source)][r]);
    ValueStatus status = ValueStatus::kPresent;
    if (newest == kNever && !times.sources.empty()) {
      status = ValueStatus::kNotFound;
    } else if (times.ttl > 0 && newest > kStaticTime && newest < input_.at[r] - times.ttl) {
      status = ValueStatus::kOutsideMaxAge;
      out.outside = true;
    }
    out.newest[r] = newest;
    out.statuses[r] = status;
  }
}

template <bool kOneRow>
void Assembly<kOneRow>::set_statuses(const RowTimes& times, ValueColumn& column) const {
  if (!input_.values_only) {
    fill(column.event_times, [&](size_t r) { return times.newest[r]; });
    fill(column.statuses, [&](size_t r) { return times.statuses[r]; });
  }
  if (!times.outside) return;
  for (size_t r = 0; r < rows(); ++r) {
    if (times.statuses[r] == ValueStatus::kOutsideMaxAge) column.nulls[r] = 1;
  }
}

template <bool kOneRow>
void Assembly<kOneRow>::finish_statuses(const RequestStep& step, ValueColumn& column) const {
  for (size_t r = 0; r < rows(); ++r) {
    if (column.nulls[r] == 0) continue;
    if (!step.fallback) {
      if (!input_.values_only && column.statuses[r] == ValueStatus::kPresent)
        column.statuses[r] = ValueStatus::kNull;
      continue;
    }
    column.nulls[r] = 0;
    if (step.type.type.is(expr::TypeKind::kReal)) {
      column.reals[r] = step.fallback->real;
    } else if (step.type.type.is(expr::TypeKind::kText)) {
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
  if (input.rows == 1) {
    Assembly<true>(*steps_, input, memory).run();
  } else {
    Assembly<false>(*steps_, input, memory).run();
  }
}

}  // namespace coterie::features
