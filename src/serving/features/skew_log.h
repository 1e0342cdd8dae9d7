#pragma once
// A sample of what was served, for comparison with the offline values of the same moments
// (`coterie features skew`). One JSON line a vector:
//
//   {"at":"2026-11-21T09:02:27.000000Z","log_offset":4711,"entities":{"customer_id":"c1"},
//    "features":{"spend_90d@1":19.90,"age@2":null}}
//
// Two files at most, FILE and FILE.1: when FILE has reached its bound it becomes FILE.1.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie::serving {

struct SkewLogOptions {
  std::string file;
  int64_t one_in = 1'000;                 // requests; of a sampled one, one row is kept
  int64_t max_bytes = int64_t{16} << 20;  // of each of the two files
};

// Thread-safe.
class SkewLog {
 public:
  // Creates the folder. kIo, kPermission.
  static Result<std::unique_ptr<SkewLog>> open(const SkewLogOptions& options);
  ~SkewLog();
  SkewLog(const SkewLog&) = delete;
  SkewLog& operator=(const SkewLog&) = delete;

  // Whether the request that is being answered is one of the sample; if so, `number` picks a row.
  bool due(uint64_t& number) {
    number = requests_.fetch_add(1, std::memory_order_relaxed);
    return number % static_cast<uint64_t>(options_.one_in) == 0;
  }
  // `line` ends with a newline. What the disk refuses is lost and counted.
  void write(std::string_view line);
  int64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  int64_t written() const { return written_.load(std::memory_order_relaxed); }

 private:
  explicit SkewLog(SkewLogOptions options) : options_(std::move(options)) {}
  Status open_file();

  SkewLogOptions options_;
  std::atomic<uint64_t> requests_ = 0;
  std::atomic<int64_t> written_ = 0;
  std::atomic<int64_t> lost_ = 0;
  std::mutex mutex_;
  int file_ = -1;
  int64_t bytes_ = 0;
};

}  // namespace coterie::serving
