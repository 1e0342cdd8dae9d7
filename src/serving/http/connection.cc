#include <array>
#include <utility>

#include <boost/asio/post.hpp>
#include <unistd.h>

#include "serving/http/connection_internal.h"

namespace coterie::serving::internal {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;

// After the last answer, what the client still sends is read for so long and so much: closing a
// socket with unread bytes resets the connection and can destroy the answer on its way.
constexpr milliseconds kLinger{1'000};
constexpr size_t kLingerBytes = 1 << 20;

void ignore(const error_code&) {}

}  // namespace

void Connection::start(const Accepted& accepted) {
  error_code code;
  if (socket_.assign(accepted.ipv6 ? tcp::v6() : tcp::v4(), accepted.handle, code)) {
    ::close(accepted.handle);
    return close();
  }
  // Of a client that has gone already: reading says so.
  ignore(socket_.non_blocking(true, code));
  ignore(socket_.set_option(tcp::no_delay(true), code));
  if (accepted.refused) session_.refuse(worker_.options.max_connections);
  proceed();
}

void Connection::proceed() {
  while (phase_ == Phase::kOpen) {
    switch (session_.advance()) {
      case Session::Want::kRead:
        expect_input();
        return read();
      case Session::Want::kClose:
        return finish();
      case Session::Want::kWrite:
        answered_ = true;
        if (!flush()) return;
        break;
      case Session::Want::kElsewhere:
        return answer_elsewhere();
    }
  }
}

void Connection::answer_elsewhere() {
  elsewhere_ = true;
  worker_.waiters.run([self = shared_from_this()](ThreadContext& means) mutable {
    self->session_.answer_elsewhere(means);
    asio::io_context& io = self->worker_.io;
    // The last reference ends on the connection's own thread.
    asio::post(io, [back = std::move(self)] {
      back->elsewhere_ = false;
      if (back->phase_ == Phase::kOpen) back->proceed();
      // Draining may have begun when the answer was made already.
      if (back->worker_.context.draining.load(std::memory_order_relaxed)) back->drain();
    });
  });
}

// The time of a request runs from its first byte, that of idleness from the last answer: bytes that
// trickle in prolong neither.
void Connection::expect_input() {
  const bool idle = session_.idle();
  if (idle && (answered_ || in_request_)) set_deadline(worker_.options.idle_timeout_ms);
  if (!idle && (answered_ || !in_request_)) set_deadline(worker_.options.read_timeout_ms);
  in_request_ = !idle;
  answered_ = false;
}

// False: waits until the socket takes more, or has failed.
bool Connection::flush() {
  while (session_.has_output()) {
    const auto parts = session_.output();
    const std::array<asio::const_buffer, 2> buffers = {
        asio::const_buffer(parts[0].data(), parts[0].size()),
        asio::const_buffer(parts[1].data(), parts[1].size())};
    error_code code;
    const size_t sent = socket_.write_some(buffers, code);
    if (code && code != asio::error::would_block) {
      close();
      return false;
    }
    worker_.counters.sent.add(sent);
    session_.wrote(sent);
    if (code != asio::error::would_block) continue;
    writing_ = true;
    set_deadline(worker_.options.write_timeout_ms);
    socket_.async_wait(tcp::socket::wait_write,
                       [self = shared_from_this()](const error_code& failed) {
                         self->writing_ = false;
                         if (failed) return self->close();
                         if (self->phase_ == Phase::kOpen && self->flush()) self->proceed();
                       });
    return false;
  }
  return true;
}

void Connection::read() {
  if (reading_) return;
  reading_ = true;
  const auto room = session_.room();
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          [self = shared_from_this()](const error_code& code, size_t bytes) {
                            self->reading_ = false;
                            self->on_read(code, bytes);
                          });
}

void Connection::on_read(const error_code& code, size_t bytes) {
  if (phase_ == Phase::kClosed) return;
  worker_.counters.received.add(bytes);
  if (code && code != asio::error::eof) return close();
  ended_ = ended_ || code == asio::error::eof;
  if (phase_ == Phase::kLingering) {
    lingered_ += bytes;
    return ended_ || lingered_ > kLingerBytes ? close() : read();
  }
  // A request that ran out of time is being answered: what still comes is read on while lingering.
  if (session_.closing()) return;
  if (ended_) {
    session_.received_end();
  } else {
    session_.received(bytes);
  }
  if (!writing_) proceed();
}

void Connection::finish() {
  if (ended_) return close();
  phase_ = Phase::kLingering;
  deadline_ = SteadyClock::now() + kLinger;
  error_code code;
  if (socket_.shutdown(tcp::socket::shutdown_send, code)) return close();
  read();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  error_code code;
  ignore(socket_.close(code));
  worker_.remove(*this);
}

void Connection::end_wait() {
  if (elsewhere_) return;  // the client waits for us
  if (phase_ == Phase::kLingering) return close();
  worker_.counters.timeouts.add();
  if (writing_) return close();
  session_.time_out();
  // A client that has sent nothing is not waiting for anything.
  if (!session_.has_output()) return close();
  proceed();
}

void Connection::drain() {
  if (phase_ != Phase::kOpen || writing_ || elsewhere_ || !session_.idle()) return;
  error_code code;
  if (socket_.available(code) > 0 && !code) return;  // a request that has not been read yet
  close();
}

}  // namespace coterie::serving::internal
