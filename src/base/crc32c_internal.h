#pragma once
// The two implementations behind crc32c(), apart so that a test can compare them.

#include <cstdint>
#include <string_view>

namespace coterie::internal {

// Slicing-by-8 (Kounavis and Berry 2005): eight table look-ups a step of eight bytes.
uint32_t crc32c_portable(std::string_view bytes, uint32_t seed);
// Whether this CPU has a CRC-32C instruction.
bool crc32c_has_instruction();
// Only if crc32c_has_instruction().
uint32_t crc32c_instruction(std::string_view bytes, uint32_t seed);

}  // namespace coterie::internal
