#pragma once
// Memory for the texts that one evaluation builds: handed out from chunks, all given back at once.

#include <cstddef>
#include <memory>
#include <vector>

namespace coterie::expr {

class Arena {
 public:
  // Uninitialised bytes, valid until reset(). Not thread-safe.
  char* allocate(size_t bytes) {
    if (bytes > free_) grow(bytes);
    char* const out = next_;
    next_ += bytes;
    free_ -= bytes;
    return out;
  }
  // Keeps the largest chunk for the next evaluation.
  void reset();

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };
  void grow(size_t bytes);

  std::vector<Chunk> chunks_;  // the last is in use and the largest
  char* next_ = nullptr;
  size_t free_ = 0;
};

}  // namespace coterie::expr
