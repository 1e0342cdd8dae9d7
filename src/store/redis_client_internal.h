#pragma once
// A Redis server as its callers need it: connections kept for the next call, one repetition where a
// kept one had broken, answers checked. Thread-safe.

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/key_value_store.h"
#include "store/redis_connection_internal.h"

namespace coterie::store::internal {

std::string_view text_of(const redisReply& reply);

class RedisClient {
 public:
  RedisClient(RedisAddress address, const StoreOptions& options)
      : address_(std::move(address)), options_(options), name_(address_.name()) {}

  // Once, so that a wrong host or password shows at once.
  Status connect() const;
  // One reply a command; runs again on a new connection if a kept one has broken meanwhile, so the
  // commands must be harmless when repeated.
  Result<std::vector<ReplyPtr>> run(const Pipeline& pipeline) const;
  // An error reply as an error.
  Status check(const redisReply& reply) const;
  // The answers to what stood between MULTI and EXEC, which are the whole pipeline. When EXEC was
  // refused, the refusal of the command that caused it says why.
  Result<const redisReply*> transaction_reply(const std::vector<ReplyPtr>& replies) const;

  // Whole keys of the server that begin with `prefix`, sorted. O(all keys of the database).
  Result<std::vector<std::string>> list_keys(std::string_view prefix) const;
  // How many there were.
  Result<int64_t> unlink(const std::vector<std::string>& keys) const;

  const std::string& name() const { return name_; }

 private:
  std::optional<RedisConnection> take() const;
  void keep(RedisConnection connection) const;

  RedisAddress address_;
  StoreOptions options_;
  std::string name_;
  mutable std::mutex mutex_;
  mutable std::vector<RedisConnection> kept_;
};

}  // namespace coterie::store::internal
