#include "base/threads.h"

#include <gtest/gtest.h>

namespace coterie {
TEST(ThreadPool, VisitsEveryIndexOnce) {
  ThreadPool pool(3);
  std::vector<int> seen(10'007, 0);
  pool.parallel_for(10'007, 10, [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) ++seen[static_cast<size_t>(i)];
  });
  for (int count : seen) ASSERT_EQ(count, 1);
}
}  // namespace coterie
