#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "expr/arena.h"
#include "expr/calendar.h"
#include "expr/kernel.h"
#include "expr/number_text.h"

namespace coterie::expr {
namespace {

// The doubles that a conversion to int64 is defined for: [-2^63, 2^63).
constexpr double kIntEnd = 9223372036854775808.0;

bool out_of_decimal(Wide value) { return value <= -kDecimalLimit || value >= kDecimalLimit; }

bool scale_up(int64_t a, int64_t& out, const KernelCall& call) {
  const Wide scaled = Wide{a} * call.first;
  out = static_cast<int64_t>(scaled);
  return out_of_decimal(scaled);
}

bool scale_down(int64_t a, int64_t& out, const KernelCall& call) {
  const int64_t rest = a % call.first;
  const int64_t half = call.first / 2;
  out = a / call.first;
  if (rest >= half && rest > 0) ++out;
  if (rest <= -half && rest < 0) --out;
  return false;
}

bool to_real(int64_t a, double& out, const KernelCall& call) {
  out = decimal_to_real(a, static_cast<int>(call.first));
  return false;
}

bool round_to_int(double value, int64_t& out) {
  const double rounded = std::round(value);
  const bool fits = rounded >= -kIntEnd && rounded < kIntEnd;
  out = fits ? static_cast<int64_t>(rounded) : 0;
  return !fits;
}
bool real_to_int(double a, int64_t& out, const KernelCall&) { return round_to_int(a, out); }
bool real_to_decimal(double a, int64_t& out, const KernelCall& call) {
  return round_to_int(a * static_cast<double>(call.first), out) || out_of_decimal(out);
}

bool keep_finite(double a, double& out, const KernelCall&) {
  out = a;
  return !std::isfinite(a);
}

// Kept in the arena: results outlive the block.
bool keep_text(const std::string& text, std::string_view& out, const KernelCall& call) {
  char* const bytes = call.arena->allocate(text.size());
  std::memcpy(bytes, text.data(), text.size());
  out = {bytes, text.size()};
  return false;
}

template <auto append>
bool integer_text(int64_t a, std::string_view& out, const KernelCall& call) {
  std::string text;
  append(text, a, static_cast<int>(call.first));
  return keep_text(text, out, call);
}
void append_int(std::string& text, int64_t a, int) { text = std::to_string(a); }
void append_bool(std::string& text, int64_t a, int) { text = a != 0 ? "true" : "false"; }
void append_day(std::string& text, int64_t a, int) { append_date(text, a); }
void append_moment(std::string& text, int64_t a, int) { append_timestamp(text, a); }

bool real_text(double a, std::string_view& out, const KernelCall& call) {
  if (!std::isfinite(a)) return true;
  std::string text;
  append_real(text, a);
  return keep_text(text, out, call);
}

// Rows under a null would be formatted in vain, and dates there may be any bits.
template <class A, auto f>
void text_kernel_of(const KernelCall& call) {
  const A* const a = lane<A>(call.in[0]);
  for (int64_t i = 0; i < call.rows; ++i) {
    call.out.nulls[i] = call.in[0].nulls[i] != 0 || f(a[i], call.out.texts[i], call);
  }
}

bool text_to_int(std::string_view a, int64_t& out, const KernelCall&) {
  const auto value = parse_int_text(strip_blanks(a));
  out = value.value_or(0);
  return !value;
}
bool text_to_real(std::string_view a, double& out, const KernelCall&) {
  const auto value = parse_real_text(strip_blanks(a));
  out = value.value_or(0);
  return !value;
}
bool text_to_date(std::string_view a, int64_t& out, const KernelCall&) {
  const auto value = parse_date(strip_blanks(a));
  out = value.value_or(0);
  return !value;
}

}  // namespace

Kernel scale_up_kernel() { return &unary_kernel<int64_t, int64_t, scale_up>; }
Kernel scale_down_kernel() { return &unary_kernel<int64_t, int64_t, scale_down>; }
Kernel decimal_to_real_kernel() { return &unary_kernel<double, int64_t, to_real>; }
Kernel real_to_int_kernel() { return &unary_kernel<int64_t, double, real_to_int>; }
Kernel real_to_decimal_kernel() { return &unary_kernel<int64_t, double, real_to_decimal>; }
Kernel finite_kernel() { return &unary_kernel<double, double, keep_finite>; }

Kernel to_text_kernel(Type from) {
  switch (from.kind) {
    case TypeKind::kBool:
      return &text_kernel_of<int64_t, integer_text<append_bool>>;
    case TypeKind::kInt:
      return &text_kernel_of<int64_t, integer_text<append_int>>;
    case TypeKind::kDecimal:
      return &text_kernel_of<int64_t, integer_text<append_decimal>>;
    case TypeKind::kReal:
      return &text_kernel_of<double, real_text>;
    case TypeKind::kDate:
      return &text_kernel_of<int64_t, integer_text<append_day>>;
    case TypeKind::kTimestamp:
      return &text_kernel_of<int64_t, integer_text<append_moment>>;
    default:
      return nullptr;
  }
}

Kernel text_to_kernel(Type to) {
  if (to.is(TypeKind::kInt)) return &unary_kernel<int64_t, std::string_view, text_to_int>;
  if (to.is(TypeKind::kReal)) return &unary_kernel<double, std::string_view, text_to_real>;
  return &unary_kernel<int64_t, std::string_view, text_to_date>;
}

}  // namespace coterie::expr
