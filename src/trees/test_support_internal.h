#pragma once
// Data for the tests of this folder: drawn from a seed, with planted structure.

#include <cmath>
#include <string>
#include <vector>

#include "math/random.h"
#include "trees/train.h"

namespace coterie::trees {

struct Sample {
  std::vector<float> values;
  std::vector<float> labels;
  std::vector<int32_t> groups;
  std::vector<FeatureColumn> columns;
  int64_t rows = 0;

  FeatureMatrix matrix() const { return {values, rows, static_cast<int>(columns.size())}; }
  TrainingData data() const { return {matrix(), labels, {}, groups}; }
};

struct SampleShape {
  int64_t rows = 1000;
  int numeric = 6;
  int categorical = 0;  // of `categories` categories
  int categories = 12;
  double missing = 0.1;  // share of values
};

// Features with a signal that depends on pairs of them, on categories and on what is missing.
// `signal`: one a row.
inline Sample draw_sample(uint64_t seed, const SampleShape& shape, std::vector<double>& signal) {
  Sample sample;
  sample.rows = shape.rows;
  for (int c = 0; c < shape.numeric + shape.categorical; ++c) {
    sample.columns.push_back({"f" + std::to_string(c), c >= shape.numeric});
  }
  signal.clear();
  for (int64_t row = 0; row < shape.rows; ++row) {
    math::RandomStream random(seed, 2, static_cast<uint64_t>(row));
    const size_t begin = sample.values.size();
    double total = 0;
    for (size_t c = 0; c < sample.columns.size(); ++c) {
      const bool known = !random.chance(shape.missing);
      const double value = sample.columns[c].categorical
                               ? random.below(static_cast<uint32_t>(shape.categories))
                               : std::round(random.uniform(-2, 2) * 64) / 64;
      sample.values.push_back(known ? static_cast<float>(value) : NAN);
      if (!known) total += 0.3;
      if (known && sample.columns[c].categorical) total += std::fmod(value * 7, 5) - 2;
      if (known && c == 0) total += 1.5 * value;
    }
    const float a = sample.values[begin + 1];
    const float b = sample.values[begin + 2];
    if (!std::isnan(a) && !std::isnan(b)) total += 1.2 * a * b;
    signal.push_back(total);
  }
  return sample;
}

inline Sample draw_binary(uint64_t seed, const SampleShape& shape) {
  std::vector<double> signal;
  Sample sample = draw_sample(seed, shape, signal);
  for (size_t row = 0; row < signal.size(); ++row) {
    math::RandomStream random(seed, 3, row);
    sample.labels.push_back(random.chance(1 / (1 + std::exp(-signal[row]))) ? 1.0F : 0.0F);
  }
  return sample;
}

inline Sample draw_classes(uint64_t seed, const SampleShape& shape, int classes) {
  std::vector<double> signal;
  Sample sample = draw_sample(seed, shape, signal);
  for (const double value : signal) {
    sample.labels.push_back(
        static_cast<float>(std::clamp(static_cast<int>(value + classes / 2.0), 0, classes - 1)));
  }
  return sample;
}

inline Sample draw_regression(uint64_t seed, const SampleShape& shape) {
  std::vector<double> signal;
  Sample sample = draw_sample(seed, shape, signal);
  sample.labels.assign(signal.begin(), signal.end());
  return sample;
}

}  // namespace coterie::trees
