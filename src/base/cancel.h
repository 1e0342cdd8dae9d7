#pragma once
// Cancellation. Ctrl-C (SIGINT) and SIGTERM set one flag for the process; long work looks at it
// between units of work and returns cancelled_error(), leaving stored state as it was.

#include <functional>

#include "base/result.h"

namespace coterie {

// Installs handlers for SIGINT and SIGTERM, and ignores SIGXFSZ. The first signal requests
// cancellation, a second one ends the process at once. Call once, from main.
void install_signal_handlers();

bool cancel_requested();
// Error kCancelled if cancellation was requested.
Status check_cancelled();
// For tests and for servers that drain.
void request_cancel();
void reset_cancel();

// While alive, `interrupt` is called from a watcher thread when cancellation is requested (also if
// it was before), to stop a blocking call such as a query; and again every 100 ms, because an
// interrupt that comes just before the blocking call begins is lost. So it must be thread-safe and
// harmless when repeated. Once the destructor has returned it is not running and never will be.
class CancelHook {
 public:
  explicit CancelHook(std::function<void()> interrupt);
  ~CancelHook();
  CancelHook(const CancelHook&) = delete;
  CancelHook& operator=(const CancelHook&) = delete;

 private:
  int id_;
};

}  // namespace coterie
