#pragma once
// For tests: a child made by fork() that runs a function, with a pipe each way.

#include <csignal>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace coterie {

class ChildProcess {
 public:
  // In the child: say() tells the parent, hear() waits for it (false: the parent has gone).
  class Link {
   public:
    void say(char what) const { CHECK(write(to_, &what, 1) == 1); }
    bool hear(char& what) const { return read(from_, &what, 1) == 1; }

   private:
    friend class ChildProcess;
    int from_ = -1;
    int to_ = -1;
  };

  // `body` returns the child's exit status. The parent must not have other threads that hold locks.
  explicit ChildProcess(const std::function<int(const Link&)>& body) {
    int down[2];
    int up[2];
    CHECK(pipe(down) == 0 && pipe(up) == 0);
    id_ = fork();
    CHECK(id_ >= 0);
    Link& mine = link_;
    const bool child = id_ == 0;
    mine.from_ = child ? down[0] : up[0];
    mine.to_ = child ? up[1] : down[1];
    close(child ? down[1] : down[0]);
    close(child ? up[0] : up[1]);
    if (child) _exit(body(mine));
  }
  ~ChildProcess() {
    if (id_ > 0) finish(SIGKILL);
    close(link_.from_);
    close(link_.to_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  const Link& link() const { return link_; }
  // Waits for the end, after `signal_number` if it is not 0; the status as waitpid gives it.
  int finish(int signal_number = 0) {
    if (signal_number != 0) kill(id_, signal_number);
    int status = 0;
    CHECK(waitpid(id_, &status, 0) == id_);
    id_ = 0;
    return status;
  }

 private:
  pid_t id_ = 0;
  Link link_;
};

}  // namespace coterie
