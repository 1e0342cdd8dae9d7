#pragma once
// `--set key=value` settings of the laboratory: asked for one by one, unknown ones refused.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace coterie::lab {

// Reads each key that is valid, then finish() refuses what was never asked for and names the
// nearest valid key. The first error sticks and is returned by finish().
class Settings {
 public:
  // "factors=64"; kInvalidInput without '=' or for a key twice.
  static Result<Settings> parse(const std::vector<std::string>& assignments);

  bool has(const std::string& key);
  int64_t integer(const std::string& key, int64_t fallback);
  double real(const std::string& key, double fallback);
  bool boolean(const std::string& key, bool fallback);
  std::string text(const std::string& key, const std::string& fallback);
  // One of `choices`.
  std::string choice(const std::string& key, const std::string& fallback,
                     const std::vector<std::string>& choices);
  Status finish();

 private:
  const std::string* take(const std::string& key);
  void fail(const std::string& key, const std::string& message);

  std::map<std::string, std::string> values_;
  std::vector<std::string> asked_;
  Status status_;
};

}  // namespace coterie::lab
