#include <algorithm>
#include <utility>

#include <hiredis/hiredis.h>

#include "store/redis_client_internal.h"

namespace coterie::store::internal {
namespace {

constexpr size_t kScanPiece = 1'000;  // keys the server looks at between others' commands

// `text` as a pattern that matches it alone.
std::string glob_escaped(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("*?[]^-\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace

std::string_view text_of(const redisReply& reply) { return {reply.str, reply.len}; }

Status RedisClient::connect() const {
  ASSIGN_OR_RETURN(RedisConnection connection, RedisConnection::connect(address_, options_));
  keep(std::move(connection));
  return {};
}

Result<std::vector<ReplyPtr>> RedisClient::run(const Pipeline& pipeline) const {
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

std::optional<RedisConnection> RedisClient::take() const {
  const std::lock_guard lock(mutex_);
  if (kept_.empty()) return std::nullopt;
  RedisConnection connection = std::move(kept_.back());
  kept_.pop_back();
  return connection;
}

void RedisClient::keep(RedisConnection connection) const {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(connection));
}

Status RedisClient::check(const redisReply& reply) const {
  if (reply.type == REDIS_REPLY_ERROR) return reply_failure(address_, text_of(reply));
  return {};
}

Result<const redisReply*> RedisClient::transaction_reply(
    const std::vector<ReplyPtr>& replies) const {
  for (const ReplyPtr& reply : replies) RETURN_IF_ERROR(check(*reply));
  const redisReply& executed = *replies.back();
  if (executed.type != REDIS_REPLY_ARRAY || executed.elements != replies.size() - 2)
    return Error{ErrorCode::kUnavailable, name_ + ": the answer to EXEC is not one of Redis"};
  return &executed;
}

Result<std::vector<std::string>> RedisClient::list_keys(std::string_view prefix) const {
  const std::string pattern = glob_escaped(prefix) + "*";
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
  // SCAN may name one twice.
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  return keys;
}

Result<int64_t> RedisClient::unlink(const std::vector<std::string>& keys) const {
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

}  // namespace coterie::store::internal
