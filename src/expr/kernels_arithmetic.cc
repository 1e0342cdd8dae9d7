#include <cmath>

#include "expr/kernel.h"

namespace coterie::expr {
namespace {

bool add_ints(int64_t a, int64_t b, int64_t& out, const KernelCall&) {
  return __builtin_add_overflow(a, b, &out);
}
bool subtract_ints(int64_t a, int64_t b, int64_t& out, const KernelCall&) {
  return __builtin_sub_overflow(a, b, &out);
}
bool multiply_ints(int64_t a, int64_t b, int64_t& out, const KernelCall&) {
  return __builtin_mul_overflow(a, b, &out);
}
bool modulo_ints(int64_t a, int64_t b, int64_t& out, const KernelCall&) {
  // The remainder of the smallest int by -1 overflows in SQL, whose quotient does.
  const bool undefined = b == 0 || (a == INT64_MIN && b == -1);
  out = undefined ? 0 : a % b;
  return undefined;
}

bool add_reals(double a, double b, double& out, const KernelCall&) {
  out = a + b;
  return false;
}
bool subtract_reals(double a, double b, double& out, const KernelCall&) {
  out = a - b;
  return false;
}
bool multiply_reals(double a, double b, double& out, const KernelCall&) {
  out = a * b;
  return false;
}
bool divide_reals(double a, double b, double& out, const KernelCall&) {
  out = a / b;
  return b == 0;
}
bool modulo_reals(double a, double b, double& out, const KernelCall&) {
  out = b == 0 ? 0 : std::fmod(a, b);
  return b == 0;
}

bool keep_decimal(Wide value, int64_t& out) {
  out = static_cast<int64_t>(value);
  return value <= -kDecimalLimit || value >= kDecimalLimit;
}
bool add_decimals(int64_t a, int64_t b, int64_t& out, const KernelCall& call) {
  return keep_decimal(Wide{a} * call.first + Wide{b} * call.second, out);
}
bool subtract_decimals(int64_t a, int64_t b, int64_t& out, const KernelCall& call) {
  return keep_decimal(Wide{a} * call.first - Wide{b} * call.second, out);
}
bool multiply_decimals(int64_t a, int64_t b, int64_t& out, const KernelCall&) {
  return keep_decimal(Wide{a} * b, out);
}
bool modulo_decimals(int64_t a, int64_t b, int64_t& out, const KernelCall& call) {
  const Wide divisor = Wide{b} * call.second;
  return b == 0 || keep_decimal(Wide{a} * call.first % divisor, out);
}

bool negate_int(int64_t a, int64_t& out, const KernelCall&) {
  return __builtin_sub_overflow(int64_t{0}, a, &out);
}
bool negate_real(double a, double& out, const KernelCall&) {
  out = -a;
  return false;
}

template <auto f>
constexpr Kernel kInts = &binary_kernel<int64_t, int64_t, int64_t, f>;
template <auto f>
constexpr Kernel kReals = &binary_kernel<double, double, double, f>;

Kernel pick(Operator op, Kernel add, Kernel subtract, Kernel multiply, Kernel divide,
            Kernel modulo) {
  switch (op) {
    case Operator::kAdd:
      return add;
    case Operator::kSubtract:
      return subtract;
    case Operator::kMultiply:
      return multiply;
    case Operator::kDivide:
      return divide;
    case Operator::kModulo:
      return modulo;
    default:
      return nullptr;
  }
}

}  // namespace

Kernel arithmetic_kernel(Operator op, Type result) {
  if (result.is(TypeKind::kReal)) {
    return pick(op, kReals<add_reals>, kReals<subtract_reals>, kReals<multiply_reals>,
                kReals<divide_reals>, kReals<modulo_reals>);
  }
  if (result.is(TypeKind::kInt)) {
    return pick(op, kInts<add_ints>, kInts<subtract_ints>, kInts<multiply_ints>, nullptr,
                kInts<modulo_ints>);
  }
  return pick(op, kInts<add_decimals>, kInts<subtract_decimals>, kInts<multiply_decimals>, nullptr,
              kInts<modulo_decimals>);
}

Kernel negate_kernel(Type type) {
  if (type.is(TypeKind::kReal)) return &unary_kernel<double, double, negate_real>;
  return &unary_kernel<int64_t, int64_t, negate_int>;
}

}  // namespace coterie::expr
