#pragma once
// Request ids: what ties an answer, a line of the log and a caller's report together.

#include <array>
#include <cstdint>
#include <string_view>

namespace coterie::serving {

// An id of the client's is taken over if it is 1 to 64 letters, digits, '.', '_' or '-'.
bool is_sane_request_id(std::string_view text);

// Makes ids of 16 hexadecimal digits, different between threads and runs: a random start, then a
// mixed counter (no two equal within 2^64 calls of one source). Not for secrets. Not thread-safe.
class RequestIds {
 public:
  RequestIds();
  // Valid until the next call.
  std::string_view next();

 private:
  uint64_t state_;
  std::array<char, 16> text_{};
};

}  // namespace coterie::serving
