#pragma once
// Logging to standard error (and optionally a file), one line a message, secrets redacted.

#include <string>
#include <string_view>

#include <fmt/core.h>

namespace coterie::log {

enum class Level { kDebug, kInfo, kWarning, kError };

void set_level(Level level);
// Also appends JSON lines to `path`; empty stops that.
void set_file(const std::string& path);
void write(Level level, std::string_view message);

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace coterie::log
