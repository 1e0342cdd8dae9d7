#pragma once
// Which versions are being read, and by how many processes the warehouse is open: shared and
// exclusive locks on single bytes of one empty file (byte 0 = "open", byte v + 1 = version v). The
// kernel releases them when their holder dies, however it dies, so there is nothing to expire and
// no process id to mistake, not even between containers that share the folder; and reading needs
// no disk space. Private to this folder.

#include <cstdint>
#include <string>

#include "base/result.h"

namespace coterie::data {

inline constexpr int64_t kOpenByte = 0;
constexpr int64_t version_byte(int64_t version) { return version + 1; }

// Holds locks on one open file; releases all of them when destroyed. Move-only.
class Lease {
 public:
  // Creates the file if it is not there.
  static Result<Lease> open(const std::string& path);
  // false: somebody holds a lock that excludes this one.
  Result<bool> try_share(int64_t byte);
  Result<bool> try_exclude(int64_t byte);
  Status release(int64_t byte);
  // Whether `path` still names the file that this lease has open.
  bool is_current(const std::string& path) const;

  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

 private:
  explicit Lease(int descriptor) : descriptor_(descriptor) {}
  Result<bool> lock(int type, int64_t byte);
  int descriptor_ = -1;
};

}  // namespace coterie::data
