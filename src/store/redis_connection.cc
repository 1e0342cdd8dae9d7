#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include "base/secret.h"
#include "store/redis_connection_internal.h"

namespace coterie::store::internal {
namespace {

constexpr const char* kUrlMend = "write redis://:PASSWORD@HOST:PORT/DATABASE or redis://HOST";

timeval to_timeval(int milliseconds) {
  return {.tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000L};
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const char* begin = text.data() + i + 1;
    if (i + 2 >= text.size()) return std::nullopt;
    if (std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

Error url_error(std::string_view what) {
  return invalid_input(fmt::format("not the URL of a Redis server: {}", what)).with_mend(kUrlMend);
}

Result<int> parse_number(std::string_view text, int low, int high, std::string_view what) {
  int value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < low ||
      value > high) {
    return url_error(fmt::format("{} is a number from {} to {}", what, low, high));
  }
  return value;
}

Status read_login(std::string_view login, RedisAddress& address) {
  const size_t colon = login.find(':');
  if (colon == std::string_view::npos) {
    remember_secret(login);  // it may be a password without its colon
    return url_error("a ':' must stand before the password");
  }
  const auto user = percent_decoded(login.substr(0, colon));
  const auto password = percent_decoded(login.substr(colon + 1));
  if (colon + 1 < login.size()) remember_secret(login.substr(colon + 1));
  if (!user || !password) return url_error("'%' is followed by two hexadecimal digits");
  if (!password->empty()) remember_secret(*password);
  if (password->empty() && !user->empty()) return url_error("the user has no password");
  address.user = *user;
  address.password = *password;
  return {};
}

Status read_host(std::string_view text, RedisAddress& address) {
  const bool bracketed = text.starts_with('[');
  const size_t close = bracketed ? text.find(']') : 0;
  if (close == std::string_view::npos) return url_error("']' is missing behind the address");
  address.host = bracketed ? text.substr(1, close - 1) : text.substr(0, text.find(':'));
  if (address.host.empty()) return url_error("the host is missing");
  const std::string_view rest =
      bracketed ? text.substr(close + 1) : text.substr(address.host.size());
  if (rest.empty()) return {};
  if (rest[0] != ':') return url_error("':' and a port may follow the host");
  ASSIGN_OR_RETURN(address.port, parse_number(rest.substr(1), 1, 65'535, "the port"));
  return {};
}

struct ReplyRule {
  std::string_view prefix;
  ErrorCode code;
  const char* mend;
};
constexpr std::array kReplyRules = {
    ReplyRule{"NOAUTH", ErrorCode::kPermission,
              "the server wants a password: write redis://:PASSWORD@HOST:PORT"},
    ReplyRule{"WRONGPASS", ErrorCode::kPermission, "check user and password of the URL"},
    ReplyRule{"ERR AUTH", ErrorCode::kPermission,
              "the server has no password: remove it from the URL"},
    ReplyRule{"NOPERM", ErrorCode::kPermission,
              "let the user run GET, SET, DEL, UNLINK, SCAN, INFO, MULTI, EXEC, HSET, HGETALL and "
              "EXPIRE on these keys"},
    ReplyRule{"ERR DB index", ErrorCode::kInvalidInput,
              "give a smaller number of a database, or raise `databases` of the server"},
    ReplyRule{"WRONGTYPE", ErrorCode::kConflict,
              "another program wrote this key: use a database of your own (redis://HOST:PORT/1)"},
    ReplyRule{"OOM", ErrorCode::kResourceExhausted, "raise maxmemory of the server"},
    ReplyRule{"MISCONF", ErrorCode::kResourceExhausted,
              "the server cannot save to its disk: see its log"},
    ReplyRule{"READONLY", ErrorCode::kUnavailable, "give the URL of the primary, not of a replica"},
    ReplyRule{"LOADING", ErrorCode::kUnavailable, "the server is starting: repeat in a moment"},
    ReplyRule{"BUSY", ErrorCode::kUnavailable, "a script blocks the server: see SCRIPT KILL"},
    ReplyRule{"MASTERDOWN", ErrorCode::kUnavailable, "the replica has lost its primary"},
    ReplyRule{"MOVED", ErrorCode::kUnsupported,
              "Redis Cluster is not offered: give the URL of a single server"},
    ReplyRule{"CROSSSLOT", ErrorCode::kUnsupported,
              "Redis Cluster is not offered: give the URL of a single server"},
};

}  // namespace

std::string RedisAddress::name() const {
  return fmt::format("redis at {}:{}/{}", host, port, database);
}

Result<RedisAddress> parse_redis_url(const std::string& url) {
  constexpr std::string_view scheme = "redis://";
  if (!url.starts_with(scheme)) return url_error("it does not begin with redis://");
  std::string_view rest = std::string_view(url).substr(scheme.size());
  RedisAddress address;
  // A password may hold an '@' or '/' that was not escaped.
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    RETURN_IF_ERROR(read_login(rest.substr(0, at), address));
    rest.remove_prefix(at + 1);
  }
  if (rest.find_first_of("?#") != std::string_view::npos)
    return url_error("nothing may follow the database");
  if (const size_t slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view number = rest.substr(slash + 1);
    if (!number.empty()) {
      ASSIGN_OR_RETURN(address.database, parse_number(number, 0, 1 << 20, "the database"));
    }
    rest = rest.substr(0, slash);
  }
  RETURN_IF_ERROR(read_host(rest, address));
  return address;
}

void FreeReply::operator()(redisReply* reply) const { freeReplyObject(reply); }
void RedisConnection::FreeContext::operator()(redisContext* context) const { redisFree(context); }

void Pipeline::begin(size_t count) {
  fmt::format_to(std::back_inserter(bytes_), "*{}\r\n", count);
  ++commands_;
}

void Pipeline::append(const Argument& argument) {
  fmt::format_to(std::back_inserter(bytes_), "${}\r\n",
                 argument.head.size() + argument.tail.size());
  bytes_.append(argument.head).append(argument.tail).append("\r\n");
}

void Pipeline::add(std::initializer_list<Argument> arguments) {
  begin(arguments.size());
  for (const Argument& argument : arguments) append(argument);
}

Error reply_failure(const RedisAddress& address, std::string_view text) {
  Error error{ErrorCode::kUnavailable, redact(fmt::format("{}: {}", address.name(), text))};
  error.mend = "see the log of the server";
  for (const ReplyRule& rule : kReplyRules) {
    if (!text.starts_with(rule.prefix)) continue;
    error.code = rule.code;
    error.mend = rule.mend;
    break;
  }
  return error;
}

RedisConnection::RedisConnection(const RedisAddress& address, redisContext* context,
                                 int answer_timeout_ms)
    : address_(&address), context_(context), answer_timeout_ms_(answer_timeout_ms) {}

Result<RedisConnection> RedisConnection::connect(const RedisAddress& address,
                                                 const StoreOptions& options) {
  RedisConnection connection(address,
                             redisConnectWithTimeout(address.host.c_str(), address.port,
                                                     to_timeval(options.connect_timeout_ms)),
                             options.answer_timeout_ms);
  redisContext* context = connection.context_.get();
  if (context == nullptr) return Error{ErrorCode::kResourceExhausted, "no memory to connect"};
  if (context->err != 0) return connection.failure("cannot connect");
  if (redisSetTimeout(context, to_timeval(options.answer_timeout_ms)) != REDIS_OK)
    return connection.failure("cannot connect");
  redisEnableKeepAlive(context);
  RETURN_IF_ERROR(connection.log_in());
  return connection;
}

Status RedisConnection::log_in() {
  Pipeline login;
  if (!address_->user.empty()) {
    login.add({"AUTH", address_->user, address_->password});
  } else if (!address_->password.empty()) {
    login.add({"AUTH", address_->password});
  }
  // Also for database 0: a server that wants a password, or is none of Redis, shows it here.
  login.add({"SELECT", std::to_string(address_->database)});
  ASSIGN_OR_RETURN(const auto replies, run(login));
  for (const ReplyPtr& reply : replies) {
    if (reply->type == REDIS_REPLY_ERROR) return reply_failure(*address_, {reply->str, reply->len});
  }
  return {};
}

Result<std::vector<ReplyPtr>> RedisConnection::run(const Pipeline& pipeline) {
  lost_ = false;
  RETURN_IF_ERROR(send_all(pipeline.bytes()));
  std::vector<ReplyPtr> replies;
  replies.reserve(pipeline.commands());
  while (replies.size() < pipeline.commands()) {
    void* reply = nullptr;
    errno = 0;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK) return failure("no answer");
    replies.emplace_back(static_cast<redisReply*>(reply));
  }
  return replies;
}

// Not through hiredis, whose write() to a closed connection raises SIGPIPE.
Status RedisConnection::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(context_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno != EINTR) {
      context_->err = REDIS_ERR_IO;
      return failure("cannot send");
    }
  }
  return {};
}

Error RedisConnection::failure(const char* what) {
  const int code = errno;
  Error error{ErrorCode::kUnavailable, {}};
  error.mend = "check that Redis runs there and that host and port of the URL are right";
  std::string why = context_->errstr;
  if (context_->err == REDIS_ERR_IO && (code == EAGAIN || code == EWOULDBLOCK)) {
    why = fmt::format("it did not answer within {} ms", answer_timeout_ms_);
    error.mend = "see what keeps the server busy (SLOWLOG GET), or give it more processors";
  } else if (context_->err == REDIS_ERR_IO || context_->err == REDIS_ERR_EOF) {
    lost_ = true;
    if (why.empty()) why = std::strerror(code);
  } else if (context_->err == REDIS_ERR_PROTOCOL) {
    why = "what answers there is not Redis";
  }
  error.message = redact(fmt::format("{}: {}: {}", address_->name(), what, why));
  return error;
}

}  // namespace coterie::store::internal
