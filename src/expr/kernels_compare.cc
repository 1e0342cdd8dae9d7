#include <algorithm>
#include <cmath>

#include "expr/kernel.h"

namespace coterie::expr {
namespace {

// A total order, as SQL's: NaN equals itself and stands above every other real.
bool equal(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
bool less(double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; }
bool equal(int64_t a, int64_t b) { return a == b; }
bool less(int64_t a, int64_t b) { return a < b; }
bool equal(std::string_view a, std::string_view b) { return a == b; }
bool less(std::string_view a, std::string_view b) { return a < b; }
bool equal(Wide a, Wide b) { return a == b; }
bool less(Wide a, Wide b) { return a < b; }

template <class T, Operator op>
bool holds(T a, T b) {
  if constexpr (op == Operator::kEqual) return equal(a, b);
  if constexpr (op == Operator::kNotEqual) return !equal(a, b);
  if constexpr (op == Operator::kLess) return less(a, b);
  if constexpr (op == Operator::kLessEqual) return !less(b, a);
  if constexpr (op == Operator::kGreater) return less(b, a);
  if constexpr (op == Operator::kGreaterEqual) return !less(a, b);
}

template <class T, Operator op>
bool compare(T a, T b, int64_t& out, const KernelCall&) {
  out = holds<T, op>(a, b) ? 1 : 0;
  return false;
}

template <Operator op>
bool compare_scaled(int64_t a, int64_t b, int64_t& out, const KernelCall& call) {
  out = holds<Wide, op>(Wide{a} * call.first, Wide{b} * call.second) ? 1 : 0;
  return false;
}

template <class T>
Kernel pick(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return &binary_kernel<int64_t, T, T, compare<T, Operator::kEqual>>;
    case Operator::kNotEqual:
      return &binary_kernel<int64_t, T, T, compare<T, Operator::kNotEqual>>;
    case Operator::kLess:
      return &binary_kernel<int64_t, T, T, compare<T, Operator::kLess>>;
    case Operator::kLessEqual:
      return &binary_kernel<int64_t, T, T, compare<T, Operator::kLessEqual>>;
    case Operator::kGreater:
      return &binary_kernel<int64_t, T, T, compare<T, Operator::kGreater>>;
    case Operator::kGreaterEqual:
      return &binary_kernel<int64_t, T, T, compare<T, Operator::kGreaterEqual>>;
    default:
      return nullptr;
  }
}

template <Operator op>
constexpr Kernel kScaled = &binary_kernel<int64_t, int64_t, int64_t, compare_scaled<op>>;

// Of equal values the first stays, which shows for 0.0 and -0.0.
template <class T, bool greatest>
void extreme(const KernelCall& call) {
  const T* const a = lane<T>(call.in[0]);
  const T* const b = lane<T>(call.in[1]);
  T* const out = lane<T>(call.out);
  for (int64_t i = 0; i < call.rows; ++i) {
    const bool a_null = call.in[0].nulls[i] != 0;
    const bool b_null = call.in[1].nulls[i] != 0;
    call.out.nulls[i] = static_cast<uint8_t>(a_null && b_null);
    if (a_null || b_null) {
      out[i] = a_null ? b[i] : a[i];
      continue;
    }
    const bool take_second = greatest ? less(a[i], b[i]) : less(b[i], a[i]);
    out[i] = take_second ? b[i] : a[i];
  }
}

template <bool greatest>
Kernel extreme_kernel(Lane lane) {
  switch (lane) {
    case Lane::kInteger:
      return &extreme<int64_t, greatest>;
    case Lane::kReal:
      return &extreme<double, greatest>;
    case Lane::kText:
      return &extreme<std::string_view, greatest>;
  }
  return nullptr;
}

}  // namespace

Kernel compare_kernel(Operator op, Lane lane) {
  switch (lane) {
    case Lane::kInteger:
      return pick<int64_t>(op);
    case Lane::kReal:
      return pick<double>(op);
    case Lane::kText:
      return pick<std::string_view>(op);
  }
  return nullptr;
}

Kernel scaled_compare_kernel(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return kScaled<Operator::kEqual>;
    case Operator::kNotEqual:
      return kScaled<Operator::kNotEqual>;
    case Operator::kLess:
      return kScaled<Operator::kLess>;
    case Operator::kLessEqual:
      return kScaled<Operator::kLessEqual>;
    case Operator::kGreater:
      return kScaled<Operator::kGreater>;
    case Operator::kGreaterEqual:
      return kScaled<Operator::kGreaterEqual>;
    default:
      return nullptr;
  }
}

Kernel least_kernel(Lane lane) { return extreme_kernel<false>(lane); }
Kernel greatest_kernel(Lane lane) { return extreme_kernel<true>(lane); }

}  // namespace coterie::expr
