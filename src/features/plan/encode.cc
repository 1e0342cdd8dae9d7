#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/hash.h"
#include "expr/number_text.h"
#include "features/plan/request_steps_internal.h"
#include "features/plan/yaml_place_internal.h"

namespace coterie::features {
namespace {

double number(const expr::Type& type, const ValueColumn& column, size_t row) {
  if (type.is(expr::TypeKind::kReal)) return column.reals[row];
  if (type.is(expr::TypeKind::kDecimal))
    return expr::decimal_to_real(column.integers[row], type.scale);
  return static_cast<double>(column.integers[row]);
}

// Statistics of a row's time. Those fitted once hold for all times.
const FittedStatistics* statistics_at(const RequestStep& step, Micros at) {
  if (step.fitted.empty()) return nullptr;
  if (step.definition().encoding.kind != EncodingKind::kPercentileBucket)
    return &step.fitted.front();
  const auto after = std::ranges::upper_bound(step.fitted, at, {}, &FittedStatistics::as_of);
  return after == step.fitted.begin() ? nullptr : &*(after - 1);
}

// 1 + how many bounds lie below.
int64_t bucket(const std::vector<double>& bounds, double value) {
  return 1 + (std::ranges::lower_bound(bounds, value) - bounds.begin());
}

void encode_buckets(const RequestStep& step, std::span<const Micros> at, ValueColumn& column) {
  const Encoding& encoding = step.definition().encoding;
  const bool fitted = encoding.kind == EncodingKind::kPercentileBucket;
  std::vector<double> declared = encoding.bounds;
  if (encoding.descending) {
    for (double& bound : declared) bound = -bound;
    std::ranges::reverse(declared);
  }
  column.integers.resize(column.nulls.size());
  for (size_t row = 0; row < column.nulls.size(); ++row) {
    if (column.nulls[row] != 0) continue;
    const FittedStatistics* statistics = fitted ? statistics_at(step, at[row]) : nullptr;
    if (fitted && statistics == nullptr) {
      column.nulls[row] = 1;
      continue;
    }
    const double value = number(step.raw.type, column, row);
    column.integers[row] =
        bucket(fitted ? statistics->bounds : declared, encoding.descending ? -value : value);
  }
}

void encode_numbers(const RequestStep& step, ValueColumn& column) {
  const bool log = step.definition().encoding.kind == EncodingKind::kLog;
  const FittedStatistics* statistics = log ? nullptr : &step.fitted.front();
  column.reals.resize(column.nulls.size());
  for (size_t row = 0; row < column.nulls.size(); ++row) {
    if (column.nulls[row] != 0) continue;
    const double value = number(step.raw.type, column, row);
    if (log) {
      column.reals[row] = std::copysign(std::log1p(std::abs(value)), value);
    } else {
      column.reals[row] =
          statistics->spread == 0 ? 0 : (value - statistics->centre) / statistics->spread;
    }
  }
}

void encode_hash(const RequestStep& step, ValueColumn& column) {
  const auto buckets = static_cast<uint64_t>(step.definition().encoding.count);
  std::vector<int64_t> hashes(column.nulls.size());
  for (size_t row = 0; row < hashes.size(); ++row) {
    if (column.nulls[row] != 0) continue;
    const expr::Value value = column.scalar(step.raw.type, static_cast<int64_t>(row));
    hashes[row] = static_cast<int64_t>(hash64(value_text(step.raw.type, value)) % buckets);
  }
  column.integers = std::move(hashes);
}

void encode_one_hot(const RequestStep& step, ValueColumn& column) {
  const auto width = static_cast<size_t>(step.type.width);
  column.elements.assign(column.nulls.size() * width, 0.0);
  for (size_t row = 0; row < column.nulls.size(); ++row) {
    if (column.nulls[row] != 0) continue;
    const expr::Value value = column.scalar(step.raw.type, static_cast<int64_t>(row));
    const auto found = step.raw.type.is(expr::TypeKind::kText)
                           ? step.positions.find(value.text)
                           : step.positions.find(value_text(step.raw.type, value));
    if (found != step.positions.end())
      column.elements[row * width + static_cast<size_t>(found->second)] = 1;
  }
}

}  // namespace

void encode(const RequestStep& step, std::span<const Micros> at, ValueColumn& column) {
  switch (step.definition().encoding.kind) {
    case EncodingKind::kNone:
      return;
    case EncodingKind::kBucket:
    case EncodingKind::kPercentileBucket:
      return encode_buckets(step, at, column);
    case EncodingKind::kLog:
    case EncodingKind::kScale:
      return encode_numbers(step, column);
    case EncodingKind::kHash:
      return encode_hash(step, column);
    case EncodingKind::kOneHot:
      return encode_one_hot(step, column);
  }
}

Result<DefaultValue> parse_default(const FeatureDefinition& feature, const ValueType& type) {
  const std::string& text = *feature.default_value;
  const YamlNode node = place_of(feature.node, {"default"});
  const auto refuse = [&] {
    return node.error(fmt::format("the default '{}' is no value of feature '{}', which is {}", text,
                                  feature.name, type.to_text()),
                      "write a value of that type, or leave the key out: null then");
  };
  if (type.shape != Shape::kScalar) return refuse();
  if (type.type.is(expr::TypeKind::kText)) return DefaultValue{.text = text};
  if (type.type.is(expr::TypeKind::kBool)) {
    if (text != "true" && text != "false") return refuse();
    return DefaultValue{.integer = text == "true" ? 1 : 0};
  }
  const std::optional<double> real = expr::parse_real_text(text);
  if (!type.type.is_number() || !real || !std::isfinite(*real)) return refuse();
  if (type.type.is(expr::TypeKind::kReal)) return DefaultValue{.real = *real};
  const double unscaled = *real * static_cast<double>(expr::kPowersOfTen[type.type.scale]);
  const double whole = std::round(unscaled);
  if (std::abs(whole) >= 1e18 || std::abs(unscaled - whole) > 1e-6) return refuse();
  return DefaultValue{.integer = static_cast<int64_t>(whole)};
}

}  // namespace coterie::features
