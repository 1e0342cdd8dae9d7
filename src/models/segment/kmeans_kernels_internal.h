#pragma once
// The inner loops of a pass of k-means, one table of functions per instruction set (math/isa.h).
// Single-threaded, no allocation; pointers need no alignment. Points come in panels as in
// math/kernels.h: d × kPanelWidth, one column a point.

#include <cstdint>

#include "math/isa.h"
#include "math/kernels.h"

namespace coterie::segment {

struct NearestTwo {
  const float* tiles = nullptr;       // centres in tiles: tile_start() says which
  const float* half_norms = nullptr;  // count: ‖c‖² / 2
  int count = 0;                      // of centres
  int d = 0;
  const float* panel = nullptr;  // d × kPanelWidth
  // What rounding may have done to a squared distance e: at most s · (‖x‖² + ‖c‖²), therefore, with
  // ‖c‖² <= 2 ‖x‖² + 2 e, at most s · (3 ‖x‖² + 2 e), however far other centres are.
  float error_scale = 0;      // s, at most 0.01
  int32_t* labels = nullptr;  // kPanelWidth: the nearest centre, lowest on ties
  float* gaps = nullptr;  // kPanelWidth: at most distance to the second nearest - to the nearest
};

struct LooseRows {
  const float* slacks = nullptr;
  const int32_t* labels = nullptr;    // in [0, clusters)
  const float* thresholds = nullptr;  // clusters, with room for kLooseRoom
  int clusters = 0;
  int count = 0;
};
inline constexpr int kLooseRoom = 16;

struct PassKernels {
  int tile_rows = 0;
  // O(count · d): the two nearest centres of every point of a panel.
  void (*nearest_two)(const NearestTwo& job);
  // Indices i < count with slacks[i] <= thresholds[labels[i]], ascending; returns how many. `found`
  // has room for count + 16.
  int (*find_loose)(const LooseRows& job, int32_t* found);
  // sums += weight · x, in double.
  void (*add_row)(const float* x, int d, double weight, double* sums);
  // to = (x - means) · factors, computed in double; returns ‖to‖².
  double (*scale_row)(const float* x, const double* means, const double* factors, int d, float* to);
  // Whether all |values[i]| <= limit; no number is not.
  bool (*all_within)(const float* values, int64_t n, float limit);
  // ‖a - b‖² in double.
  double (*squared_distance)(const float* a, const float* b, int d);
};
extern const PassKernels kBaselinePassKernels;
extern const PassKernels kAvx2PassKernels;
extern const PassKernels kAvx512PassKernels;

// The table of math::active_isa().
const PassKernels& pass_kernels();

// Centres are cut into as few tiles as hold at most tile_rows each, of sizes as equal as can be.
// Tile t begins at centre tile_start(t); inside it element (j, r) of centre r lies at j · rows + r.
constexpr int tile_count(int count, int tile_rows) { return (count + tile_rows - 1) / tile_rows; }
constexpr int tile_start(int count, int tiles, int tile) {
  return static_cast<int>(int64_t{count} * tile / tiles);
}

}  // namespace coterie::segment
