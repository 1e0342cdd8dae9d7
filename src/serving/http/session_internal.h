#pragma once
// One connection's HTTP, without the connection: bytes in, bytes out. The sockets are io_loop.cc's;
// so this can be tested and fuzzed byte by byte.
//
//   span = session.room(); n = read(span); session.received(n);       // or received_end()
//   switch (session.advance()) {
//     case kRead:      read more
//     case kWrite:     write output(), call wrote(n); once all is written, advance() again
//     case kElsewhere: the handler may wait: answer_elsewhere() on another thread, and when that is
//                      done advance() again on this one
//     case kClose:     nothing more will come
//   }

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "serving/http/message_reader_internal.h"
#include "serving/http/thread_context_internal.h"

namespace coterie::serving::internal {

using SessionClock = std::chrono::steady_clock;

// Used by the thread of its context, and while that leaves it alone by another.
class Session {
 public:
  explicit Session(ThreadContext& context);

  // Room for at least 1 KiB of what comes next; valid until received().
  std::span<char> room();
  void received(size_t bytes);
  // The client sends nothing more; it may still read.
  void received_end() { ended_ = true; }

  enum class Want { kRead, kWrite, kElsewhere, kClose };
  // Answers every request that has arrived whole, in order.
  Want advance();
  // Answers the request for which advance() wanted kElsewhere, with the means of a thread that may
  // wait.
  void answer_elsewhere(ThreadContext& means);
  // To be sent in one call. The second part belongs to the thread's context: what could not be sent
  // at once must be kept by wrote() before another session advances.
  std::array<std::string_view, 2> output() const;
  void wrote(size_t bytes);
  bool has_output() const { return !output()[0].empty() || !output()[1].empty(); }

  // The client took too long: answers 408 if a request has begun (advance() then wants kWrite),
  // else wants kClose.
  void time_out();
  // Turns the connection away with 503; to be called instead of anything else.
  void refuse(size_t max_connections);
  // No request has begun, no answer waits.
  bool idle() const;
  // After the output the connection ends.
  bool closing() const { return closing_; }

 private:
  enum class Stage { kHead, kBody, kWhole };
  std::string_view unread() const { return {buffer_.get() + begin_, end_ - begin_}; }
  bool read_head();
  bool check_head();
  bool check_body_length(const MessageHead& head);
  bool check_expectation(const MessageHead& head);
  bool read_body();
  bool answer(bool may_wait);
  void fill_request(Request& request) const;
  void run_handler(const Router::Route& route);
  void send(const Router::Route* route, SessionClock::time_point started);
  void fail(int status, const Error& error);
  void finish_message();
  void shrink();

  ThreadContext* context_;
  MessageReader reader_;
  Stage stage_ = Stage::kHead;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t message_ = 0;  // where the message under way begins in the buffer
  size_t begin_ = 0;    // what the reader has not taken; at kHead the message's first byte
  size_t end_ = 0;
  size_t scanned_ = 0;   // at kHead: no end of the head begins before, counted from begin_
  size_t head_end_ = 0;  // at kBody: bytes before it must stay
  size_t max_body_ = 0;
  std::string body_;            // content that came in pieces
  std::string_view body_view_;  // or the only piece, in the buffer
  std::string out_;
  size_t out_done_ = 0;
  std::string_view out_body_;
  bool ended_ = false;
  bool closing_ = false;
};

}  // namespace coterie::serving::internal
