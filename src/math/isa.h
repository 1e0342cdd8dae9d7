#pragma once
// Which vector instructions this process uses. One binary holds every variant; the choice is made
// once, from what the CPU and the operating system offer. Variants may differ in the last bits of a
// float (fused or separate multiply-add, lanes of a sum); within one variant results depend on the
// input alone.

#include <string_view>
#include <vector>

namespace coterie::math {

enum class Isa {
  kBaseline,  // SSE2 on x86-64, NEON on arm64
  kAvx2,      // AVX2 + FMA
  kAvx512,    // AVX-512 F, BW, DQ, VL
  // The same with products of bfloat16 (AVX512_BF16), which preselect what float then decides.
  kAvx512Bf16,
};

std::string_view isa_name(Isa isa);
// Every variant that this machine can run, weakest first.
std::vector<Isa> supported_isas();
// The strongest supported one, or the one forced by ScopedIsa.
Isa active_isa();

// Forces a variant while alive, for tests that compare variants. Not thread-safe.
class ScopedIsa {
 public:
  explicit ScopedIsa(Isa isa);
  ~ScopedIsa();
  ScopedIsa(const ScopedIsa&) = delete;
  ScopedIsa& operator=(const ScopedIsa&) = delete;

 private:
  Isa previous_;
};

}  // namespace coterie::math
