#pragma once
// For tests and benchmarks: what must succeed for them to mean anything. A failure ends the program
// and prints the error.

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

}  // namespace coterie
