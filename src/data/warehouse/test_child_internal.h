#pragma once
// For tests: this test program started again as another process, in one of the roles of
// child_process_test.cc. Started with exec, so nothing of the engine's threads is inherited.

#include <string>
#include <vector>

#include <sys/types.h>

namespace coterie::data {

class Child {
 public:
  explicit Child(const std::vector<std::string>& arguments);
  ~Child();  // kills what still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Next line that it wrote to standard output; "" at the end.
  std::string read_line();
  void write_line(const std::string& line);  // to its standard input
  void kill_now();                           // SIGKILL, and waits
  int wait();                                // exit status, or -signal

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
};

}  // namespace coterie::data
