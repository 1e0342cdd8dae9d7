#pragma once
// Helpers of this folder's tests: a real redis-server of the installed Debian package in a
// temporary folder, on the loopback interface and a free port, gone with the test program; stores
// that fail the test when they do not open.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/result.h"
#include "base/temporary_folder.h"
#include "store/key_value_store.h"
#include "store/redis_connection_internal.h"

namespace coterie::store {

// A TCP port of the loopback interface that nobody uses now, and a socket that listens on it.
struct Listener {
  int handle = -1;
  int port = 0;
  Listener() : handle(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    CHECK(bind(handle, reinterpret_cast<sockaddr*>(&address), length) == 0);
    CHECK(listen(handle, 8) == 0);
    CHECK(getsockname(handle, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port = ntohs(address.sin_port);
  }
  ~Listener() { close(handle); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
};

class RedisTestServer {
 public:
  static constexpr const char* kProgram = "/usr/bin/redis-server";

  // The server of this test program, started at the first call.
  static Result<RedisTestServer*> shared() {
    static Result<std::unique_ptr<RedisTestServer>> server = start({});
    if (!server.ok()) return server.error();
    return server->get();
  }
  static Result<std::unique_ptr<RedisTestServer>> start(const std::vector<std::string>& options) {
    if (!std::filesystem::exists(kProgram))
      return not_found("the Debian package 'redis-server' is not installed");
    std::unique_ptr<RedisTestServer> server(new RedisTestServer(options));
    RETURN_IF_ERROR(server->launch());
    return server;
  }

  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }
  std::string url(const std::string& login = "") const {
    return fmt::format("redis://{}{}", login, address());
  }
  // Where a test keeps its keys apart from others'.
  std::string new_key_space() { return fmt::format("test{}", ++key_spaces_); }

  void stop() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  Status launch() {
    process_ = fork();
    if (process_ == 0) become_server();
    for (int attempt = 0; attempt < 500; ++attempt) {
      if (answers()) return {};
      if (waitpid(process_, nullptr, WNOHANG) != 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const Result<std::string> log = read_file(folder_ / "log");
    return Error{ErrorCode::kUnavailable, "redis-server does not start:\n" + log.value()};
  }

  // One command, without the store; text of the answer.
  std::string command(const std::vector<std::string>& arguments) const {
    const auto address = internal::parse_redis_url(url());
    auto connection = internal::RedisConnection::connect(*address, {});
    if (!connection.ok()) return connection.error().to_text();
    internal::Pipeline pipeline;
    pipeline.begin(arguments.size());
    for (const std::string& argument : arguments) pipeline.append(argument);
    const auto replies = connection->run(pipeline);
    if (!replies.ok()) return replies.error().to_text();
    const redisReply& reply = *replies->front();
    return reply.str != nullptr ? std::string(reply.str, reply.len) : std::to_string(reply.integer);
  }

  ~RedisTestServer() { stop(); }
  RedisTestServer(const RedisTestServer&) = delete;
  RedisTestServer& operator=(const RedisTestServer&) = delete;

 private:
  explicit RedisTestServer(std::vector<std::string> options)
      : options_(std::move(options)), port_(Listener().port) {}

  [[noreturn]] void become_server() const {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string log = folder_ / "log";
    if (freopen(log.c_str(), "a", stdout) != nullptr) dup2(STDOUT_FILENO, STDERR_FILENO);
    std::vector<std::string> command = {
        kProgram, "--bind",       "127.0.0.1",    "--port", std::to_string(port_), "--save", "",
        "--dir",  folder_.path(), "--appendonly", "no"};
    command.insert(command.end(), options_.begin(), options_.end());
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    execv(kProgram, arguments.data());
    _exit(127);
  }

  bool answers() const {
    const std::unique_ptr<redisContext, void (*)(redisContext*)> context(
        redisConnect("127.0.0.1", port_), redisFree);
    return context != nullptr && context->err == 0;
  }

  TemporaryFolder folder_;
  std::vector<std::string> options_;
  int port_;
  pid_t process_ = -1;
  int key_spaces_ = 0;
};

inline std::unique_ptr<KeyValueStore> open_or_fail(const std::string& url,
                                                   const StoreOptions& options = {}) {
  auto store = open_store(url, options);
  if (!store.ok()) ADD_FAILURE() << store.error().to_text();
  return *std::move(store);
}

inline std::string error_text(const Status& status) {
  return status.ok() ? "" : status.error().to_text();
}

}  // namespace coterie::store

// Declares `RedisTestServer& name`. Without the package the test is skipped and says why; where
// CI=true it fails instead, so that a build without Redis cannot pass unnoticed.
#define COTERIE_NEED_REDIS(name)                                                                 \
  const auto coterie_server = ::coterie::store::RedisTestServer::shared();                       \
  if (!coterie_server.ok()) {                                                                    \
    const char* coterie_ci = std::getenv("CI");                                                  \
    const bool coterie_missing = coterie_server.error().code == ::coterie::ErrorCode::kNotFound; \
    if (!coterie_missing || (coterie_ci != nullptr && std::string(coterie_ci) == "true"))        \
      FAIL() << coterie_server.error().to_text();                                                \
    GTEST_SKIP() << coterie_server.error().to_text();                                            \
  }                                                                                              \
  [[maybe_unused]] ::coterie::store::RedisTestServer& name = **coterie_server
