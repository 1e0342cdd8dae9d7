#include <algorithm>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "serving/http/connection_internal.h"
#include "serving/http/io_workers_internal.h"
#include "serving/http/listening_socket_internal.h"

namespace coterie::serving::internal {

using std::chrono::milliseconds;

namespace {

// Between looks at the clock, which bound how late a timeout may be noticed.
constexpr milliseconds kLongestPeriod{250};
constexpr milliseconds kDrainPeriod{10};
constexpr uint64_t kSliceNanos = 100'000;
// They wait for a disk, mostly for the same one at the same time.
constexpr int kWaiters = 8;

// To run soon rather than long: answers take some 20 µs each, and behind a thread that computes one
// would wait for a whole slice of it, some ms. Linux does so from 6.12 on; elsewhere nothing
// changes, and a refusal is no fault.
void ask_for_short_slices() {
  // The kernel's sched_attr, which this libc does not have, in its first version.
  struct {
    uint32_t size = 48;
    uint32_t policy = 0;
    uint64_t flags = 0;
    int32_t nice = 0;
    uint32_t priority = 0;
    uint64_t runtime_ns = 0;
    uint64_t deadline_ns = 0;
    uint64_t period_ns = 0;
  } attributes;
  static_assert(sizeof attributes == 48);
  const bool known = syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0;
  if (!known || attributes.policy != SCHED_OTHER) return;
  attributes.runtime_ns = kSliceNanos;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

Worker::Worker(const IoWorkers::Shared& shared, const SessionLimits& limits, Counters& the_counters,
               const std::atomic<bool>& draining, Waiters& the_waiters)
    : context(shared.router, shared.routes, shared.access_log, limits, draining),
      options(shared.options),
      counters(the_counters),
      waiters(the_waiters) {
  const int shortest =
      std::min({options.read_timeout_ms, options.write_timeout_ms, options.idle_timeout_ms});
  period_ = std::clamp(milliseconds(shortest / 4), milliseconds(2), kLongestPeriod);
  wait_for_sweep();
}

void Worker::run() {
  ask_for_short_slices();
  io.run();
  context.access.flush();
}

void Worker::adopt(const Accepted& accepted) {
  const auto connection = std::make_shared<Connection>(*this, open_.size());
  open_.push_back(connection);
  counters.open.add(1);
  connection->start(accepted);
}

void Worker::remove(const Connection& connection) {
  const size_t place = connection.place;
  std::swap(open_[place], open_.back());
  open_[place]->place = place;
  const auto removed = std::move(open_.back());
  open_.pop_back();
  connections.fetch_sub(1, std::memory_order_relaxed);
  counters.open.add(-1);
  end_if_drained();
}

void Worker::sweep() {
  const auto now = SteadyClock::now();
  // Backwards: a connection that closes is replaced by the last one.
  for (size_t i = open_.size(); i-- > 0;) {
    const bool at_end = drains_ && now >= drain_end_;
    if (i >= open_.size() || (!at_end && !open_[i]->is_due(now))) continue;
    const auto connection = open_[i];  // outlives its removal
    if (at_end) {
      connection->close();
    } else {
      connection->end_wait();
    }
  }
  context.access.flush();
}

void Worker::wait_for_sweep() {
  timer_.expires_after(period_);
  timer_.async_wait([this](const error_code& code) {
    if (code) return;
    sweep();
    wait_for_sweep();
    end_if_drained();
  });
}

void Worker::drain() {
  drains_ = true;
  drain_end_ = SteadyClock::now() + milliseconds(options.drain_timeout_ms);
  for (size_t i = open_.size(); i-- > 0;) {
    const auto connection = open_[i];
    connection->drain();
  }
  period_ = std::min(period_, kDrainPeriod);
  wait_for_sweep();
  end_if_drained();
}

void Worker::end_if_drained() {
  if (drains_ && open_.empty()) timer_.cancel();
}

namespace {

// Connections above the limit that are being told so; yet another is closed without a word.
constexpr size_t kRefusals = 64;
constexpr milliseconds kAcceptPause{50};

// Accepts on the first worker's thread.
class Listener {
 public:
  Listener(std::vector<std::unique_ptr<Worker>>& workers, Counters& counters,
           ListeningSocket&& socket)
      : workers_(workers),
        counters_(counters),
        socket_(std::move(socket)),
        readable_(workers[0]->io, socket_.handle()),
        pause_(workers[0]->io) {
    wait();
  }
  // The handle is the socket's to close.
  ~Listener() {
    if (readable_.is_open()) readable_.release();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return socket_.port(); }
  // What is already connected is still served.
  void close();

 private:
  void wait();
  void take_all();
  void deal_out(int handle);

  std::vector<std::unique_ptr<Worker>>& workers_;
  Counters& counters_;
  ListeningSocket socket_;
  asio::posix::stream_descriptor readable_;
  asio::steady_timer pause_;
  bool warned_ = false;
};

void Listener::wait() {
  readable_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& code) {
    if (!code && readable_.is_open()) take_all();
  });
}

void Listener::take_all() {
  while (true) {
    const Result<int> accepted = socket_.accept();
    if (accepted.ok() && *accepted >= 0) {
      deal_out(*accepted);
      continue;
    }
    if (accepted.ok()) return wait();
    if (!std::exchange(warned_, true)) log::warning("{}", accepted.error().to_text());
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const error_code& code) {
      if (!code && readable_.is_open()) take_all();
    });
    return;
  }
}

void Listener::deal_out(int handle) {
  counters_.accepted.add();
  size_t all = 0;
  Worker* fewest = workers_[0].get();
  for (const auto& worker : workers_) {
    const size_t open = worker->connections.load(std::memory_order_relaxed);
    all += open;
    if (open < fewest->connections.load(std::memory_order_relaxed)) fewest = worker.get();
  }
  const size_t most = fewest->options.max_connections;
  if (all >= most) counters_.refused.add();
  if (all >= most + kRefusals) {
    ::close(handle);
    return;
  }
  fewest->connections.fetch_add(1, std::memory_order_relaxed);
  asio::post(fewest->io, [fewest, accepted = Accepted{handle, socket_.is_ipv6(), all >= most}] {
    fewest->adopt(accepted);
  });
}

void Listener::close() {
  if (!readable_.is_open()) return;
  take_all();
  readable_.release();
  pause_.cancel();
  const ListeningSocket closed = std::move(socket_);
}

}  // namespace

struct IoWorkers::Impl {
  explicit Impl(const Shared& the_shared) : shared(the_shared), counters(the_shared.metrics) {}

  Shared shared;
  Counters counters;
  std::atomic<bool> draining{false};
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<Listener> listener;
  // After the workers: what it still answers goes back to them.
  Waiters waiters;
  std::vector<std::thread> threads;
  std::mutex stopping;
};

IoWorkers::IoWorkers(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
IoWorkers::~IoWorkers() { stop(); }

Result<std::unique_ptr<IoWorkers>> IoWorkers::start(const Shared& shared) {
  const HttpOptions& options = shared.options;
  ASSIGN_OR_RETURN(ListeningSocket socket,
                   ListeningSocket::open({.host = options.host,
                                          .port = options.port,
                                          .beyond_loopback = options.beyond_loopback}));
  auto impl = std::make_unique<Impl>(shared);
  const SessionLimits limits{.max_header_bytes = options.max_header_bytes,
                             .max_body_bytes = options.max_body_bytes};
  for (int i = 0; i < options.threads; ++i) {
    impl->workers.push_back(
        std::make_unique<Worker>(shared, limits, impl->counters, impl->draining, impl->waiters));
  }
  impl->listener = std::make_unique<Listener>(impl->workers, impl->counters, std::move(socket));
  // Signals go to the threads that wait for them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (const auto& worker : impl->workers)
    impl->threads.emplace_back([&started = *worker] { started.run(); });
  const bool any_waits = std::ranges::any_of(
      shared.router.routes(), [](const auto& route) { return route->options.waits; });
  for (int i = 0; any_waits && i < kWaiters; ++i) {
    impl->waiters.add(std::make_unique<ThreadContext>(shared.router, shared.routes,
                                                      shared.access_log, limits, impl->draining));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return std::unique_ptr<IoWorkers>(new IoWorkers(std::move(impl)));
}

int IoWorkers::port() const { return impl_->listener->port(); }

void IoWorkers::stop() {
  const std::lock_guard lock(impl_->stopping);
  if (impl_->threads.empty()) return;
  impl_->draining.store(true);
  asio::post(impl_->workers[0]->io, [impl = impl_.get()] {
    impl->listener->close();
    // Behind the connections that were just dealt out.
    for (const auto& worker : impl->workers)
      asio::post(worker->io, [&drained = *worker] { drained.drain(); });
  });
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
  impl_->waiters.stop();
}

}  // namespace coterie::serving::internal
