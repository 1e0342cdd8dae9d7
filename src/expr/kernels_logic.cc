#include "expr/kernel.h"

namespace coterie::expr {
namespace {

// Kleene's logic: a false side makes `and` false whatever the other is, a true side `or` true.
template <bool decisive>
void connect(const KernelCall& call) {
  const VectorView& a = call.in[0];
  const VectorView& b = call.in[1];
  for (int64_t i = 0; i < call.rows; ++i) {
    const bool a_decides = a.nulls[i] == 0 && (a.integers[i] != 0) == decisive;
    const bool b_decides = b.nulls[i] == 0 && (b.integers[i] != 0) == decisive;
    const bool decided = a_decides || b_decides;
    call.out.integers[i] = decided == decisive ? 1 : 0;
    call.out.nulls[i] = static_cast<uint8_t>(!decided && (a.nulls[i] | b.nulls[i]) != 0);
  }
}

bool invert(int64_t a, int64_t& out, const KernelCall&) {
  out = a == 0 ? 1 : 0;
  return false;
}

template <bool negated>
void test_null(const KernelCall& call) {
  for (int64_t i = 0; i < call.rows; ++i) {
    call.out.integers[i] = (call.in[0].nulls[i] != 0) != negated ? 1 : 0;
    call.out.nulls[i] = 0;
  }
}

template <class T>
void select(const KernelCall& call) {
  const VectorView& condition = call.in[0];
  const T* const yes = lane<T>(call.in[1]);
  const T* const no = lane<T>(call.in[2]);
  T* const out = lane<T>(call.out);
  for (int64_t i = 0; i < call.rows; ++i) {
    const bool chosen = condition.nulls[i] == 0 && condition.integers[i] != 0;
    out[i] = chosen ? yes[i] : no[i];
    call.out.nulls[i] = chosen ? call.in[1].nulls[i] : call.in[2].nulls[i];
  }
}

template <class T>
void coalesce(const KernelCall& call) {
  const T* const first = lane<T>(call.in[0]);
  const T* const other = lane<T>(call.in[1]);
  T* const out = lane<T>(call.out);
  for (int64_t i = 0; i < call.rows; ++i) {
    const bool missing = call.in[0].nulls[i] != 0;
    out[i] = missing ? other[i] : first[i];
    call.out.nulls[i] = static_cast<uint8_t>(missing ? call.in[1].nulls[i] : 0);
  }
}

template <class T>
void null_where(const KernelCall& call) {
  const VectorView& condition = call.in[0];
  const T* const value = lane<T>(call.in[1]);
  T* const out = lane<T>(call.out);
  for (int64_t i = 0; i < call.rows; ++i) {
    const bool hit = condition.nulls[i] == 0 && condition.integers[i] != 0;
    out[i] = value[i];
    call.out.nulls[i] = static_cast<uint8_t>(hit ? 1 : call.in[1].nulls[i]);
  }
}

Kernel by_lane(Lane lane, Kernel integers, Kernel reals, Kernel texts) {
  if (lane == Lane::kInteger) return integers;
  return lane == Lane::kReal ? reals : texts;
}

}  // namespace

Kernel and_kernel() { return &connect<false>; }
Kernel or_kernel() { return &connect<true>; }
Kernel not_kernel() { return &unary_kernel<int64_t, int64_t, invert>; }
Kernel is_null_kernel(bool negated) { return negated ? &test_null<true> : &test_null<false>; }
Kernel select_kernel(Lane lane) {
  return by_lane(lane, &select<int64_t>, &select<double>, &select<std::string_view>);
}
Kernel coalesce_kernel(Lane lane) {
  return by_lane(lane, &coalesce<int64_t>, &coalesce<double>, &coalesce<std::string_view>);
}
Kernel null_where_kernel(Lane lane) {
  return by_lane(lane, &null_where<int64_t>, &null_where<double>, &null_where<std::string_view>);
}

}  // namespace coterie::expr
