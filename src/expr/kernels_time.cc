#include "expr/calendar.h"
#include "expr/kernel.h"

namespace coterie::expr {
namespace {

int64_t day_of_date(int64_t days) { return days; }
int64_t day_of_moment(int64_t micros) { return split_micros(micros).days; }

int64_t year_of(int64_t days) { return civil_from_days(days).year; }
int64_t month_of(int64_t days) { return civil_from_days(days).month; }
int64_t month_day_of(int64_t days) { return civil_from_days(days).day; }
int64_t weekday_of(int64_t days) { return iso_weekday(days); }
int64_t same_day(int64_t days) { return days; }

// Rows under a null may hold any bits, which the calendar's arithmetic is not made for.
template <int64_t (*part)(int64_t), int64_t (*day)(int64_t)>
void part_kernel(const KernelCall& call) {
  for (int64_t i = 0; i < call.rows; ++i) {
    call.out.nulls[i] = call.in[0].nulls[i];
    call.out.integers[i] = call.in[0].nulls[i] != 0 ? 0 : part(day(call.in[0].integers[i]));
  }
}

template <int64_t (*part)(int64_t)>
Kernel pick(Type argument) {
  if (argument.is(TypeKind::kDate)) return &part_kernel<part, day_of_date>;
  return &part_kernel<part, day_of_moment>;
}

bool hour_of(int64_t micros, int64_t& out, const KernelCall&) {
  out = split_micros(micros).micros / 3'600'000'000;
  return false;
}

bool days_between(int64_t from, int64_t to, int64_t& out, const KernelCall&) {
  return __builtin_sub_overflow(to, from, &out);
}

}  // namespace

Kernel time_kernel(FunctionId function, Type argument) {
  switch (function) {
    case FunctionId::kYear:
      return pick<year_of>(argument);
    case FunctionId::kMonth:
      return pick<month_of>(argument);
    case FunctionId::kDay:
      return pick<month_day_of>(argument);
    case FunctionId::kWeekday:
      return pick<weekday_of>(argument);
    case FunctionId::kToDate:
      return pick<same_day>(argument);
    case FunctionId::kHour:
      return &unary_kernel<int64_t, int64_t, hour_of>;
    default:
      return nullptr;
  }
}

Kernel days_between_kernel() { return &binary_kernel<int64_t, int64_t, int64_t, days_between>; }

}  // namespace coterie::expr
