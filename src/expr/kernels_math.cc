#include <cmath>

#include "expr/kernel.h"

namespace coterie::expr {
namespace {

template <double (*f)(double)>
bool real_function(double a, double& out, const KernelCall&) {
  out = f(a);
  return false;
}
double absolute(double a) { return std::fabs(a); }
double exponential(double a) { return std::exp(a); }
double round_whole(double a) { return std::round(a); }
double floor_real(double a) { return std::floor(a); }
double ceil_real(double a) { return std::ceil(a); }

// SQL's rounding to digits: scaled, rounded, scaled back; a value too large to scale stays.
bool round_digits(double a, double& out, const KernelCall& call) {
  const double power = std::pow(10.0, static_cast<double>(call.first));
  const double rounded = std::round(a * power) / power;
  out = std::isfinite(rounded) ? rounded : a;
  return false;
}

bool natural_log(double a, double& out, const KernelCall&) {
  out = std::log(a);
  return a <= 0;
}
bool decimal_log(double a, double& out, const KernelCall&) {
  out = std::log10(a);
  return a <= 0;
}
bool square_root(double a, double& out, const KernelCall&) {
  out = std::sqrt(a);
  return a < 0;
}
bool power(double a, double b, double& out, const KernelCall&) {
  out = std::pow(a, b);
  return !std::isfinite(out);
}

bool absolute_int(int64_t a, int64_t& out, const KernelCall&) {
  out = a;
  return a < 0 && __builtin_sub_overflow(int64_t{0}, a, &out);
}
// Decimals by `first` = 10^scale.
bool floor_decimal(int64_t a, int64_t& out, const KernelCall& call) {
  out = a / call.first - (a % call.first < 0 ? 1 : 0);
  return false;
}
bool ceil_decimal(int64_t a, int64_t& out, const KernelCall& call) {
  out = a / call.first + (a % call.first > 0 ? 1 : 0);
  return false;
}

template <auto f>
constexpr Kernel kReal = &unary_kernel<double, double, f>;
template <auto f>
constexpr Kernel kInteger = &unary_kernel<int64_t, int64_t, f>;

Kernel integer_kernel(FunctionId function) {
  switch (function) {
    case FunctionId::kAbs:
      return kInteger<absolute_int>;
    case FunctionId::kRound:
      return scale_down_kernel();
    case FunctionId::kFloor:
      return kInteger<floor_decimal>;
    case FunctionId::kCeil:
      return kInteger<ceil_decimal>;
    default:
      return nullptr;
  }
}

}  // namespace

Kernel math_kernel(FunctionId function, Type argument, bool has_digits) {
  if (!argument.is(TypeKind::kReal)) return integer_kernel(function);
  switch (function) {
    case FunctionId::kAbs:
      return kReal<real_function<absolute>>;
    case FunctionId::kRound:
      return has_digits ? kReal<round_digits> : kReal<real_function<round_whole>>;
    case FunctionId::kFloor:
      return kReal<real_function<floor_real>>;
    case FunctionId::kCeil:
      return kReal<real_function<ceil_real>>;
    case FunctionId::kLn:
      return kReal<natural_log>;
    case FunctionId::kLog10:
      return kReal<decimal_log>;
    case FunctionId::kExp:
      return kReal<real_function<exponential>>;
    case FunctionId::kSqrt:
      return kReal<square_root>;
    case FunctionId::kPow:
      return &binary_kernel<double, double, double, power>;
    default:
      return nullptr;
  }
}

}  // namespace coterie::expr
