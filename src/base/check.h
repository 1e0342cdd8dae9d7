#pragma once
// CHECK is for this program's own invariants, never for input: a failed check is a fault of ours,
// prints the place and aborts. Errors of input are Results.

#include <string_view>

namespace coterie {
[[noreturn]] void fail_check(std::string_view what, std::string_view details, const char* file = "",
                             int line = 0);
}

#define CHECK(condition)                                         \
  do {                                                           \
    if (!(condition)) [[unlikely]]                               \
      ::coterie::fail_check(#condition, "", __FILE__, __LINE__); \
  } while (false)
