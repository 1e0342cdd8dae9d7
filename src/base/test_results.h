#pragma once
// For tests and benchmarks: what must succeed for them to mean anything (a failure ends the
// program and prints the error), and the text of what must fail.

#include <string>
#include <utility>

#include "base/check.h"
#include "base/result.h"

namespace coterie {

template <typename T>
T take(Result<T> result) {
  if (!result.ok()) fail_check("result", result.error().to_text());
  return *std::move(result);
}

inline void must(const Status& status) {
  if (!status.ok()) fail_check("status", status.error().to_text());
}

// "" where there is none.
inline std::string error_text(const Status& status) {
  return status.ok() ? "" : status.error().to_text();
}

}  // namespace coterie
