#pragma once
// For tests: standard error led aside, into a file or into a terminal of its own.

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "base/check.h"

namespace coterie {

// While alive, what is written to standard error is kept; text() ends that and returns it.
class CapturedError {
 public:
  // 0 columns: not a terminal.
  explicit CapturedError(int columns = 0) : saved_(dup(STDERR_FILENO)) {
    int ends[2];  // read, write
    if (columns > 0) {
      winsize size{};
      size.ws_col = static_cast<unsigned short>(columns);
      size.ws_row = 24;
      CHECK(openpty(&ends[0], &ends[1], nullptr, nullptr, &size) == 0);
    } else {
      CHECK(pipe(ends) == 0);
    }
    CHECK(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    reader_ = std::thread([this, from = ends[0]] {
      char buffer[4096];
      // The end is 0 from a pipe and EIO from a terminal.
      for (ssize_t got; (got = read(from, buffer, sizeof(buffer))) > 0;) {
        const std::lock_guard lock(mutex_);
        text_.append(buffer, static_cast<size_t>(got));
      }
      close(from);
    });
  }
  ~CapturedError() { static_cast<void>(text()); }
  CapturedError(const CapturedError&) = delete;
  CapturedError& operator=(const CapturedError&) = delete;

  // Returns when `part` has been written.
  void wait_for(std::string_view part) {
    while (!contains(part)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  const std::string& text() {
    if (saved_ >= 0) {
      dup2(saved_, STDERR_FILENO);
      close(saved_);
      saved_ = -1;
      reader_.join();
    }
    return text_;
  }

 private:
  bool contains(std::string_view part) {
    const std::lock_guard lock(mutex_);
    return text_.find(part) != std::string::npos;
  }

  int saved_;
  std::mutex mutex_;
  std::string text_;
  std::thread reader_;
};

}  // namespace coterie
