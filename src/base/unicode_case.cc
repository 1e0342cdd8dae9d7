#include "base/unicode_case.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "base/unicode_case_table_internal.h"

namespace coterie {
namespace {

char32_t mapped(char32_t code, std::span<const CaseRun> runs) {
  const auto value = static_cast<int32_t>(code);
  const auto run = std::ranges::lower_bound(runs, value, {}, &CaseRun::last);
  if (run == runs.end() || value < run->first) return code;
  if ((value - run->first) % run->step != 0) return code;
  return static_cast<char32_t>(value + run->shift);
}

}  // namespace

char32_t lower_code(char32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
  return mapped(code, kLowerRuns);
}

char32_t upper_code(char32_t code) {
  if (code < 0x80) return code >= 'a' && code <= 'z' ? code - 32 : code;
  return mapped(code, kUpperRuns);
}

}  // namespace coterie
