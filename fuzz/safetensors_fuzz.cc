// links: coterie_math
// Model artefacts: whatever the bytes, parsing ends with an error or with arrays that can be
// written and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "math/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using coterie::math::TensorFile;
  const auto parsed =
      TensorFile::parse(std::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!parsed.ok()) return 0;
  const auto again = TensorFile::parse(parsed->to_bytes(), "again");
  if (!again.ok() || again->tensors().size() != parsed->tensors().size()) __builtin_trap();
  return 0;
}
