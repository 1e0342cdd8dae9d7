#pragma once
// How the linear models read confidences: x = (c / mean)^power, where the mean is that of the
// training data. 0 makes every interaction count 1, 1 counts confidences in proportion; what the
// unit of the confidences is never matters.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "math/artefact.h"
#include "math/sparse.h"

namespace coterie::recommend {

class ValueScale {
 public:
  ValueScale() = default;
  ValueScale(const math::Csr& interactions, double power);

  float operator()(float confidence) const;
  // The matrix with every confidence scaled.
  math::Csr scaled(const math::Csr& interactions) const;

  double power() const { return power_; }
  // As members "value_power" and "mean_value".
  void describe(math::Artefact& artefact) const;
  static Result<ValueScale> read(const math::Artefact& artefact);

 private:
  double power_ = 0;
  double mean_ = 1;
};

// A user's history as the linear models read it: known items (below `items`) and scaled values.
struct ScaledHistory {
  std::vector<int32_t> items;
  std::vector<float> values;
  void assign(std::span<const int32_t> ids, std::span<const float> confidences, int32_t item_count,
              const ValueScale& scale);
};

// kInvalidInput unless 0 <= power <= 2.
Status check_value_power(double power);
// Confidences of these users are finite and greater than 0, as fit() demands. kInvalidInput.
Status check_confidences(std::span<const int32_t> users, const math::Csr& history);

}  // namespace coterie::recommend
