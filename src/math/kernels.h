#pragma once
// The inner loops of linear algebra, one table of functions per instruction set (math/isa.h). All
// are single-threaded, allocate nothing and may be called from any thread; callers divide the work
// through ThreadPool. Matrices are row-major float32. Pointers need no alignment.
//
// Panels. Products are computed on panels of kPanelWidth columns: a panel of d-dimensional rows is
// stored d × kPanelWidth, so that one vector holds the same dimension of neighbouring rows. Every
// variant uses the same width, so packed data does not depend on the instruction set.

#include <cstdint>

#include "math/isa.h"

namespace coterie::math {

inline constexpr int kPanelWidth = 32;

// A column that passed the filter of score_filter, with its score.
struct Candidate {
  float score;
  int32_t column;
};

struct ScoreFilter {
  const float* queries = nullptr;  // rows × d, leading dimension query_stride
  int64_t query_stride = 0;
  int rows = 0;  // at most kFilterRows
  int d = 0;
  const float* panel = nullptr;            // d × kPanelWidth
  int columns = 0;                         // valid columns of the panel
  int32_t first_column = 0;                // index of the panel's first column
  const float* thresholds = nullptr;       // rows: a score passes if score >= threshold
  const uint32_t* excluded = nullptr;      // rows: bit c set = column c never passes
  Candidate* const* candidates = nullptr;  // rows: where to append, room for kPanelWidth more
  int* counts = nullptr;                   // rows: appended so far, updated
};
inline constexpr int kFilterRows = 12;

struct NearestPanel {
  const float* centres = nullptr;     // centres × d, leading dimension d
  const float* half_norms = nullptr;  // centres: ‖c‖² / 2
  int count = 0;                      // of centres
  int d = 0;
  const float* panel = nullptr;  // d × kPanelWidth: the points
  int32_t* labels = nullptr;     // kPanelWidth: index of the nearest centre, lowest on ties
  float* gains = nullptr;        // kPanelWidth: max over centres of x·c - ‖c‖²/2
};

// The step of conjugate gradients on Σ weight · row · rowᵀ, rows picked from a larger matrix.
struct RowsProduct {
  const float* base = nullptr;  // row i at base + i * stride
  int64_t stride = 0;           // a multiple of kRowLanes
  const int32_t* ids = nullptr;
  const float* weights = nullptr;  // count
  int count = 0;
  int d = 0;         // a multiple of kRowLanes: pad with zeros
  float target = 0;  // what the products of rows and x should be
  const float* x = nullptr;
  float* out = nullptr;      // += Σ_r weights[r] (target - row_r·x) row_r
  float* squares = nullptr;  // += Σ_r weights[r] row_r² (by element), unless null
};
inline constexpr int kRowLanes = 16;

// (diag(scale · spectrum + shift) + Σ weight · row · rowᵀ) x = Σ weight · row
struct RowSystem {
  RowsProduct rows;                 // target, x, out and squares are not read
  const float* spectrum = nullptr;  // d; not negative
  float scale = 0;
  float shift = 0;     // greater than 0
  float* x = nullptr;  // d: start, and result
  int steps = 0;
  float* scratch = nullptr;  // 6 d
};

// out(j) += Σ_r weights[r] base[ids[r] · stride + j] for j < n.
struct WeightedRows {
  const float* base = nullptr;
  int64_t stride = 0;
  const int32_t* ids = nullptr;
  const float* weights = nullptr;  // count
  int count = 0;
  int64_t n = 0;
  float* out = nullptr;
};

// c(i, j) -= Σ_k a(k, i) panel(k, j) for i < rows, j < kPanelWidth.
struct ProductUpdate {
  const float* a = nullptr;  // depth × rows, leading dimension a_step
  int64_t a_step = 0;
  int rows = 0;                  // fastest: a multiple of kTileMultiple
  const float* panel = nullptr;  // depth × kPanelWidth
  int depth = 0;
  float* c = nullptr;
  int64_t c_stride = 0;
};
// Rows of every variant's register tile divide it.
inline constexpr int kTileMultiple = 48;

// out[r] = Σ_j base[ids[r] · stride + j] x[j] for r < count, fastest for multiples of 4.
struct RowProducts {
  const float* base = nullptr;
  int64_t stride = 0;
  const int32_t* ids = nullptr;
  int count = 0;
  const float* x = nullptr;  // n
  int64_t n = 0;
  float* out = nullptr;  // count
};

// One ascent of pull · user·(better - worse) - decay/2 (‖user‖² + ‖better‖² + ‖worse‖²): every row
// moves by its rate times its slope, all slopes taken before the step.
//
// A row may be the sum of a part of its own and one that it shares with others. Then the decay
// counts the own part alone (what is left of the row without `shared`), and what pulls at the
// shared part, the slope without decay, is added to `pulls`. All six pointers are null, or none.
struct PairStep {
  float* user = nullptr;  // n
  float* better = nullptr;
  float* worse = nullptr;
  int64_t n = 0;
  float pull = 0;
  float decay = 0;
  float rates[3] = {};    // of user, better, worse
  float squares[3] = {};  // written: squared lengths of the three slopes
  const float* shared[3] = {};
  float* pulls[3] = {};
};

struct Kernels {
  float (*dot)(const float* a, const float* b, int64_t n);
  void (*axpy)(float alpha, const float* x, float* y, int64_t n);  // y += alpha x
  void (*scale)(float alpha, float* x, int64_t n);

  // panel(j, c) = rows(c, j) for c < count, 0 for the rest. rows: count × d, leading dimension ld.
  void (*pack_panel)(const float* rows, int64_t ld, int count, int d, float* panel);
  // out(r, c) = Σ_j a(r, j) panel(j, c): rows × kPanelWidth, leading dimension out_stride.
  void (*multiply_panel)(const float* a, int64_t a_stride, int rows, int d, const float* panel,
                         float* out, int64_t out_stride);
  // c(i, j) += sign Σ_r p(r, i) p(r, j) for i <= j < d (entries below the diagonal may change too).
  // p: n × d with leading dimension p_stride; d and both leading dimensions multiples of
  // kPanelWidth.
  void (*add_gram)(const float* p, int64_t p_stride, int n, int d, float sign, float* c,
                   int64_t c_stride);
  // Factors the upper triangle of a symmetric positive definite matrix in place, A = UᵀU. d and the
  // leading dimension are multiples of kPanelWidth; false if a pivot is not positive.
  bool (*cholesky)(float* a, int64_t stride, int d);
  // x = A⁻¹ x by the factor of `cholesky`; scratch: d floats.
  void (*cholesky_solve)(const float* u, int64_t stride, int d, float* x, float* scratch);
  void (*add_rows_product)(const RowsProduct& job);
  // Improves x by `steps` of conjugate gradients, preconditioned by the diagonal of the system:
  // (4 steps + 7) · count · d FLOP. Stops early when only rounding is left. False when numbers left
  // the range of floats.
  bool (*conjugate_gradients)(const RowSystem& job);
  // Appends every (row, column) whose score Σ_j queries(row, j) panel(j, column) reaches the row's
  // threshold. A score is one chain of multiply-adds in ascending j, in every kernel of a variant.
  void (*score_filter)(const ScoreFilter& job);
  // A value that at least k of n finite scores (n >= k >= 1) reach, near the k-th largest. Counting
  // passes without branches, where a selection algorithm would mispredict one in two.
  float (*reached_by)(const float* scores, int n, int k);
  void (*nearest_in_panel)(const NearestPanel& job);
  // Writes every (score, first_column + i) of n scores that reaches the threshold, in order; `out`
  // has room for n. Returns how many.
  int (*filter_row)(const float* scores, int n, int32_t first_column, float threshold,
                    Candidate* out);
  void (*add_weighted_rows)(const WeightedRows& job);
  void (*subtract_product)(const ProductUpdate& job);
  void (*dot_rows)(const RowProducts& job);
  // The three rows do not overlap.
  void (*pair_step)(PairStep& job);
};

// The table of active_isa(). Fetch once per block of work.
const Kernels& kernels();

// The same filter on operands rounded to bfloat16. Its scores differ from those of score_filter by
// at most bf16_error(d) times the product of the norms, plus what flushing denormals loses.
struct Bf16ScoreFilter {
  const uint16_t* queries = nullptr;  // rows × d, leading dimension query_stride; d is even
  int64_t query_stride = 0;
  int rows = 0;  // at most kFilterRows
  int d = 0;
  const uint16_t* panel = nullptr;  // d/2 × kPanelWidth × 2: neighbouring dimensions side by side
  int columns = 0;
  int32_t first_column = 0;
  const float* thresholds = nullptr;
  const uint32_t* excluded = nullptr;
  Candidate* const* candidates = nullptr;
  int* counts = nullptr;
};

struct Bf16Kernels {
  void (*round_row)(const float* row, int d, uint16_t* out);  // to nearest, ties to even
  // From a float panel (d × kPanelWidth, d even).
  void (*round_panel)(const float* panel, int d, uint16_t* out);
  void (*score_filter)(const Bf16ScoreFilter& job);
};
// Null unless active_isa() is kAvx512Bf16.
const Bf16Kernels* bf16_kernels();

// Two roundings to 8 bits, their product and the float sum of d terms (Cauchy–Schwarz for the
// rest).
constexpr float bf16_error(int d) {
  return 0x1.0p-8F * 1.002F + static_cast<float>(d) * 0x1.0p-22F;
}

// Rounds up to a multiple of kPanelWidth.
constexpr int padded(int d) { return (d + kPanelWidth - 1) / kPanelWidth * kPanelWidth; }

}  // namespace coterie::math
