#include <benchmark/benchmark.h>

#include "base/crc32c_internal.h"
#include "base/hash.h"

namespace coterie {
namespace {

std::string bytes_of(const benchmark::State& state) {
  return std::string(static_cast<size_t>(state.range(0)), 'x');
}

// Bytes a second, to be read against one core's memory bandwidth (about 10 GB/s).
template <typename Hash>
void run(benchmark::State& state, const Hash& hash) {
  const std::string bytes = bytes_of(state);
  for (auto _ : state) benchmark::DoNotOptimize(hash(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void crc32c_instruction(benchmark::State& state) {
  run(state, [](const std::string& bytes) { return crc32c(bytes); });
}
void crc32c_portable(benchmark::State& state) {
  run(state, [](const std::string& bytes) { return internal::crc32c_portable(bytes, 0); });
}
void hash64_bytes(benchmark::State& state) {
  run(state, [](const std::string& bytes) { return hash64(bytes); });
}
void sha256_bytes(benchmark::State& state) {
  run(state, [](const std::string& bytes) { return sha256_hex(bytes); });
}

BENCHMARK(crc32c_instruction)->Arg(64)->Arg(4096)->Arg(1 << 20);
BENCHMARK(crc32c_portable)->Arg(64)->Arg(4096)->Arg(1 << 20);
BENCHMARK(hash64_bytes)->Arg(10)->Arg(64)->Arg(4096);
BENCHMARK(sha256_bytes)->Arg(64)->Arg(1 << 20);

}  // namespace
}  // namespace coterie
