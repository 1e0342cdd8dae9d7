// links: coterie_features_plan
// Any bytes as the payload of a pushed row: decoding ends, texts lie inside the bytes, and what was
// decoded is the same again after encoding it.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "features/plan/pushed_event.h"

namespace {

using namespace coterie::features;

void require(bool condition) {
  if (!condition) std::abort();
}

bool same(const PushedValue& a, const PushedValue& b) {
  return a.kind == b.kind && a.integer == b.integer && a.text == b.text &&
         std::memcmp(&a.real, &b.real, sizeof a.real) == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  PushedEventDecoder decoder;
  const auto decoded = decoder.decode(payload);
  if (!decoded.ok()) {
    require(!decoded.error().message.empty());
    return 0;
  }
  require(decoded->values.size() == decoded->shape->columns.size());
  for (const PushedValue& value : decoded->values) {
    if (value.kind != PushedValue::Kind::kText || value.text.empty()) continue;
    require(value.text.data() >= payload.data() &&
            value.text.data() + value.text.size() <= payload.data() + payload.size());
  }
  std::string again;
  append_pushed_event(again, pushed_event_head(decoded->shape->source, decoded->shape->columns),
                      decoded->values);
  PushedEventDecoder fresh;
  const auto second = fresh.decode(again);
  require(second.ok() && second->shape->source == decoded->shape->source);
  for (size_t i = 0; i < decoded->values.size(); ++i)
    require(same(decoded->values[i], second->values[i]));
  return 0;
}
