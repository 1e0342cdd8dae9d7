#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "serving/http/session_internal.h"

namespace coterie::serving::internal {
namespace {

constexpr size_t kLeastRoom = 1 << 10;
constexpr size_t kUsualBuffer = 4 << 10;
constexpr size_t kBodyBuffer = 64 << 10;
constexpr size_t kKeptBytes = 16 << 10;      // of each buffer of an idle connection
constexpr size_t kTogetherBytes = 64 << 10;  // answers to pipelined requests sent in one call
constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool is_visible(char c) { return c > ' ' && c < 0x7F; }

}  // namespace

Session::Session(ThreadContext& context) : context_(&context) {}

std::span<char> Session::room() {
  const size_t stays = stage_ == Stage::kBody ? head_end_ : 0;
  if (begin_ == end_) begin_ = end_ = stays;
  const bool large =
      stage_ == Stage::kBody && max_body_ > kKeptBytes && body_.size() > kUsualBuffer;
  const size_t wanted = large ? kBodyBuffer / 2 : kLeastRoom;
  if (capacity_ - end_ < wanted && begin_ > stays) {
    std::memmove(buffer_.get() + stays, buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_ - stays;
    begin_ = stays;
  }
  if (capacity_ - end_ < wanted) {
    capacity_ = std::max(large ? kBodyBuffer : kUsualBuffer, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (end_ > 0) std::memcpy(larger.get(), buffer_.get(), end_);
    buffer_ = std::move(larger);
    if (stage_ == Stage::kBody) reader_.moved(buffer_.get() + message_);
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

void Session::received(size_t bytes) {
  CHECK(bytes <= capacity_ - end_);
  end_ += bytes;
}

Session::Want Session::advance() {
  while (!closing_) {
    if (stage_ == Stage::kHead && !read_head()) break;
    if (stage_ == Stage::kBody && !read_body()) break;
    stage_ = Stage::kWhole;
    // What was answered before is on its way first: an answer that is waited for holds nothing up.
    if (!answer(false)) return has_output() ? Want::kWrite : Want::kElsewhere;
    finish_message();
    if (begin_ == end_ || out_.size() + out_body_.size() > kTogetherBytes) break;
    // The context's response is about to be another's.
    out_ += out_body_;
    out_body_ = {};
  }
  if (has_output()) return Want::kWrite;
  if (closing_) return Want::kClose;
  if (!ended_) {
    shrink();
    return Want::kRead;
  }
  if (idle()) return Want::kClose;
  fail(400, invalid_input("the connection ended in the middle of a request"));
  return Want::kWrite;
}

void Session::answer_elsewhere(ThreadContext& means) {
  ThreadContext* const own = std::exchange(context_, &means);
  CHECK(answer(true));
  out_ += out_body_;
  out_body_ = {};
  finish_message();
  context_ = own;
}

// False: more bytes are needed, or the request has been refused.
bool Session::read_head() {
  // RFC 9112 §2.2: empty lines before a request are left out.
  while (begin_ < end_ && (buffer_[begin_] == '\r' || buffer_[begin_] == '\n')) ++begin_;
  if (begin_ == end_) return false;
  // The head is read when it is complete: the answer to a broken one must not depend on how many
  // bytes arrive at a time. What cannot be a method is told at once (TLS on the wrong port).
  const size_t limit = context_->limits.max_header_bytes;
  const std::string_view seen = unread().substr(0, limit);
  const size_t end = seen.find(kHeadEnd, scanned_);
  const bool complete = end != std::string_view::npos;
  scanned_ = seen.size() - std::min(seen.size(), kHeadEnd.size() - 1);
  if (!complete && is_visible(seen[0])) {
    if (seen.size() < limit) return false;
    fail(431, invalid_input(
                  fmt::format("the request's line and headers are longer than {} bytes", limit))
                  .with_mend("send fewer or shorter headers, and long input as the body"));
    return false;
  }
  size_t consumed = 0;
  const auto progress =
      reader_.feed(complete ? seen.substr(0, end + kHeadEnd.size()) : seen, consumed);
  if (progress != MessageReader::Progress::kHead) {
    fail(400, progress == MessageReader::Progress::kBroken
                  ? reader_.error()
                  : invalid_input("not a request of HTTP: the head ends too early"));
    return false;
  }
  message_ = begin_;
  begin_ += consumed;
  head_end_ = begin_;
  stage_ = Stage::kBody;
  body_view_ = {};
  return check_head();
}

bool Session::check_head() {
  const MessageHead& head = reader_.head();
  int hosts = 0;
  for (const auto& [name, value] : head.headers) {
    if (equals_ignoring_case(name, "host")) ++hosts;
    if (!equals_ignoring_case(name, "transfer-encoding")) continue;
    if (head.http_1_1 && equals_ignoring_case(value, "chunked")) continue;
    fail(501, Error(ErrorCode::kUnsupported, "the body is encoded in a way that is not offered")
                  .with_mend("send it plain, with Content-Length or Transfer-Encoding: chunked"));
    return false;
  }
  if (hosts > 1 || (hosts == 0 && head.http_1_1)) {
    fail(400, invalid_input(hosts > 1 ? "there is more than one Host header"
                                      : "the Host header is missing"));
    return false;
  }
  if (!head.chunked && head.content_length.value_or(0) == 0) return true;
  return check_body_length(head);
}

bool Session::check_body_length(const MessageHead& head) {
  Request& request = context_->request;
  Response& response = context_->response;
  response.clear();
  fill_request(request);
  const Router::Route* route = nullptr;
  if (const auto target = split_target(head.target); target.ok()) {
    request.path = target->path;
    context_->room.clear(head.target.size());
    route = context_->router.match(request, context_->room, response);
  }
  const size_t own = route != nullptr ? route->options.max_body_bytes : 0;
  max_body_ = own > 0 ? own : context_->limits.max_body_bytes;
  if (head.content_length.value_or(0) > max_body_) {
    fail(413, invalid_input(fmt::format("the body is longer than {} bytes", max_body_))
                  .with_mend("send it in several requests"));
    return false;
  }
  return check_expectation(head);
}

bool Session::check_expectation(const MessageHead& head) {
  const auto expect = context_->request.header("expect");
  if (!expect || !head.http_1_1) return true;
  if (!equals_ignoring_case(*expect, "100-continue")) {
    fail(417, invalid_input("Expect may only be 100-continue"));
    return false;
  }
  if (context_->request.route.empty()) {
    // The answer is known: the client need not send the body.
    closing_ = true;
    send(nullptr, SessionClock::now());
    return false;
  }
  if (begin_ == end_) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  return true;
}

bool Session::read_body() {
  // A chunk's size, extension and trailer are held to the limit of the head in the same way.
  const size_t limit =
      reader_.head().chunked ? context_->limits.max_header_bytes : std::string_view::npos;
  while (true) {
    size_t consumed = 0;
    const auto progress = reader_.feed(unread().substr(0, limit), consumed);
    begin_ += consumed;
    switch (progress) {
      case MessageReader::Progress::kDone:
        return true;
      case MessageReader::Progress::kBroken:
        fail(400, reader_.error());
        return false;
      case MessageReader::Progress::kBody: {
        const std::string_view piece = reader_.piece();
        if (body_.size() + piece.size() > max_body_) {
          fail(413, invalid_input(fmt::format("the body is longer than {} bytes", max_body_))
                        .with_mend("send it in several requests"));
          return false;
        }
        if (piece.size() == reader_.head().content_length) {
          body_view_ = piece;
        } else {
          body_ += piece;
        }
        break;
      }
      default:
        if (unread().size() < limit) return false;
        fail(431, invalid_input("a chunk's extension or trailer is too long"));
        return false;
    }
  }
}

void Session::finish_message() {
  stage_ = Stage::kHead;
  scanned_ = 0;
  reader_.reset();
  body_.clear();
  body_view_ = {};
}

void Session::shrink() {
  if (!idle()) return;
  if (body_.capacity() > kKeptBytes) body_ = {};
  if (out_.capacity() > kKeptBytes) out_ = {};
  if (capacity_ > kUsualBuffer) {
    buffer_.reset();
    capacity_ = begin_ = end_ = 0;
  }
}

std::array<std::string_view, 2> Session::output() const {
  return {std::string_view(out_).substr(out_done_), out_body_};
}

void Session::wrote(size_t bytes) {
  out_done_ += bytes;
  if (out_done_ < out_.size() + out_body_.size()) {
    out_ += out_body_;
    out_body_ = {};
    return;
  }
  out_.clear();
  out_body_ = {};
  out_done_ = 0;
}

bool Session::idle() const { return stage_ == Stage::kHead && begin_ == end_ && !has_output(); }

}  // namespace coterie::serving::internal
