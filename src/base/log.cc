#include "base/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/terminal_internal.h"

namespace coterie::log {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};

std::atomic<Level> lowest{Level::kInfo};

struct LogFile {
  std::mutex mutex;
  int descriptor = -1;
};

// Never destroyed: static objects may log while they are.
LogFile& log_file() {
  static LogFile* instance = new LogFile;
  return *instance;
}

struct KeptWarnings {
  std::mutex mutex;
  bool on = false;
  std::vector<std::string> messages;
};

// Never destroyed, either.
KeptWarnings& kept_warnings() {
  static KeptWarnings* instance = new KeptWarnings;
  return *instance;
}

// False: warnings are not kept.
bool keep(const std::string& message) {
  KeptWarnings& kept = kept_warnings();
  const std::lock_guard lock(kept.mutex);
  if (kept.on && std::ranges::find(kept.messages, message) == kept.messages.end())
    kept.messages.push_back(message);
  return kept.on;
}

void append_json(const std::string& time, std::string_view level, const std::string& message) {
  LogFile& file = log_file();
  const std::lock_guard lock(file.mutex);
  if (file.descriptor < 0) return;
  const nlohmann::ordered_json record = {{"time", time}, {"level", level}, {"message", message}};
  const std::string line = dump_json(record) + "\n";
  // One write a line, so that processes that share the file do not mix theirs.
  const ssize_t written = ::write(file.descriptor, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return;
  close(file.descriptor);
  file.descriptor = -1;
  internal::write_error_line(io_error("error: the log file is given up: cannot write").to_text());
}

}  // namespace

void set_level(Level level) { lowest.store(level); }
bool enabled(Level level) { return level >= lowest.load(std::memory_order_relaxed); }

Status set_file(const std::string& path) {
  int descriptor = -1;
  if (!path.empty()) {
    descriptor = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      const bool forbidden = errno == EACCES || errno == EROFS;
      Error error = io_error("cannot open the log file").at(path);
      if (forbidden) error.code = ErrorCode::kPermission;
      return error;
    }
  }
  LogFile& file = log_file();
  const std::lock_guard lock(file.mutex);
  if (file.descriptor >= 0) close(file.descriptor);
  file.descriptor = descriptor;
  return {};
}

void write(Level level, std::string_view message) {
  if (!enabled(level)) return;
  const std::string_view name = kNames[static_cast<size_t>(level)];
  const std::string hidden = redact(message);
  const std::string time = format_utc(now_micros());
  if (level == Level::kWarning && keep(hidden)) return append_json(time, name, hidden);
  // "2026-11-21T09:02:27.123Z": milliseconds are enough for a reader.
  internal::write_error_line(
      fmt::format("{}Z {:<7} {}", time.substr(0, 23), name, internal::printable(hidden)));
  append_json(time, name, hidden);
}

void keep_warnings(bool kept) {
  KeptWarnings& warnings = kept_warnings();
  const std::lock_guard lock(warnings.mutex);
  warnings.on = kept;
}

std::vector<std::string> take_warnings() {
  KeptWarnings& warnings = kept_warnings();
  const std::lock_guard lock(warnings.mutex);
  return std::exchange(warnings.messages, {});
}

}  // namespace coterie::log
