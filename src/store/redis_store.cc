#include "store/redis_store.h"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include "store/redis_connection_internal.h"

namespace coterie::store {
namespace {

using internal::Pipeline;
using internal::RedisAddress;
using internal::RedisConnection;
using internal::ReplyPtr;

constexpr size_t kScanPiece = 1'000;  // keys the server looks at between others' commands
constexpr size_t kReadPiece = 200;    // values that a scan holds in memory

std::string_view text_of(const redisReply& reply) { return {reply.str, reply.len}; }

// `text` as a pattern that matches it alone.
std::string glob_escaped(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("*?[]^-\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

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
      : address_(std::move(address)),
        options_(options),
        name_(address_.name()),
        keys_prefix_(options.key_space + ":data:"),
        metadata_prefix_(options.key_space + ":meta:") {}

  Status connect() const {
    ASSIGN_OR_RETURN(RedisConnection connection, RedisConnection::connect(address_, options_));
    keep(std::move(connection));
    return {};
  }

  Result<StoreStats> stats() const override {
    ASSIGN_OR_RETURN(const auto keys, list_keys(""));
    Pipeline pipeline;
    pipeline.add({"INFO", "memory"});
    ASSIGN_OR_RETURN(const auto replies, run(pipeline));
    RETURN_IF_ERROR(check(*replies[0]));
    const std::string_view info = text_of(*replies[0]);
    return StoreStats{.keys = static_cast<int64_t>(keys.size()),
                      .bytes = info_number(info, "used_memory"),
                      .limit_bytes = info_number(info, "maxmemory")};
  }
  const std::string& name() const override { return name_; }

 private:
  // Runs on a kept connection; on a new one if that has broken or there is none.
  Result<std::vector<ReplyPtr>> run(const Pipeline& pipeline) const {
    if (auto kept = take()) {
      auto replies = kept->run(pipeline);
      const bool lost = kept->lost();
      if (replies.ok()) keep(*std::move(kept));
      if (!lost) return replies;
      const std::lock_guard lock(mutex_);
      kept_.clear();  // they are as old
    }
    ASSIGN_OR_RETURN(RedisConnection connection, RedisConnection::connect(address_, options_));
    ASSIGN_OR_RETURN(auto replies, connection.run(pipeline));
    keep(std::move(connection));
    return replies;
  }

  std::optional<RedisConnection> take() const {
    const std::lock_guard lock(mutex_);
    if (kept_.empty()) return std::nullopt;
    RedisConnection connection = std::move(kept_.back());
    kept_.pop_back();
    return connection;
  }
  void keep(RedisConnection connection) const {
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(connection));
  }

  Status check(const redisReply& reply) const {
    if (reply.type == REDIS_REPLY_ERROR) return internal::reply_failure(address_, text_of(reply));
    return {};
  }

  // The answers to what stood between MULTI and EXEC. When EXEC was refused, the refusal of the
  // command that caused it says why.
  Result<const redisReply*> transaction_reply(const std::vector<ReplyPtr>& replies) const {
    for (const ReplyPtr& reply : replies) RETURN_IF_ERROR(check(*reply));
    const redisReply& executed = *replies.back();
    if (executed.type != REDIS_REPLY_ARRAY || executed.elements != replies.size() - 2)
      return Error{ErrorCode::kUnavailable, name_ + ": the answer to EXEC is not one of Redis"};
    return &executed;
  }

  Status visit_reply(const redisReply& reply, std::string_view key, size_t index,
                     const ReadVisitor& visit) const {
    const Status checked = check(reply);
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
    ASSIGN_OR_RETURN(const auto replies, run(pipeline));
    if (!several) return visit_reply(*replies[0], keys[0], 0, visit);
    ASSIGN_OR_RETURN(const redisReply* values, transaction_reply(replies));
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
    ASSIGN_OR_RETURN(const auto replies, run(pipeline));
    ASSIGN_OR_RETURN(const redisReply* applied, transaction_reply(replies));
    for (size_t i = 0; i < applied->elements; ++i) RETURN_IF_ERROR(check(*applied->element[i]));
    return {};
  }

  // Whole keys of the server, sorted; SCAN may name one twice.
  Result<std::vector<std::string>> list_keys(std::string_view prefix) const {
    const std::string pattern = glob_escaped(keys_prefix_) + glob_escaped(prefix) + "*";
    std::vector<std::string> keys;
    std::string cursor = "0";
    do {
      Pipeline pipeline;
      pipeline.add({"SCAN", cursor, "MATCH", pattern, "COUNT", std::to_string(kScanPiece)});
      ASSIGN_OR_RETURN(const auto replies, run(pipeline));
      RETURN_IF_ERROR(check(*replies[0]));
      const redisReply& reply = *replies[0];
      if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2)
        return Error{ErrorCode::kUnavailable, name_ + ": the answer to SCAN is not one of Redis"};
      cursor = text_of(*reply.element[0]);
      const redisReply& found = *reply.element[1];
      for (size_t i = 0; i < found.elements; ++i) keys.emplace_back(text_of(*found.element[i]));
    } while (cursor != "0");
    std::ranges::sort(keys);
    const auto repeated = std::ranges::unique(keys);
    keys.erase(repeated.begin(), repeated.end());
    return keys;
  }

  Status do_scan(std::string_view prefix, const ScanVisitor& visit) const override {
    ASSIGN_OR_RETURN(const auto keys, list_keys(prefix));
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
    ASSIGN_OR_RETURN(const auto keys, list_keys(prefix));
    int64_t erased = 0;
    for (size_t begin = 0; begin < keys.size(); begin += kScanPiece) {
      const size_t end = std::min(keys.size(), begin + kScanPiece);
      Pipeline pipeline;
      pipeline.begin(1 + end - begin);
      pipeline.append("UNLINK");
      for (size_t i = begin; i < end; ++i) pipeline.append(keys[i]);
      ASSIGN_OR_RETURN(const auto replies, run(pipeline));
      RETURN_IF_ERROR(check(*replies[0]));
      erased += replies[0]->integer;
    }
    return erased;
  }

  RedisAddress address_;
  StoreOptions options_;
  std::string name_;
  std::string keys_prefix_;
  std::string metadata_prefix_;
  mutable std::mutex mutex_;
  mutable std::vector<RedisConnection> kept_;
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
