#pragma once
// Peak memory of one step: the kernel's high-water mark of this process, set back at the start.

#include <cstdint>

namespace coterie::pipeline {

class MemoryMeter {
 public:
  MemoryMeter();  // sets the mark back where the kernel lets us (Linux)
  // Highest resident set since construction, in bytes; since the process began where the mark
  // cannot be set back.
  int64_t peak_bytes() const;
};

}  // namespace coterie::pipeline
