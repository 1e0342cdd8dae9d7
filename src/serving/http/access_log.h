#pragma once
// One JSON line a request, without personal data: no address, no path (ids stand in it) but the
// route's pattern, no query, no body.
//
//   {"time":"2026-11-21T09:02:27.000000Z","id":"5f0c…","method":"GET",
//    "route":"/v1/features/{entity}/{id}","status":200,"us":38,"bytes_in":0,"bytes_out":512}
//
// "route" is "" where none matched.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace coterie::serving {

struct AccessLine {
  Micros time = 0;
  std::string_view request_id;
  std::string_view method;
  std::string_view route;
  int status = 0;
  int64_t micros = 0;
  size_t bytes_in = 0;   // of the body
  size_t bytes_out = 0;  // of the body
};

// A file that lines are appended to; several processes may share it. Thread-safe.
class AccessLog {
 public:
  // Created if absent. kIo, kPermission.
  static Result<std::unique_ptr<AccessLog>> open(const std::string& path);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // Writes whole lines with one system call. What the disk refuses is lost and said in
  // the program's log once.
  void write(std::string_view lines);

 private:
  struct Impl;
  explicit AccessLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

void append_access_line(const AccessLine& line, std::string& out);

// The lines of one thread, handed to the log in blocks. Not thread-safe.
class AccessLines {
 public:
  // `log` may be null: then nothing is kept.
  explicit AccessLines(AccessLog* log) : log_(log) {}
  ~AccessLines() { flush(); }
  AccessLines(const AccessLines&) = delete;
  AccessLines& operator=(const AccessLines&) = delete;

  bool enabled() const { return log_ != nullptr; }
  void add(const AccessLine& line);
  void flush();

 private:
  AccessLog* log_;
  std::string lines_;
};

}  // namespace coterie::serving
