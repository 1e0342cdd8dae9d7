#pragma once
// Logging to standard error (and optionally a file), secrets redacted, one line a message: further
// lines of a message are indented and control characters escaped, so that a logged value can
// neither forge a line nor drive the terminal. A progress bar under way stays below. Thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/result.h"

namespace coterie::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// Messages below `level` go nowhere. Starts as kInfo.
void set_level(Level level);
bool enabled(Level level);
// Also appends JSON lines {"time", "level", "message"} to `path`, created if absent; empty stops
// that. Processes may share one file. Error kIo or kPermission; logging then goes on as before.
Status set_file(const std::string& path);
void write(Level level, std::string_view message);

// While kept, warnings are not written to standard error but wait, each once, for whoever answers
// with a document that can hold them. The file gets them as ever.
void keep_warnings(bool kept);
// What has been kept, oldest first, secrets redacted; they are then forgotten.
std::vector<std::string> take_warnings();

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kDebug))
    write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kInfo)) write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kWarning))
    write(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kError))
    write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace coterie::log
