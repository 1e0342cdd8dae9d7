#pragma once
// Runs the program as a user does: its own process, arguments, output, exit status, signals.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/types.h>

#include "base/temporary_folder.h"

namespace coterie::tests {

struct Outcome {
  int status = 0;  // exit status; -signal when a signal ended it
  std::string out;
  std::string err;
  std::string all() const { return out + err; }
};

// A program under way. Killed on destruction if it still runs.
class RunningProgram {
 public:
  RunningProgram(const std::vector<std::string>& arguments, const std::string& folder,
                 const std::map<std::string, std::string>& environment = {});
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void signal(int number) const;
  bool alive();
  // Waits until standard error holds `text`; false when the program ended or 60 s passed first.
  bool wait_for_error_text(const std::string& text);
  Outcome wait();

 private:
  void reap(bool block);

  TemporaryFolder output_;
  pid_t process_ = -1;
  int status_ = 0;
  bool reaped_ = false;
};

// Runs coterie to its end, in `folder`.
Outcome coterie(const std::vector<std::string>& arguments, const std::string& folder = ".",
                const std::map<std::string, std::string>& environment = {});
// The same, expecting success and one JSON document on standard output.
nlohmann::json coterie_json(std::vector<std::string> arguments, const std::string& folder);

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);
// The public data of the tests: COTERIE_DATA, else ../shared/data beside the sources; "" if absent.
std::string public_data(const std::string& name);

}  // namespace coterie::tests
