#include "base/hash.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

namespace coterie {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Error cannot_read(const std::string& path) {
  const bool absent = errno == ENOENT;
  Error error = io_error("cannot read").at(path);
  if (absent) error.code = ErrorCode::kNotFound;
  return error;
}

}  // namespace

struct Sha256::Impl {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  CHECK(impl_->context != nullptr);
  CHECK(EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish_hex() {
  std::array<unsigned char, 32> digest;
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), &size) == 1 &&
        size == digest.size());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish_hex();
}

Result<std::string> sha256_file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return cannot_read(path);
  Sha256 hash;
  std::vector<char> buffer(size_t{1} << 18);
  ssize_t got = 0;
  while ((got = read(descriptor, buffer.data(), buffer.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      Error error = cannot_read(path);
      close(descriptor);
      return error;
    }
    hash.update({buffer.data(), static_cast<size_t>(got)});
  }
  close(descriptor);
  return hash.finish_hex();
}

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  const auto load = [](const char* from, size_t size) {
    uint64_t word = 0;
    std::memcpy(&word, from, size);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
  };
  uint64_t hash = mix64(seed);
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) hash = mix64(hash ^ load(at, 8));
  if (left > 0) hash = mix64(hash ^ load(at, left));
  return mix64(hash ^ bytes.size());
}

}  // namespace coterie
