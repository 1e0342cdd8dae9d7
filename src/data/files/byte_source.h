#pragma once
// A file's bytes in order, decompressed on the way: plain, gzip (also several members) and zstd
// (also several frames), recognised by their first bytes, never by the file's name.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace coterie::data {

// Not thread-safe. Memory: two buffers of 256 KiB beside the decompressor's own.
class ByteSource {
 public:
  static Result<ByteSource> open(const std::string& path);

  // Fills up to `size` bytes; fewer only at the end of the data, 0 after it. Compressed data that
  // ends early or is damaged is kInvalidInput and names the file.
  Result<size_t> read(char* into, size_t size);
  // Bytes taken from the file so far, and the file's size: for progress.
  int64_t file_bytes_read() const;
  int64_t file_bytes() const;
  bool compressed() const;

  class Decoder;  // one a format; internal
  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

 private:
  ByteSource(std::unique_ptr<Decoder> decoder);
  std::unique_ptr<Decoder> decoder_;
};

// Reads compressed data through to its end, and nothing of a plain file: for readers that take a
// file that was cut off for a short one. kInvalidInput: cut off or damaged; kCancelled.
Status check_whole(const std::string& path);

}  // namespace coterie::data
