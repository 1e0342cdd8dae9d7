#pragma once
// Random projects (src/data/datasets/random_world_internal.h) with their datasets built as the
// steps build them.

#include <cstdint>
#include <string>
#include <vector>

#include "data/datasets/dataset.h"
#include "data/datasets/random_world_internal.h"

namespace coterie::data::testing {

struct BuildOptions {
  int64_t memory_bytes = int64_t{1} << 30;
  bool from_nothing = false;
  int threads = 2;
};

// Builds and commits one dataset after the other.
std::vector<DatasetReport> build_all(WorldWarehouse& house, const Project& project,
                                     const BuildOptions& options = {},
                                     const std::string& letters = "ABCDEF");

// What a failure says of the world.
std::string describe(const World& world, uint64_t seed);

}  // namespace coterie::data::testing
