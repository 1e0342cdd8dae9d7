#include "math/random_distributions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/check.h"

namespace coterie::math {
namespace {

constexpr double kPoissonInversionLimit = 12;

int64_t poisson_by_inversion(RandomStream& stream, double mean) {
  double u = stream.uniform();
  double probability = std::exp(-mean);
  // Rounding may leave a sliver of u above the last representable sum: the bound is never reached
  // by the distribution itself (P < 1e-60 at mean 12).
  constexpr int64_t kBound = 128;
  int64_t k = 0;
  while (u >= probability && k < kBound) {
    u -= probability;
    ++k;
    probability *= mean / static_cast<double>(k);
  }
  return k;
}

int64_t poisson_by_rejection(RandomStream& stream, double mean) {
  const double log_mean = std::log(mean);
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    const double u = stream.uniform() - 0.5;
    const double v = stream.uniform_open();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<int64_t>(k);
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const double left = std::log(v * inverse_alpha / (a / (us * us) + b));
    if (left <= k * log_mean - mean - log_factorial(static_cast<int64_t>(k))) {
      return static_cast<int64_t>(k);
    }
  }
}

// (exp(x) - 1) / x and log(1 + x) / x, continuous at 0.
double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }
double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }

}  // namespace

double normal(RandomStream& stream) {
  const double radius = std::sqrt(-2 * std::log(stream.uniform_open()));
  return radius * std::cos(2 * std::numbers::pi * stream.uniform());
}

double log_normal(RandomStream& stream, double mu, double sigma) {
  return std::exp(mu + sigma * normal(stream));
}

double exponential(RandomStream& stream, double rate) {
  return -std::log(stream.uniform_open()) / rate;
}

double gamma(RandomStream& stream, double shape, double scale) {
  CHECK(shape > 0);
  if (shape < 1) {
    const double boost = std::pow(stream.uniform_open(), 1 / shape);
    return gamma(stream, shape + 1, scale) * boost;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = normal(stream);
    const double cube_root = 1 + c * x;
    if (cube_root <= 0) continue;
    const double v = cube_root * cube_root * cube_root;
    const double u = stream.uniform_open();
    if (u < 1 - 0.0331 * x * x * x * x) return d * v * scale;
    if (std::log(u) < 0.5 * x * x + d * (1 - v + std::log(v))) return d * v * scale;
  }
}

double beta(RandomStream& stream, double a, double b) {
  const double x = gamma(stream, a, 1);
  const double y = gamma(stream, b, 1);
  return x / (x + y);
}

void dirichlet(RandomStream& stream, std::span<const double> alpha, std::span<double> out) {
  CHECK(alpha.size() == out.size());
  double sum = 0;
  for (size_t i = 0; i < alpha.size(); ++i) sum += out[i] = gamma(stream, alpha[i], 1);
  // Tiny alphas may underflow together; their limit is all mass on one coordinate.
  if (sum <= 0) {
    std::ranges::fill(out, 0.0);
    out[stream.below(static_cast<uint32_t>(out.size()))] = 1;
    return;
  }
  for (double& value : out) value /= sum;
}

int64_t poisson(RandomStream& stream, double mean) {
  CHECK(mean >= 0 && std::isfinite(mean));
  if (mean == 0) return 0;
  return mean < kPoissonInversionLimit ? poisson_by_inversion(stream, mean)
                                       : poisson_by_rejection(stream, mean);
}

int64_t negative_binomial(RandomStream& stream, double mean, double shape) {
  if (mean <= 0) return 0;
  return poisson(stream, gamma(stream, shape, mean / shape));
}

int64_t binomial(RandomStream& stream, int64_t n, double p) {
  if (p <= 0 || n <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(stream, n, 1 - p);
  int64_t successes = 0;
  for (int64_t position = geometric(stream, p); position < n;
       position += 1 + geometric(stream, p)) {
    ++successes;
  }
  return successes;
}

int64_t geometric(RandomStream& stream, double p) {
  CHECK(p > 0 && p <= 1);
  if (p == 1) return 0;
  const double failures = std::log(stream.uniform_open()) / std::log1p(-p);
  constexpr double kLargest = 0x1.0p62;
  return static_cast<int64_t>(std::min(failures, kLargest));
}

Zipf::Zipf(int64_t n, double exponent) : n_(n), exponent_(exponent) {
  CHECK(n >= 1 && exponent > 0);
  low_ = integral(1.5) - 1;
  high_ = integral(static_cast<double>(n) + 0.5);
  squeeze_ = 2 - integral_inverse(integral(2.5) - std::pow(2, -exponent));
}

double Zipf::integral(double x) const {
  const double log_x = std::log(x);
  return expm1_over((1 - exponent_) * log_x) * log_x;
}

double Zipf::integral_inverse(double x) const {
  const double t = std::max(x * (1 - exponent_), -1.0);
  return std::exp(log1p_over(t) * x);
}

int64_t Zipf::draw(RandomStream& stream) const {
  while (true) {
    const double u = high_ + stream.uniform() * (low_ - high_);
    const double x = integral_inverse(u);
    const int64_t k = std::clamp<int64_t>(std::llround(x), 1, n_);
    const double rank = static_cast<double>(k);
    if (rank - x <= squeeze_ || u >= integral(rank + 0.5) - std::pow(rank, -exponent_)) return k;
  }
}

double log_factorial(int64_t k) {
  static const auto table = [] {
    std::array<double, 128> sums{};
    for (size_t i = 2; i < sums.size(); ++i) {
      sums[i] = sums[i - 1] + std::log(static_cast<double>(i));
    }
    return sums;
  }();
  CHECK(k >= 0);
  if (k < static_cast<int64_t>(table.size())) return table[static_cast<size_t>(k)];
  const double n = static_cast<double>(k);
  const double half_log_2pi = 0.91893853320467274178;
  const double inverse = 1 / n;
  const double tail =
      inverse * (1.0 / 12 - inverse * inverse * (1.0 / 360 - inverse * inverse / 1260));
  return (n + 0.5) * std::log(n) - n + half_log_2pi + tail;
}

}  // namespace coterie::math
