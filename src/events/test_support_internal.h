#pragma once
// Helpers of this folder's tests: child processes, whole logs as lists.

#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/temporary_folder.h"
#include "events/event_log.h"
#include "events/event_reader.h"

namespace coterie::events {

inline EventLog open_log(const std::string& folder, const EventLogOptions& options = {}) {
  auto log = EventLog::open(folder, options);
  if (!log.ok()) ADD_FAILURE() << log.error().to_text();
  return *std::move(log);
}

inline Appended append(EventLog& log, std::string_view id, std::string_view payload) {
  const auto appended = log.append({id, payload});
  if (!appended.ok()) ADD_FAILURE() << appended.error().to_text();
  return *appended;
}

// (id, payload) of every event from `from` on.
inline std::vector<std::pair<std::string, std::string>> read_all(const std::string& folder,
                                                                 Offset from = kOldestEvent) {
  std::vector<std::pair<std::string, std::string>> events;
  auto reader = EventReader::open(folder, from);
  EXPECT_TRUE(reader.ok()) << reader.error().to_text();
  while (reader.ok()) {
    auto event = reader->next();
    EXPECT_TRUE(event.ok()) << event.error().to_text();
    if (!event.ok() || !event->has_value()) break;
    events.emplace_back((*event)->id, (*event)->payload);
  }
  return events;
}

inline std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Runs `body` in a child process; returns what waitpid says.
inline int run_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace coterie::events
