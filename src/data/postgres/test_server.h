#pragma once
// For tests: a real PostgreSQL server of the installed Debian package (`postgresql`) in a temporary
// folder, on the loopback interface and a free port, without fsync; gone with the test program.
//
//   TEST(Publish, Replaces) {
//     COTERIE_NEED_POSTGRES(server);                  // PostgresTestServer& server; or skips
//     const std::string url = server.new_database();
//
// Servers refuse to run as root, so a root process starts it as the user `postgres`.

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
#include "data/postgres/connection.h"

namespace coterie::data {

class PostgresTestServer {
 public:
  static constexpr const char* kUser = "tester";
  static constexpr const char* kPassword = "se%cret/word";  // needs escaping in a URL
  static constexpr const char* kPasswordInUrl = "se%25cret%2Fword";

  // Folder of initdb and postgres, "" when the package is not installed.
  static std::string find_programs() {
    std::string found;
    std::error_code ignored;
    for (const auto& version :
         std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
      const std::string folder = version.path().string() + "/bin";
      if (std::filesystem::exists(folder + "/initdb") && folder > found) found = folder;
    }
    return found;
  }

  // The server of this test program, started at the first call.
  static Result<PostgresTestServer*> shared() {
    static Result<std::unique_ptr<PostgresTestServer>> server = start();
    if (!server.ok()) return server.error();
    return server->get();
  }

  static Result<std::unique_ptr<PostgresTestServer>> start() {
    const std::string programs = find_programs();
    if (programs.empty()) return not_found("the Debian package 'postgresql' is not installed");
    std::unique_ptr<PostgresTestServer> server(new PostgresTestServer(programs));
    RETURN_IF_ERROR(server->initialise());
    RETURN_IF_ERROR(server->launch());
    return server;
  }

  std::string url(const std::string& database, const std::string& user = kUser,
                  const std::string& password_in_url = kPasswordInUrl) const {
    return fmt::format("postgres://{}:{}@127.0.0.1:{}/{}", user, password_in_url, port_, database);
  }
  int port() const { return port_; }

  // The URL of a new, empty database, as the superuser.
  std::string new_database() {
    const std::string name = fmt::format("test_{}", ++databases_);
    Result<PostgresConnection> connection = PostgresConnection::connect(url("postgres"));
    CHECK(connection.ok());
    CHECK(connection->execute("CREATE DATABASE " + name).ok());
    return url(name);
  }

  // Ends the server at once, as a crash would; launch() starts it again on the same data.
  void stop() {
    if (process_ <= 0) return;
    kill(process_, SIGQUIT);
    waitpid(process_, nullptr, 0);
    process_ = -1;
  }

  Status launch() {
    process_ = spawn({programs_ + "/postgres", "-D", folder_ / "data", "-p", std::to_string(port_),
                      "-k", folder_.path(), "-h", "127.0.0.1", "-c", "fsync=off", "-c",
                      "full_page_writes=off", "-c", "synchronous_commit=off", "-c",
                      "shared_buffers=32MB", "-c", "logging_collector=off"});
    for (int attempt = 0; attempt < 300; ++attempt) {
      if (PostgresConnection::connect(url("postgres")).ok()) return {};
      if (waitpid(process_, nullptr, WNOHANG) != 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return Error{ErrorCode::kUnavailable, "PostgreSQL does not start:\n" + log_text()};
  }

  ~PostgresTestServer() { stop(); }
  PostgresTestServer(const PostgresTestServer&) = delete;
  PostgresTestServer& operator=(const PostgresTestServer&) = delete;

 private:
  explicit PostgresTestServer(std::string programs)
      : programs_(std::move(programs)), port_(free_port()) {}

  static int free_port() {
    const int handle = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    CHECK(bind(handle, reinterpret_cast<sockaddr*>(&address), length) == 0);
    CHECK(getsockname(handle, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    close(handle);
    return ntohs(address.sin_port);
  }

  Status initialise() {
    RETURN_IF_ERROR(write_file_atomic(folder_ / "password", kPassword));
    const std::string everyone = "chmod 755 '{0}' && chmod 644 '{0}/password'";
    std::string prepare = fmt::format(fmt::runtime(everyone), folder_.path());
    if (geteuid() == 0) prepare += fmt::format(" && chown postgres:postgres '{}'", folder_.path());
    if (run({"/bin/sh", "-c", prepare}) != 0) return internal_error("no user 'postgres'");
    if (run({programs_ + "/initdb", "-D", folder_ / "data", "-U", kUser, "--no-sync", "-E", "UTF8",
             "--locale=C", "--auth=scram-sha-256", "--pwfile=" + (folder_ / "password")}) != 0)
      return Error{ErrorCode::kUnavailable, "initdb fails:\n" + log_text()};
    return {};
  }

  std::string log_text() const {
    const Result<std::string> log = read_file(folder_ / "log");
    return log.ok() ? *log : log.error().to_text();
  }

  // Starts a program with its output in the log; as `postgres` when this process is root.
  pid_t spawn(std::vector<std::string> command) const {
    if (geteuid() == 0 && command[0].starts_with(programs_)) {
      const std::vector<std::string> as_postgres = {"/usr/bin/setpriv", "--reuid=postgres",
                                                    "--regid=postgres", "--clear-groups",
                                                    "--pdeathsig=KILL"};
      command.insert(command.begin(), as_postgres.begin(), as_postgres.end());
    }
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    const std::string log = folder_ / "log";
    const pid_t child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (freopen(log.c_str(), "a", stdout) != nullptr) dup2(STDOUT_FILENO, STDERR_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  int run(const std::vector<std::string>& command) const {
    int status = -1;
    waitpid(spawn(command), &status, 0);
    return status;
  }

  TemporaryFolder folder_;
  std::string programs_;
  int port_;
  pid_t process_ = -1;
  int databases_ = 0;
};

}  // namespace coterie::data

// Declares `PostgresTestServer& name`. Without the package the test is skipped and says why; where
// CI=true it fails instead, so that a build without PostgreSQL cannot pass unnoticed.
#define COTERIE_NEED_POSTGRES(name)                                                              \
  const auto coterie_server = ::coterie::data::PostgresTestServer::shared();                     \
  if (!coterie_server.ok()) {                                                                    \
    const char* coterie_ci = std::getenv("CI");                                                  \
    const bool coterie_missing = coterie_server.error().code == ::coterie::ErrorCode::kNotFound; \
    if (!coterie_missing || (coterie_ci != nullptr && std::string(coterie_ci) == "true"))        \
      FAIL() << coterie_server.error().to_text();                                                \
    GTEST_SKIP() << coterie_server.error().to_text();                                            \
  }                                                                                              \
  ::coterie::data::PostgresTestServer& name = **coterie_server
