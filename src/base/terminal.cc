#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <mutex>

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/terminal_internal.h"

namespace coterie::internal {
namespace {

struct State {
  std::mutex mutex;
  std::string bar;
};

// Never destroyed: static objects may log while they are.
State& state() {
  static State* instance = new State;
  return *instance;
}

// Goes back to the first line of a bar that is shown and clears from there.
std::string clear_bar(const std::string& bar) {
  const auto lines = std::ranges::count(bar, '\n');
  return lines == 0 ? "\r\x1b[K" : fmt::format("\r\x1b[{}A\x1b[J", lines);
}

// A closed standard error is nobody's fault and has no one to be told.
void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

bool error_is_terminal() {
  if (isatty(STDERR_FILENO) == 0) return false;
  const char* kind = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

int error_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

int error_rows() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
  return 24;
}

void write_error_line(std::string_view line) {
  State& shared = state();
  const std::lock_guard lock(shared.mutex);
  std::string out;
  if (!shared.bar.empty()) out += clear_bar(shared.bar);
  out += line;
  out += '\n';
  out += shared.bar;
  write_all(out);
}

void show_bar(std::string_view bar) {
  State& shared = state();
  const std::lock_guard lock(shared.mutex);
  if (shared.bar.empty() && bar.empty()) return;
  const std::string clear = clear_bar(shared.bar);
  shared.bar = bar;
  write_all(clear + shared.bar);
}

std::string printable(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '\n') {
      out += "\n  ";
    } else if ((byte < 0x20 && c != '\t') || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace coterie::internal
