#pragma once
// For tests: JSON values of every kind, numbers of every size among them.

#include <bit>
#include <cmath>
#include <random>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace coterie {

// Finite: small decimals, whole numbers small and large, and any bits.
inline double random_double(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0:
      return static_cast<double>(static_cast<int64_t>(random() % 2'000'000) - 1'000'000) / 100;
    case 1:
      return static_cast<double>(static_cast<int64_t>(random()));
    case 2:
      return static_cast<double>(random() % 1000);
    default: {
      const double any = std::bit_cast<double>(random());
      return std::isfinite(any) ? any : 0.5;
    }
  }
}

// Lists and objects at most `depth` within each other.
inline nlohmann::json random_json(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 8 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<int64_t>(random());
    case 3:
      return random_double(random);
    case 4: {
      const std::string_view texts[] = {"", "a", "\"\\\n", "\xC3\xA9\xF0\x9F\x98\x80", "\x01/"};
      return std::string(texts[random() % 5]) + std::string(texts[random() % 5]) +
             std::string(random() % 3, static_cast<char>(random() % 128));
    }
    case 5:
    case 6: {
      nlohmann::json all = nlohmann::json::array();
      for (size_t n = random() % 6; n > 0; --n) all.push_back(random_json(random, depth - 1));
      return all;
    }
    default: {
      nlohmann::json all = nlohmann::json::object();
      for (size_t n = random() % 30; n > 0; --n)
        all["k" + std::to_string(random() % 40)] = random_json(random, depth - 1);
      return all;
    }
  }
}

}  // namespace coterie
