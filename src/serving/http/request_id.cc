#include "serving/http/request_id.h"

#include <algorithm>
#include <random>

namespace coterie::serving {

bool is_sane_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

RequestIds::RequestIds() {
  std::random_device device;
  state_ = (uint64_t{device()} << 32) | device();
}

std::string_view RequestIds::next() {
  // SplitMix64: a bijection of the counter.
  uint64_t mixed = state_ += 0x9E3779B97F4A7C15;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  mixed ^= mixed >> 31;
  for (char& digit : text_) {
    digit = "0123456789abcdef"[mixed & 15];
    mixed >>= 4;
  }
  return {text_.data(), text_.size()};
}

}  // namespace coterie::serving
