// A chunked body that ends at once and comes byte by byte meets an assertion in Beast 1.74 that
// does not hold there, and is harmless.
#define BOOST_DISABLE_ASSERTS

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "serving/http/message_reader_internal.h"

namespace coterie::serving::internal {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

constexpr const char* kMend = "send a request of HTTP/1.1 (RFC 9112)";

// Where a text stands in the bytes of the head, which may move until the head is complete.
struct Span {
  size_t begin = 0;
  size_t size = 0;
};

std::string_view std_view(BeastText text) { return {text.data(), text.size()}; }

using HeaderSpans = std::vector<std::pair<Span, Span>>;

class Parser final : public http::basic_parser<true> {
 public:
  explicit Parser(HeaderSpans& headers) : headers_(headers) {
    // Limits are the session's: Beast counts a header from its last complete line.
    header_limit(std::numeric_limits<uint32_t>::max());
    body_limit(std::numeric_limits<uint64_t>::max());
  }

  // Where the message is now.
  void set_base(const char* begin, size_t size) {
    base_ = begin;
    size_ = size;
  }
  void take_head(MessageHead& head) const {
    head.method = text_of(method_);
    head.target = text_of(target_);
    head.headers.clear();
    for (const auto& [name, value] : headers_)
      head.headers.emplace_back(text_of(name), text_of(value));
    head.http_1_1 = http_1_1_;
    head.keep_alive = keep_alive();
    head.chunked = chunked();
    head.content_length.reset();
    if (const auto length = content_length()) head.content_length = *length;
  }
  bool folded() const { return folded_; }
  std::string_view piece() const { return piece_; }
  void clear_piece() { piece_ = {}; }

 private:
  Span span_of(BeastText text) {
    const std::less<> before;
    if (text.empty()) return {};
    if (before(text.data(), base_) || !before(text.data(), base_ + size_)) {
      folded_ = true;  // a value of several lines, which Beast joins in a place of its own
      return {};
    }
    return {static_cast<size_t>(text.data() - base_), text.size()};
  }
  std::string_view text_of(Span span) const { return {base_ + span.begin, span.size}; }

  void on_request_impl(http::verb, BeastText method, BeastText target, int version,
                       error_code&) override {
    method_ = span_of(method);
    target_ = span_of(target);
    http_1_1_ = version == 11;
  }
  void on_response_impl(int, BeastText, int, error_code&) override {}
  void on_field_impl(http::field, BeastText name, BeastText value, error_code&) override {
    if (in_body_) return;  // a trailer
    const Span name_span = span_of(name);
    headers_.emplace_back(name_span, span_of(value));
  }
  void on_header_impl(error_code&) override { in_body_ = true; }
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(BeastText body, error_code&) override {
    piece_ = std_view(body);
    return body.size();
  }
  void on_chunk_header_impl(uint64_t, BeastText, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, BeastText body, error_code&) override {
    piece_ = std_view(body);
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  const char* base_ = nullptr;
  size_t size_ = 0;
  Span method_;
  Span target_;
  HeaderSpans& headers_;
  bool http_1_1_ = false;
  bool folded_ = false;
  bool in_body_ = false;
  std::string_view piece_;
};

Error broken(std::string message) {
  return invalid_input("not a request of HTTP: " + std::move(message)).with_mend(kMend);
}

}  // namespace

struct MessageReader::Impl {
  HeaderSpans headers;
  std::optional<Parser> parser;
  MessageHead head;
  Error error;
  size_t head_consumed = 0;
  bool head_given = false;

  Progress fail(std::string message) {
    error = broken(std::move(message));
    return Progress::kBroken;
  }
  Progress feed_head(std::string_view message, size_t& consumed);
  Progress feed_body(std::string_view message, size_t& consumed);
};

MessageReader::MessageReader() : impl_(std::make_unique<Impl>()) { reset(); }
MessageReader::~MessageReader() = default;

void MessageReader::reset() {
  impl_->headers.clear();
  impl_->parser.emplace(impl_->headers);
  impl_->head_consumed = 0;
  impl_->head_given = false;
}

MessageReader::Progress MessageReader::Impl::feed_head(std::string_view message, size_t& consumed) {
  parser->set_base(message.data(), message.size());
  error_code code;
  const size_t taken =
      parser->put({message.data() + head_consumed, message.size() - head_consumed}, code);
  head_consumed += taken;
  consumed = head_consumed;
  if (code == http::error::need_more) return Progress::kNeedMore;
  if (code) return fail(code.message());
  if (parser->folded()) return fail("a header goes on in the next line");
  parser->take_head(head);
  head_given = true;
  return Progress::kHead;
}

MessageReader::Progress MessageReader::Impl::feed_body(std::string_view message, size_t& consumed) {
  consumed = 0;
  while (!parser->is_done()) {
    if (consumed == message.size()) return Progress::kNeedMore;
    error_code code;
    parser->clear_piece();
    consumed += parser->put({message.data() + consumed, message.size() - consumed}, code);
    if (code == http::error::need_more) return Progress::kNeedMore;
    if (code) return fail(code.message());
    if (!parser->piece().empty()) return Progress::kBody;
  }
  return Progress::kDone;
}

MessageReader::Progress MessageReader::feed(std::string_view message, size_t& consumed) {
  return impl_->head_given ? impl_->feed_body(message, consumed)
                           : impl_->feed_head(message, consumed);
}

void MessageReader::moved(const char* message) {
  if (!impl_->head_given) return;
  impl_->parser->set_base(message, impl_->head_consumed);
  impl_->parser->take_head(impl_->head);
}

const MessageHead& MessageReader::head() const { return impl_->head; }
std::string_view MessageReader::piece() const { return impl_->parser->piece(); }
const Error& MessageReader::error() const { return impl_->error; }

}  // namespace coterie::serving::internal
