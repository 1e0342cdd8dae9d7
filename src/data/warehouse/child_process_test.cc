// The program's main: the tests, or one of the roles that tests start as processes of their own.

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "data/warehouse/test_child_internal.h"
#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

using Arguments = std::vector<std::string>;

void say(const std::string& line) {
  std::cout << line << std::endl;  // NOLINT(performance-avoid-endl): the parent waits for it
}

struct Opened {
  explicit Opened(const std::string& folder) : warehouse(take(Warehouse::open(folder))) {}
  Engine engine = take(Engine::open({}));
  Connection connection = take(engine.connect());
  Warehouse warehouse;
};

// append FOLDER WRITER COUNT: one row a commit, said when acknowledged.
int append_rows(const Arguments& arguments) {
  Opened opened(arguments[0]);
  for (int i = 0; i < std::stoi(arguments[2]); ++i) {
    WriteTransaction transaction = take(opened.warehouse.begin("writer-" + arguments[1]));
    take(transaction.append(
        "t", opened.connection,
        "select " + arguments[1] + " as writer, " + std::to_string(i) + " as i"));
    take(transaction.commit());
    say(std::to_string(i));
  }
  return 0;
}

// encode FOLDER WRITER ROUNDS: ids that overlap with the other writers', facts that use them.
int encode_rounds(const Arguments& arguments) {
  Opened opened(arguments[0]);
  for (int round = 0; round < std::stoi(arguments[2]); ++round) {
    WriteTransaction transaction = take(opened.warehouse.begin("encoder-" + arguments[1]));
    // Writer 0 goes up, writer 1 comes down: they meet, and half of the ids are new to each.
    const std::string first =
        arguments[1] == "0" ? std::to_string(round * 5) : std::to_string(500 - round * 5);
    const std::string ids = "select 'id-' || (i + " + first + ") as id from range(10) r(i)";
    must(transaction.encode_ids("customer", opened.connection, ids));
    take(transaction.append("t", opened.connection,
                            "select d.code as customer_id, s.id as written from (" + ids +
                                ") s left join facts.dict_customer d using (id)",
                            {.entities = {{"customer_id", "customer"}}}));
    take(transaction.commit());
  }
  return 0;
}

// replace FOLDER: versions of two tables and a mark that always agree, until it is killed.
int replace_forever(const Arguments& arguments) {
  Opened opened(arguments[0]);
  const Snapshot before = take(opened.warehouse.snapshot());
  for (int64_t n = before.version() + 1;; ++n) {
    WriteTransaction transaction = take(opened.warehouse.begin("replacer"));
    const std::string rows = "select " + std::to_string(n) + "::bigint as n, i from range(";
    take(transaction.replace("t", opened.connection, rows + "200000) r(i)"));
    take(transaction.replace("u", opened.connection, rows + "1000) r(i)"));
    transaction.set_mark("n", std::to_string(n));
    take(transaction.commit());
    say(std::to_string(n));
  }
}

// upkeep FOLDER: appends, each said when acknowledged, with compaction and collection between them,
// until it is killed.
int append_with_upkeep(const Arguments& arguments) {
  Opened opened(arguments[0]);
  for (int64_t i = take(opened.warehouse.snapshot()).version();; ++i) {
    WriteTransaction transaction = take(opened.warehouse.begin("upkeep"));
    take(transaction.append("t", opened.connection, "select " + std::to_string(i) + " as i"));
    transaction.set_mark("newest", std::to_string(i));
    take(transaction.commit());
    say(std::to_string(i));
    take(opened.warehouse.compact(opened.engine, 2));
    take(opened.warehouse.gc(1));
  }
}

// hold FOLDER: reads table t of one snapshot before and after a line of input.
int hold_snapshot(const Arguments& arguments) {
  Opened opened(arguments[0]);
  const Snapshot snapshot = take(opened.warehouse.snapshot());
  must(snapshot.attach(opened.connection));
  say(std::to_string(snapshot.version()));
  std::string line;
  std::getline(std::cin, line);
  say(std::to_string(take(opened.connection.scalar_int("select sum(n)::bigint from t"))));
  return 0;
}

// limited FOLDER BYTES: a replace whose file may not grow beyond so many bytes.
int replace_limited(const Arguments& arguments) {
  Opened opened(arguments[0]);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{std::stoul(arguments[1]), std::stoul(arguments[1])};
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  WriteTransaction transaction = take(opened.warehouse.begin("limited"));
  const Result<int64_t> written = transaction.replace(
      "t", opened.connection, "select hash(i) as n, i from range(1000000) r(i)");
  say(written.ok() ? "written" : std::string(error_name(written.error().code)));
  return 0;
}

// lock FOLDER: keeps the catalogue's write lock until a line of input.
int lock_catalogue(const Arguments& arguments) {
  sqlite3* handle = nullptr;
  CHECK(sqlite3_open((arguments[0] + "/catalog.sqlite").c_str(), &handle) == SQLITE_OK);
  CHECK(sqlite3_exec(handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  say("locked");
  std::string line;
  std::getline(std::cin, line);
  sqlite3_close(handle);
  return 0;
}

int run_role(const Arguments& arguments) {
  const std::map<std::string, std::function<int(const Arguments&)>> roles = {
      {"append", append_rows},        {"encode", encode_rounds}, {"replace", replace_forever},
      {"upkeep", append_with_upkeep}, {"hold", hold_snapshot},   {"limited", replace_limited},
      {"lock", lock_catalogue},
  };
  return roles.at(arguments[0])({arguments.begin() + 1, arguments.end()});
}

}  // namespace

Child::Child(const std::vector<std::string>& arguments) {
  int to_child[2];
  int from_child[2];
  CHECK(pipe2(to_child, O_CLOEXEC) == 0);
  CHECK(pipe2(from_child, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
  std::vector<std::string> words = {"test", "--child"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  CHECK(posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(to_child[0]);
  close(from_child[1]);
  input_ = to_child[1];
  output_ = from_child[0];
}

Child::~Child() {
  if (pid_ > 0) kill_now();
  close(input_);
  close(output_);
}

std::string Child::read_line() {
  while (true) {
    const size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char bytes[4096];
    const ssize_t got = read(output_, bytes, sizeof(bytes));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return "";
    buffer_.append(bytes, static_cast<size_t>(got));
  }
}

void Child::write_line(const std::string& line) {
  const std::string bytes = line + "\n";
  CHECK(write(input_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

void Child::kill_now() {
  kill(pid_, SIGKILL);
  wait();
}

int Child::wait() {
  int status = 0;
  CHECK(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace coterie::data

int main(int argc, char** argv) {
  if (argc > 2 && std::strcmp(argv[1], "--child") == 0) {
    return coterie::data::run_role({argv + 2, argv + argc});
  }
  // These tests are about the order of events. Each of their thousands of commits would wait some
  // milliseconds for a disk.
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
