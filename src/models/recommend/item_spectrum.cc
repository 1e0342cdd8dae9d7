#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "math/kernels.h"
#include "math/sparse_svd.h"
#include "models/recommend/item_spectrum_internal.h"

namespace coterie::recommend {
namespace {

Status check_range(const char* name, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  return invalid_input(fmt::format("{} = {} is out of range", name, value))
      .for_key(name)
      .with_mend(fmt::format("use a value from {} to {}", low, high));
}

std::vector<float> scaled_rows(const std::vector<float>& vectors, std::span<const float> scales,
                               int factors) {
  std::vector<float> rows = vectors;
  for (size_t item = 0; item < scales.size(); ++item) {
    math::kernels().scale(scales[item], rows.data() + item * static_cast<size_t>(factors), factors);
  }
  return rows;
}

}  // namespace

std::vector<float> sums_to_power(const math::Csr& rows, double exponent) {
  std::vector<float> powers(static_cast<size_t>(rows.rows), 0.0F);
  for (int32_t row = 0; row < rows.rows; ++row) {
    double sum = 0;
    for (const float value : rows.row_values(row)) sum += value;
    if (sum > 0) powers[row] = static_cast<float>(std::pow(sum, exponent));
  }
  return powers;
}

math::Csr scaled_by(const math::Csr& matrix, std::span<const float> rows,
                    std::span<const float> columns) {
  math::Csr result = matrix;
  for (int32_t row = 0; row < matrix.rows; ++row) {
    for (int64_t i = matrix.offsets[row]; i < matrix.offsets[row + 1]; ++i) {
      result.values[i] *= rows[row] * columns[matrix.indices[i]];
    }
  }
  return result;
}

void ItemSpectrum::query(const ScaledHistory& history, float* query) const {
  std::fill_n(query, factors, 0.0F);
  math::kernels().add_weighted_rows({.base = in.data(),
                                     .stride = factors,
                                     .ids = history.items.data(),
                                     .weights = history.values.data(),
                                     .count = static_cast<int>(history.items.size()),
                                     .n = factors,
                                     .out = query});
}

void ItemSpectrum::add_to(math::Artefact& artefact) const {
  artefact.tensors.add("in_factors", {items(), factors}, std::span<const float>(in));
  artefact.tensors.add("out_factors", {items(), factors}, std::span<const float>(out));
}

Result<ItemSpectrum> ItemSpectrum::read(const math::Artefact& artefact, int64_t items) {
  ItemSpectrum spectrum;
  ASSIGN_OR_RETURN(spectrum.in, artefact.floats("in_factors", {items, -1}));
  if (items == 0 || spectrum.in.empty()) return corrupt("the model has no factors");
  const auto factors = static_cast<int64_t>(spectrum.in.size()) / items;
  ASSIGN_OR_RETURN(spectrum.out, artefact.floats("out_factors", {items, factors}));
  spectrum.factors = static_cast<int>(factors);
  return spectrum;
}

Status check_spectrum(const SpectrumOptions& options) {
  RETURN_IF_ERROR(check_range("factors", options.factors, 1, 4096));
  RETURN_IF_ERROR(check_range("user_power", options.user_power, 0, 2));
  RETURN_IF_ERROR(check_range("item_power", options.item_power, 0, 2));
  RETURN_IF_ERROR(check_range("lift", options.lift, -2, 2));
  return check_range("iterations", options.iterations, 1, 1000);
}

Result<ItemSpectrum> fit_spectrum(const math::Csr& interactions, const SpectrumOptions& options,
                                  ThreadPool& pool) {
  RETURN_IF_ERROR(check_spectrum(options));
  const math::Csr items = math::transpose(interactions, pool);
  const auto user_scale = sums_to_power(interactions, -options.user_power);
  const auto item_scale = sums_to_power(items, -options.item_power);
  const math::Csr normalised = scaled_by(interactions, user_scale, item_scale);
  ASSIGN_OR_RETURN(
      const math::RightVectors svd,
      math::right_singular_vectors(
          normalised, scaled_by(items, item_scale, user_scale),
          {.rank = options.factors, .iterations = options.iterations, .seed = options.seed}, pool));
  ItemSpectrum spectrum;
  spectrum.factors = svd.rank;
  spectrum.in = scaled_rows(svd.vectors, item_scale, svd.rank);
  spectrum.out = scaled_rows(svd.vectors, sums_to_power(items, options.lift), svd.rank);
  return spectrum;
}

}  // namespace coterie::recommend
