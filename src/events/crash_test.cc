// A writer killed in the middle of appending, and a disk that fills up.
#include <random>
#include <set>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "events/test_support_internal.h"

namespace coterie::events {
namespace {

// Appends from four threads until it is killed; writes each acknowledged number to the pipe.
[[noreturn]] void append_until_killed(const std::string& folder, int pipe_end, int round) {
  auto log = EventLog::open(folder, {.segment_bytes = 2'000});
  if (!log.ok()) ::_exit(1);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        const int32_t number = round * 10'000'000 + t * 1'000'000 + i;
        const std::string id = std::to_string(number);
        if (!log->append({id, "payload " + id}).ok()) ::_exit(1);
        if (::write(pipe_end, &number, sizeof(number)) != sizeof(number)) ::_exit(1);
      }
    });
  }
  threads[0].join();
  ::_exit(1);
}

// Kills the child once it has acknowledged `enough`; returns the numbers that it acknowledged.
std::vector<int32_t> kill_while_appending(const std::string& folder, int round, size_t enough) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    append_until_killed(folder, ends[1], round);
  }
  ::close(ends[1]);
  std::vector<int32_t> acknowledged;
  int32_t number = 0;
  while (::read(ends[0], &number, sizeof(number)) == sizeof(number)) {
    acknowledged.push_back(number);
    if (acknowledged.size() == enough) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  return acknowledged;
}

TEST(EventLogCrash, KilledWriterLosesNothingThatItAcknowledged) {
  const TemporaryFolder folder;
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  std::set<int32_t> acknowledged;
  for (int round = 0; round < 8; ++round) {
    const size_t enough = 1 + random() % 60;
    for (const int32_t n : kill_while_appending(folder.path(), round, enough)) {
      acknowledged.insert(n);
    }
    std::set<int32_t> found;
    {
      EventLog log = open_log(folder.path());
      append(log, "", "between");
      // Sent again, an acknowledged event is recognised.
      if (!acknowledged.empty()) {
        EXPECT_TRUE(append(log, std::to_string(*acknowledged.rbegin()), "again").duplicate);
      }
    }
    for (const auto& [id, payload] : read_all(folder.path())) {
      if (id.empty()) continue;
      ASSERT_EQ(payload, "payload " + id);
      ASSERT_TRUE(found.insert(std::stoi(id)).second) << "twice: " << id;
    }
    for (const int32_t n : acknowledged) ASSERT_TRUE(found.contains(n)) << n;
  }
}

// Appends events until one fails, checks that the log is as before, makes room with `relieve`, and
// checks that appending works again. Returns "" or what was wrong.
std::string fill_up(const std::string& folder, ErrorCode want,
                    const std::function<void()>& relieve) {
  auto log = EventLog::open(folder);
  if (!log.ok()) return log.error().to_text();
  const std::string payload(30'000, 'x');
  size_t stored = 0;
  Error failure;
  for (; stored < 10'000; ++stored) {
    const auto appended = log->append({"id" + std::to_string(stored), payload});
    if (appended.ok()) continue;
    failure = appended.error();
    break;
  }
  if (failure.code != want) return "failed with " + failure.to_text();
  if (stored < 5) return "failed too early: " + failure.to_text();
  const Offset end = log->end();
  if (log->append({"", payload}).ok()) return "the full disk took an event";
  if (log->end() != end || read_all(folder).size() != stored) return "the log changed";
  relieve();
  const auto again = log->append({"id" + std::to_string(stored), payload});
  if (!again.ok()) return "still failing: " + again.error().to_text();
  if (again->duplicate) return "the failed event counts as stored";
  if (read_all(folder).size() != stored + 1) return "the events are not all there";
  *log = open_log(folder + "-other");  // lets go of the lock
  auto reopened = EventLog::open(folder);
  return reopened.ok() && reopened->end() > end ? "" : "cannot be reopened";
}

TEST(EventLogFullDisk, ALimitOfFileSizeFailsCleanly) {
  const TemporaryFolder folder;
  const int status = run_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{1'000'000, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string wrong = fill_up(folder.path() + "/log", ErrorCode::kResourceExhausted, [] {
      rlimit none{RLIM_INFINITY, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &none);
    });
    if (!wrong.empty())
      std::fprintf(stderr, "%s\n", wrong.c_str());  // unbuffered: the child ends with _exit
    return wrong.empty() ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST(EventLogFullDisk, AFullFileSystemFailsCleanly) {
  const TemporaryFolder folder;
  constexpr int kNoMount = 77;
  const int status = run_child([&] {
    // A file system of 2 MB, in a mount namespace that ends with the child.
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kNoMount;
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=2m") != 0) return kNoMount;
    const std::string ballast = folder.path() + "/ballast";
    write_bytes(ballast, std::string(500'000, 'b'));
    const std::string wrong = fill_up(folder.path() + "/log", ErrorCode::kResourceExhausted,
                                      [&] { std::filesystem::remove(ballast); });
    if (!wrong.empty())
      std::fprintf(stderr, "%s\n", wrong.c_str());  // unbuffered: the child ends with _exit
    return wrong.empty() ? 0 : 1;
  });
  if (WEXITSTATUS(status) == kNoMount) {
    GTEST_SKIP() << "mounting a small tmpfs needs root or user namespaces";
  }
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace coterie::events
