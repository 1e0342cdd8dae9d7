#pragma once
// Kernels: one operation over a block of rows, the instructions of a compiled expression.
//
// A block is at most Workspace::block_rows() rows. Each vector has a null byte a row (0 or 1) and
// one of three data arrays; what a data array holds under a null is unspecified, so numeric kernels
// are defined for any bits and text kernels skip nulls. Kernels are total: what cannot be computed
// is null.

#include <cstdint>
#include <string_view>

#include "expr/ast.h"

namespace coterie::expr {

class Arena;

// Which array of a vector a type uses.
enum class Lane : uint8_t { kInteger, kReal, kText };
constexpr Lane lane_of(Type type) {
  if (type.is(TypeKind::kReal)) return Lane::kReal;
  return type.is(TypeKind::kText) ? Lane::kText : Lane::kInteger;
}

struct VectorView {
  const int64_t* integers = nullptr;
  const double* reals = nullptr;
  const std::string_view* texts = nullptr;
  const uint8_t* nulls = nullptr;
};

struct Vector {
  int64_t* integers = nullptr;
  double* reals = nullptr;
  std::string_view* texts = nullptr;
  uint8_t* nulls = nullptr;
};

// The output never aliases an input.
struct KernelCall {
  int64_t rows = 0;
  const VectorView* in = nullptr;
  int count = 0;  // of `in`
  Vector out;
  int64_t first = 0;  // parameters that the compiler fixed: scale factors, digits
  int64_t second = 0;
  Arena* arena = nullptr;  // for texts that are built
};

using Kernel = void (*)(const KernelCall&);

template <class T>
const T* lane(const VectorView& vector) {
  if constexpr (std::is_same_v<T, int64_t>) return vector.integers;
  if constexpr (std::is_same_v<T, double>) return vector.reals;
  if constexpr (std::is_same_v<T, std::string_view>) return vector.texts;
}
template <class T>
T* lane(const Vector& vector) {
  if constexpr (std::is_same_v<T, int64_t>) return vector.integers;
  if constexpr (std::is_same_v<T, double>) return vector.reals;
  if constexpr (std::is_same_v<T, std::string_view>) return vector.texts;
}

// f(a, out, call) computes one row and returns whether the result is null.
template <class Out, class A, auto f>
void unary_kernel(const KernelCall& call) {
  constexpr bool kSkipNulls = std::is_same_v<A, std::string_view>;
  const A* const a = lane<A>(call.in[0]);
  const uint8_t* const nulls = call.in[0].nulls;
  Out* const out = lane<Out>(call.out);
  uint8_t* const out_nulls = call.out.nulls;
  for (int64_t i = 0; i < call.rows; ++i) {
    if constexpr (kSkipNulls) {
      out_nulls[i] = nulls[i] != 0 || f(a[i], out[i], call);
    } else {
      const bool null = f(a[i], out[i], call);
      out_nulls[i] = static_cast<uint8_t>(nulls[i] | static_cast<uint8_t>(null));
    }
  }
}

// f(a, b, out, call), null where either operand is.
template <class Out, class A, class B, auto f>
void binary_kernel(const KernelCall& call) {
  constexpr bool kSkipNulls =
      std::is_same_v<A, std::string_view> || std::is_same_v<B, std::string_view>;
  const A* const a = lane<A>(call.in[0]);
  const B* const b = lane<B>(call.in[1]);
  const uint8_t* const a_nulls = call.in[0].nulls;
  const uint8_t* const b_nulls = call.in[1].nulls;
  Out* const out = lane<Out>(call.out);
  uint8_t* const out_nulls = call.out.nulls;
  for (int64_t i = 0; i < call.rows; ++i) {
    const auto either = static_cast<uint8_t>(a_nulls[i] | b_nulls[i]);
    if constexpr (kSkipNulls) {
      out_nulls[i] = either != 0 || f(a[i], b[i], out[i], call);
    } else {
      const bool null = f(a[i], b[i], out[i], call);
      out_nulls[i] = static_cast<uint8_t>(either | static_cast<uint8_t>(null));
    }
  }
}

// kernels_arithmetic.cc: op of two ints or two reals; `first` and `second` scale decimal operands.
Kernel arithmetic_kernel(Operator op, Type result);
Kernel negate_kernel(Type type);
// kernels_compare.cc: any six comparisons. kScaled compares first * a with second * b exactly.
Kernel compare_kernel(Operator op, Lane lane);
Kernel scaled_compare_kernel(Operator op);
Kernel least_kernel(Lane lane);     // two operands, nulls passed over
Kernel greatest_kernel(Lane lane);  // likewise
// kernels_logic.cc
Kernel and_kernel();
Kernel or_kernel();
Kernel not_kernel();
Kernel is_null_kernel(bool negated);
Kernel select_kernel(Lane lane);      // in[0] true ? in[1] : in[2]
Kernel coalesce_kernel(Lane lane);    // in[0] unless null, else in[1]
Kernel null_where_kernel(Lane lane);  // in[1], but null where in[0] is true
// kernels_convert.cc
Kernel scale_up_kernel();         // integer * first, null beyond 18 digits
Kernel scale_down_kernel();       // integer / first, halves away from zero
Kernel decimal_to_real_kernel();  // `first` is the scale
Kernel real_to_int_kernel();
Kernel real_to_decimal_kernel();   // `first` is 10^scale
Kernel finite_kernel();            // null where not finite
Kernel to_text_kernel(Type from);  // `first` is a decimal's scale
Kernel text_to_kernel(Type to);    // int, real or date
// kernels_math.cc: of reals and of decimals; `first` is the number of digits or 10^scale.
Kernel math_kernel(FunctionId function, Type argument, bool has_digits);
// kernels_text.cc
Kernel text_kernel(FunctionId function);
Kernel like_kernel();
// kernels_time.cc: of a date or a timestamp
Kernel time_kernel(FunctionId function, Type argument);
Kernel days_between_kernel();  // two dates

}  // namespace coterie::expr
