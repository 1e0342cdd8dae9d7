#include "pipeline/memory_meter.h"

#include <fstream>
#include <string>

#include "base/resources.h"

namespace coterie::pipeline {

MemoryMeter::MemoryMeter() {
  std::ofstream reset("/proc/self/clear_refs");
  reset << "5";  // proc(5): reset the peak resident set size
}

int64_t MemoryMeter::peak_bytes() const {
  std::ifstream status("/proc/self/status");
  std::string label;
  while (status >> label) {
    if (label == "VmHWM:") {
      int64_t kib = 0;
      if (status >> kib) return kib * 1024;
    }
    status.ignore(4096, '\n');
  }
  return peak_rss_bytes();
}

}  // namespace coterie::pipeline
