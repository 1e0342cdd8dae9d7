#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace coterie {

void fail_check(std::string_view what, std::string_view details, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal check failed: %.*s %.*s\n", file, line,
               static_cast<int>(what.size()), what.data(), static_cast<int>(details.size()),
               details.data());
  std::abort();
}

}  // namespace coterie
