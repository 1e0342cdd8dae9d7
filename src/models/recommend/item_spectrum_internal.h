#pragma once
// The low-rank part of PureSVD and GF-CF: the right singular vectors V of the normalised
// interactions D_U^-a X D_I^-b, where D_U and D_I hold the sums of users and items.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "math/artefact.h"
#include "math/sparse.h"
#include "models/recommend/recommender.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

struct SpectrumOptions {
  int factors = 64;
  double user_power = 0.5;  // a
  double item_power = 0.5;  // b
  double lift = 0.5;        // c: score(u, ·) = x_u D_I^-b V Vᵀ D_I^c
  int iterations = 4;
  uint64_t seed = 1;
};

// Sums of the rows of a matrix to the power `exponent`; 0 for rows without entries.
std::vector<float> sums_to_power(const math::Csr& rows, double exponent);
// value(r, c) · rows[r] · columns[c].
math::Csr scaled_by(const math::Csr& matrix, std::span<const float> rows,
                    std::span<const float> columns);

struct ItemSpectrum {
  int factors = 0;
  std::vector<float> in;   // D_I^-b V: items × factors
  std::vector<float> out;  // D_I^c V: items × factors

  int32_t items() const { return static_cast<int32_t>(in.size()) / factors; }
  // x_u D_I^-b V into `query` (factors).
  void query(const ScaledHistory& history, float* query) const;
  void add_to(math::Artefact& artefact) const;  // tensors "in_factors", "out_factors"
  static Result<ItemSpectrum> read(const math::Artefact& artefact, int64_t items);
};

// `interactions` are scaled. kInvalidInput for what check_spectrum refuses, kCancelled.
Result<ItemSpectrum> fit_spectrum(const math::Csr& interactions, const SpectrumOptions& options,
                                  ThreadPool& pool);
Status check_spectrum(const SpectrumOptions& options);

}  // namespace coterie::recommend
