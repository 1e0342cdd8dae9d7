#pragma once
// One thread of IoWorkers and its connections. The only header with Boost in it: for io_workers.cc
// and connection.cc.

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "serving/http/io_workers_internal.h"
#include "serving/http/session_internal.h"
#include "serving/http/waiters_internal.h"

namespace coterie::serving::internal {

namespace asio = boost::asio;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

struct Counters {
  explicit Counters(Metrics& metrics)
      : accepted(metrics.counter("coterie_http_connections_total", "Connections taken.")),
        refused(metrics.counter("coterie_http_connections_refused_total",
                                "Connections turned away, because too many were open.")),
        timeouts(metrics.counter("coterie_http_timeouts_total",
                                 "Connections ended because the client was too slow or idle.")),
        received(metrics.counter("coterie_http_received_bytes_total", "Bytes read.")),
        sent(metrics.counter("coterie_http_sent_bytes_total", "Bytes written.")),
        open(metrics.gauge("coterie_http_connections", "Open connections.")) {}
  Counter& accepted;
  Counter& refused;
  Counter& timeouts;
  Counter& received;
  Counter& sent;
  Gauge& open;
};

class Connection;

struct Accepted {
  int handle = -1;
  bool ipv6 = false;
  bool refused = false;  // too many are open
};

// One thread and its connections.
class Worker {
 public:
  Worker(const IoWorkers::Shared& shared, const SessionLimits& limits, Counters& counters,
         const std::atomic<bool>& draining, Waiters& waiters);

  void run();
  void adopt(const Accepted& accepted);
  void drain();
  // Once draining and without connections, run() returns.
  void remove(const Connection& connection);

  asio::io_context io{1};
  // Read by the listener's thread.
  std::atomic<size_t> connections{0};

  ThreadContext context;
  const HttpOptions& options;
  Counters& counters;
  Waiters& waiters;

 private:
  void sweep();
  void wait_for_sweep();
  void end_if_drained();

  std::vector<std::shared_ptr<Connection>> open_;
  asio::steady_timer timer_{io};
  std::chrono::milliseconds period_;
  bool drains_ = false;
  SteadyClock::time_point drain_end_;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Worker& worker, size_t at)
      : place(at), worker_(worker), socket_(worker.io), session_(worker.context) {}

  void start(const Accepted& accepted);
  bool is_due(SteadyClock::time_point now) const { return now >= deadline_; }
  // What the connection waits for has not come in time.
  void end_wait();
  void drain();
  void close();

  size_t place;  // in the worker's list

 private:
  enum class Phase { kOpen, kLingering, kClosed };
  void proceed();
  bool flush();
  void read();
  void on_read(const error_code& code, size_t bytes);
  void expect_input();
  void finish();
  void answer_elsewhere();
  void set_deadline(int timeout_ms) {
    deadline_ = SteadyClock::now() + std::chrono::milliseconds(timeout_ms);
  }

  Worker& worker_;
  asio::ip::tcp::socket socket_;
  Session session_;
  Phase phase_ = Phase::kOpen;
  SteadyClock::time_point deadline_;
  bool reading_ = false;  // an asynchronous read is under way
  bool writing_ = false;
  bool elsewhere_ = false;  // the session is with another thread: not to be touched
  bool in_request_ = false;
  bool answered_ = true;  // since the deadline was set for idleness
  bool ended_ = false;    // the client has closed its side
  size_t lingered_ = 0;
};

}  // namespace coterie::serving::internal
