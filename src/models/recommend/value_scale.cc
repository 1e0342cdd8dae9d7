#include <cmath>

#include <fmt/format.h>

#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {
namespace {

// Products of two scaled values stay normal numbers of a float.
constexpr double kSmallest = 1e-15;
constexpr double kLargest = 1e15;

}  // namespace

ValueScale::ValueScale(const math::Csr& interactions, double power) : power_(power) {
  double sum = 0;
  for (const float value : interactions.values) sum += value;
  mean_ = sum / static_cast<double>(interactions.values.size());
}

float ValueScale::operator()(float confidence) const {
  if (power_ == 0) return 1;
  const double ratio = confidence / mean_;
  const double value = power_ == 1 ? ratio : std::pow(ratio, power_);
  return static_cast<float>(std::fmin(std::fmax(value, kSmallest), kLargest));
}

math::Csr ValueScale::scaled(const math::Csr& interactions) const {
  math::Csr result = interactions;
  for (float& value : result.values) value = (*this)(value);
  return result;
}

void ValueScale::describe(math::Artefact& artefact) const {
  artefact.description["value_power"] = power_;
  artefact.description["mean_value"] = mean_;
}

Result<ValueScale> ValueScale::read(const math::Artefact& artefact) {
  ValueScale scale;
  ASSIGN_OR_RETURN(scale.power_, artefact.real("value_power"));
  ASSIGN_OR_RETURN(scale.mean_, artefact.real("mean_value"));
  if (!check_value_power(scale.power_).ok() || !(scale.mean_ > 0) || !std::isfinite(scale.mean_)) {
    return corrupt("value_power and mean_value are no scale of confidences");
  }
  return scale;
}

void ScaledHistory::assign(std::span<const int32_t> ids, std::span<const float> confidences,
                           int32_t item_count, const ValueScale& scale) {
  items.clear();
  values.clear();
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= item_count) continue;
    items.push_back(ids[i]);
    values.push_back(scale(confidences[i]));
  }
}

Status check_value_power(double power) {
  if (power >= 0 && power <= 2) return {};
  return invalid_input(fmt::format("value_power = {} is out of range", power))
      .for_key("value_power")
      .with_mend("use a value from 0 to 2");
}

Status check_confidences(std::span<const int32_t> users, const math::Csr& history) {
  for (const int32_t user : users) {
    const auto items = history.row_indices(user);
    const auto values = history.row_values(user);
    for (size_t i = 0; i < items.size(); ++i) {
      if (values[i] > 0 && std::isfinite(values[i])) continue;
      return invalid_input(
          fmt::format("the confidence of user {} and item {} is {}, it must be finite and greater "
                      "than 0",
                      user, items[i], values[i]));
    }
  }
  return {};
}

}  // namespace coterie::recommend
