#include "features/offline/fit.h"

#include <algorithm>
#include <cmath>

#include "expr/number_text.h"

namespace coterie::features {
namespace {

// The k-th smallest, k from 0; reorders.
double kth(std::vector<double>& values, size_t k) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(k);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::vector<double> percentile_bounds(std::vector<double>& values, size_t count) {
  std::vector<double> bounds;
  if (values.empty()) return bounds;
  std::ranges::sort(values);
  for (size_t b = 1; b < count; ++b)
    bounds.push_back(values[(b * values.size() + count - 1) / count - 1]);
  return bounds;
}

void fit_scale(std::vector<double>& values, Scale scale, FittedStatistics& out) {
  out.spread = 0;
  if (values.empty()) return;
  const auto n = static_cast<double>(values.size());
  if (scale == Scale::kMinMax) {
    const auto [least, greatest] = std::ranges::minmax(values);
    out.centre = least;
    out.spread = greatest - least;
  } else if (scale == Scale::kRobust) {
    const size_t last = values.size() - 1;
    out.centre = kth(values, last / 2);
    const double upper = kth(values, last * 3 / 4);
    out.spread = upper - kth(values, last / 4);
  } else {
    std::ranges::sort(values);  // one order, one sum
    for (const double value : values) out.centre += value;
    out.centre /= n;
    double squares = 0;
    for (const double value : values) squares += (value - out.centre) * (value - out.centre);
    out.spread = values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
  }
}

std::vector<std::string> most_frequent(const std::map<std::string, int64_t, std::less<>>& texts,
                                       size_t count) {
  std::vector<std::pair<int64_t, std::string>> ranked;
  for (const auto& [text, times] : texts) ranked.emplace_back(-times, text);
  std::ranges::sort(ranked);
  std::vector<std::string> values;
  for (size_t i = 0; i < std::min(count, ranked.size()); ++i) values.push_back(ranked[i].second);
  return values;
}

}  // namespace

bool is_fitted(const FeatureDefinition& feature) {
  const bool groups = feature.kind == FeatureKind::kAggregation &&
                      feature.aggregation->function == Function::kGroups && feature.groups.empty();
  return groups || feature.encoding.fitted();
}

bool needs_fit(const FeatureDefinition& feature, const FittedSet& fitted) {
  if (!is_fitted(feature)) return false;
  return feature.encoding.kind == EncodingKind::kPercentileBucket ||
         fitted.first(feature.reference()) == nullptr;
}

FitSample::FitSample(const FeatureDefinition& feature)
    : feature_(&feature),
      by_text_(feature.encoding.kind != EncodingKind::kPercentileBucket &&
               feature.encoding.kind != EncodingKind::kScale) {}

void FitSample::add(const ValueType& type, const ValueColumn& values) {
  if (type.shape == Shape::kTexts) {
    for (const std::string_view text : values.entries) {
      const auto found = texts_.find(text);
      if (found != texts_.end()) {
        ++found->second;
      } else {
        texts_.emplace(text, 1);
      }
    }
    return;
  }
  for (size_t row = 0; row < values.nulls.size(); ++row) {
    if (values.nulls[row] != 0) continue;
    const expr::Value value = values.scalar(type.type, static_cast<int64_t>(row));
    if (by_text_) {
      ++texts_[value_text(type.type, value)];
    } else {
      numbers_.push_back(type.type.is(expr::TypeKind::kReal)
                             ? value.real
                             : expr::decimal_to_real(value.integer, type.type.scale));
    }
  }
}

void FitSample::add(FitSample&& other) {
  numbers_.insert(numbers_.end(), other.numbers_.begin(), other.numbers_.end());
  for (const auto& [text, times] : other.texts_) texts_[text] += times;
}

FittedStatistics FitSample::statistics(Micros as_of) && {
  FittedStatistics out;
  out.as_of = as_of;
  const Encoding& encoding = feature_->encoding;
  if (encoding.kind == EncodingKind::kPercentileBucket) {
    if (encoding.descending) {
      for (double& number : numbers_) number = -number;
    }
    out.bounds = percentile_bounds(numbers_, static_cast<size_t>(encoding.count));
  } else if (encoding.kind == EncodingKind::kScale) {
    fit_scale(numbers_, encoding.scale, out);
  } else {
    const int count =
        encoding.kind == EncodingKind::kOneHot ? encoding.count : feature_->group_count;
    out.values = most_frequent(texts_, static_cast<size_t>(count));
  }
  return out;
}

}  // namespace coterie::features
