#pragma once
// Helpers of this folder's tests: a real Redis (redis_test_server.h), and stores that fail the test
// when they do not open.

#include <memory>
#include <string>

#include "base/test_results.h"
#include "store/key_value_store.h"
#include "store/redis_test_server.h"

namespace coterie::store {

inline std::unique_ptr<KeyValueStore> open_or_fail(const std::string& url,
                                                   const StoreOptions& options = {}) {
  auto store = open_store(url, options);
  if (!store.ok()) ADD_FAILURE() << store.error().to_text();
  return *std::move(store);
}

}  // namespace coterie::store
