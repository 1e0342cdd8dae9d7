#pragma once
// For tests, here and in other folders: a real redis-server of the installed Debian package in a
// temporary folder, on the loopback interface and a free port, gone with the test program.

#include <algorithm>
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
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/result.h"
#include "base/temporary_folder.h"

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

  // One command on a connection of its own: the text of the answer, or its number; of an array the
  // number of its elements.
  std::string command(const std::vector<std::string>& arguments) const {
    const int handle = connect_to_it();
    if (handle < 0) return "it does not answer";
    std::string wire = fmt::format("*{}\r\n", arguments.size());
    for (const std::string& argument : arguments)
      wire += fmt::format("${}\r\n{}\r\n", argument.size(), argument);
    CHECK(send(handle, wire.data(), wire.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(wire.size()));
    std::string answer;
    const auto read_on = [&] {
      char bytes[4'096];
      const ssize_t got = recv(handle, bytes, sizeof bytes, 0);
      if (got > 0) answer.append(bytes, static_cast<size_t>(got));
      return got > 0;
    };
    while (!answer.contains("\r\n") && read_on()) continue;
    const size_t line = answer.find("\r\n");
    std::string text = line == std::string::npos ? "" : answer.substr(1, line - 1);
    if (answer.starts_with('$')) {
      const auto length = std::atol(text.c_str());
      const size_t end = line + 2 + static_cast<size_t>(std::max(length, 0L));
      while (length > 0 && answer.size() < end && read_on()) continue;
      text = length < 0 ? "" : answer.substr(line + 2, end - line - 2);
    }
    close(handle);
    return text;
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

  // A connected socket; -1 if nobody listens.
  int connect_to_it() const {
    const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port_));
    if (connect(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return handle;
    close(handle);
    return -1;
  }
  bool answers() const {
    const int handle = connect_to_it();
    if (handle >= 0) close(handle);
    return handle >= 0;
  }

  TemporaryFolder folder_;
  std::vector<std::string> options_;
  int port_;
  pid_t process_ = -1;
  int key_spaces_ = 0;
};

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
