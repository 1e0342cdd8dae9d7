#pragma once
// One connection to a Redis server: URL, login, pipelines of commands, errors in our terms.

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/key_value_store.h"

struct redisContext;
struct redisReply;

namespace coterie::store::internal {

struct RedisAddress {
  std::string host;
  int port = 6379;
  int database = 0;
  std::string user;      // empty: the server's default user
  std::string password;  // empty: no login

  std::string name() const;  // "redis at host:6379/0"
};
// kInvalidInput without the text of the URL, which may hold a password.
Result<RedisAddress> parse_redis_url(const std::string& url);

struct FreeReply {
  void operator()(redisReply* reply) const;
};
using ReplyPtr = std::unique_ptr<redisReply, FreeReply>;

// Commands in Redis' wire format, one after the other.
class Pipeline {
 public:
  // An argument in two pieces: a key behind its key space.
  struct Argument {
    std::string_view head;
    std::string_view tail;
    Argument(const char* text) : head(text) {}
    Argument(const std::string& text) : head(text) {}
    Argument(std::string_view first, std::string_view second = {}) : head(first), tail(second) {}
  };
  void add(std::initializer_list<Argument> arguments);
  // A command whose further arguments come from `append`, of which there must be `count` in all.
  void begin(size_t count);
  void append(const Argument& argument);

  const std::string& bytes() const { return bytes_; }
  size_t commands() const { return commands_; }

 private:
  std::string bytes_;
  size_t commands_ = 0;
};

// An error reply ("WRONGTYPE Operation against ...") as an error.
Error reply_failure(const RedisAddress& address, std::string_view text);

// Not thread-safe.
class RedisConnection {
 public:
  static Result<RedisConnection> connect(const RedisAddress& address, const StoreOptions& options);

  // Sends all, then reads as many replies. An error means that the connection is of no more use;
  // error *replies* are replies.
  Result<std::vector<ReplyPtr>> run(const Pipeline& pipeline);
  // Whether the last error of run() was a connection found broken, rather than a slow server.
  bool lost() const { return lost_; }

 private:
  struct FreeContext {
    void operator()(redisContext* context) const;
  };
  RedisConnection(const RedisAddress& address, redisContext* context, int answer_timeout_ms);
  Status log_in();
  Status send_all(std::string_view bytes);
  Error failure(const char* what);

  const RedisAddress* address_;
  std::unique_ptr<redisContext, FreeContext> context_;
  int answer_timeout_ms_;
  bool lost_ = false;
};

}  // namespace coterie::store::internal
