#include "store/redis_store.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include "store/redis_client_internal.h"

namespace coterie::store {
namespace {

using internal::Pipeline;
using internal::RedisAddress;
using internal::RedisClient;
using internal::text_of;

constexpr size_t kReadPiece = 200;  // values that a scan holds in memory

// The number behind "name:" in the answer to INFO; 0 if it is not there.
int64_t info_number(std::string_view info, std::string_view name) {
  const size_t at = info.find(fmt::format("\n{}:", name));
  if (at == std::string_view::npos) return 0;
  const char* begin = info.data() + at + name.size() + 2;
  int64_t number = 0;
  std::from_chars(begin, info.data() + info.size(), number);
  return number;
}

class RedisStore : public KeyValueStore {
 public:
  RedisStore(RedisAddress address, const StoreOptions& options)
      : client_(std::move(address), options),
        keys_prefix_(options.key_space + ":data:"),
        metadata_prefix_(options.key_space + ":meta:") {}

  Status connect() const { return client_.connect(); }

  Result<StoreStats> stats() const override {
    ASSIGN_OR_RETURN(const auto keys, client_.list_keys(keys_prefix_));
    Pipeline pipeline;
    pipeline.add({"INFO", "memory"});
    ASSIGN_OR_RETURN(const auto replies, client_.run(pipeline));
    RETURN_IF_ERROR(client_.check(*replies[0]));
    const std::string_view info = text_of(*replies[0]);
    return StoreStats{.keys = static_cast<int64_t>(keys.size()),
                      .bytes = info_number(info, "used_memory"),
                      .limit_bytes = info_number(info, "maxmemory")};
  }
  const std::string& name() const override { return client_.name(); }

 private:
  Status visit_reply(const redisReply& reply, std::string_view key, size_t index,
                     const ReadVisitor& visit) const {
    const Status checked = client_.check(reply);
    if (!checked.ok()) {
      Error error = checked.error();
      return std::move(error).for_key(printable_key(key));
    }
    if (reply.type == REDIS_REPLY_NIL) {
      visit(index, std::nullopt);
    } else {
      visit(index, text_of(reply));
    }
    return {};
  }

  Status do_read(Space space, std::span<const std::string_view> keys,
                 const ReadVisitor& visit) const override {
    const std::string& prefix = space == Space::kKeys ? keys_prefix_ : metadata_prefix_;
    const bool several = keys.size() > 1;
    Pipeline pipeline;
    if (several) pipeline.add({"MULTI"});
    // Not MGET, which takes a key of another type for an absent one.
    for (const std::string_view key : keys) pipeline.add({"GET", {prefix, key}});
    if (several) pipeline.add({"EXEC"});
    ASSIGN_OR_RETURN(const auto replies, client_.run(pipeline));
    if (!several) return visit_reply(*replies[0], keys[0], 0, visit);
    ASSIGN_OR_RETURN(const redisReply* values, client_.transaction_reply(replies));
    for (size_t i = 0; i < keys.size(); ++i)
      RETURN_IF_ERROR(visit_reply(*values->element[i], keys[i], i, visit));
    return {};
  }

  Status do_write(const WriteBatch& batch) override {
    Pipeline pipeline;
    pipeline.add({"MULTI"});
    for (size_t i = 0; i < batch.size(); ++i) {
      const WriteBatch::Change change = batch.change(i);
      const bool metadata = change.kind == WriteBatch::Kind::kSetMetadata;
      const Pipeline::Argument key{metadata ? metadata_prefix_ : keys_prefix_, change.key};
      if (change.kind == WriteBatch::Kind::kErase) {
        pipeline.add({"DEL", key});
      } else {
        pipeline.add({"SET", key, change.value});
      }
    }
    pipeline.add({"EXEC"});
    ASSIGN_OR_RETURN(const auto replies, client_.run(pipeline));
    ASSIGN_OR_RETURN(const redisReply* applied, client_.transaction_reply(replies));
    for (size_t i = 0; i < applied->elements; ++i)
      RETURN_IF_ERROR(client_.check(*applied->element[i]));
    return {};
  }

  Status do_scan(std::string_view prefix, const ScanVisitor& visit) const override {
    ASSIGN_OR_RETURN(const auto keys, client_.list_keys(keys_prefix_ + std::string(prefix)));
    std::vector<std::string_view> piece;
    for (size_t begin = 0; begin < keys.size(); begin += piece.size()) {
      piece.clear();
      for (size_t i = begin; i < std::min(keys.size(), begin + kReadPiece); ++i)
        piece.push_back(std::string_view(keys[i]).substr(keys_prefix_.size()));
      Status visited;
      const auto pass_on = [&](size_t i, std::optional<std::string_view> value) {
        if (value && visited.ok()) visited = visit(piece[i], *value);
      };
      RETURN_IF_ERROR(do_read(Space::kKeys, piece, pass_on));
      RETURN_IF_ERROR(visited);
    }
    return {};
  }

  Result<int64_t> do_clear(std::string_view prefix) override {
    ASSIGN_OR_RETURN(const auto keys, client_.list_keys(keys_prefix_ + std::string(prefix)));
    return client_.unlink(keys);
  }

  RedisClient client_;
  std::string keys_prefix_;
  std::string metadata_prefix_;
};

}  // namespace

Result<std::unique_ptr<KeyValueStore>> open_redis_store(const std::string& url,
                                                        const StoreOptions& options) {
  ASSIGN_OR_RETURN(RedisAddress address, internal::parse_redis_url(url));
  auto store = std::make_unique<RedisStore>(std::move(address), options);
  RETURN_IF_ERROR(store->connect());
  return std::unique_ptr<KeyValueStore>(std::move(store));
}

}  // namespace coterie::store
