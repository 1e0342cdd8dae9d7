#pragma once
// HTTP/1.1 request framing (RFC 9112) by Boost.Beast's parser, behind types without Boost: head,
// content by length or in chunks. Takes bytes as they come and copies none of the head.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/http/url.h"

namespace coterie::serving::internal {

// Views of the bytes given to MessageReader::feed.
struct MessageHead {
  std::string_view method;
  std::string_view target;
  std::vector<TextPair> headers;
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool http_1_1 = false;
  bool keep_alive = false;
};

class MessageReader {
 public:
  MessageReader();
  ~MessageReader();
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  enum class Progress { kNeedMore, kHead, kBody, kDone, kBroken };

  // Forgets everything: the next byte begins a message.
  void reset();
  // Reads on in `message`, which begins with the message's first byte as long as its head is not
  // complete, and after that with the first byte not yet consumed. `consumed` is set to what was
  // taken of it, counted from its begin; what feed() took of the head stays in `message` and is
  // given again. kHead once, when the head is complete: head() is then set and views those bytes.
  // kBody: piece() is content. kDone: the next byte begins another message. kBroken: error() says
  // why, nothing more can be read.
  Progress feed(std::string_view message, size_t& consumed);

  // The caller has moved the bytes of the message, head included, to `message`: head() follows.
  void moved(const char* message);

  const MessageHead& head() const;
  std::string_view piece() const;
  const Error& error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::serving::internal
