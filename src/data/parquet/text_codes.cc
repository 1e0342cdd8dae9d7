#include "data/datasets/text_codes_internal.h"

namespace coterie::data {

uint32_t TextCodes::look_up(std::string_view text, Recent& recent) {
  auto found = codes_.find(text);
  if (found == codes_.end()) found = codes_.emplace(text, texts_.add(text)).first;
  recent.known = true;
  recent.text = text;
  recent.code = found->second;
  return found->second;
}

std::vector<uint32_t> TextCodes::ranks() const {
  std::vector<uint32_t> ranks(codes_.size());
  uint32_t rank = 0;
  for (const auto& [text, code] : codes_) ranks[code] = ++rank;
  return ranks;
}

}  // namespace coterie::data
