#pragma once
// Draws from named distributions. Each function is a pure function of its arguments and of the
// stream's position; the number of values that it takes from the stream may vary. Arguments are the
// caller's invariants (CHECKed where a wrong one would not end).

#include <cstdint>
#include <span>

#include "math/random.h"

namespace coterie::math {

// Mean 0, variance 1. Box & Muller (1958), one of the pair: no state between calls.
double normal(RandomStream& stream);
// exp(normal(mu, sigma)); mean exp(mu + sigma^2 / 2).
double log_normal(RandomStream& stream, double mu, double sigma);
// Mean 1 / rate.
double exponential(RandomStream& stream, double rate);
// Mean shape * scale, variance shape * scale^2. Marsaglia & Tsang, "A simple method for generating
// gamma variables" (2000); shapes below 1 by their boost. shape > 0.
double gamma(RandomStream& stream, double shape, double scale);
// On (0, 1), mean a / (a + b).
double beta(RandomStream& stream, double a, double b);
// Fills `out` with a point of the simplex; `alpha` as long, all > 0.
void dirichlet(RandomStream& stream, std::span<const double> alpha, std::span<double> out);
// Mean and variance `mean` >= 0. Below 12 by inversion, else Hörmann's PTRS ("The transformed
// rejection method for generating Poisson random variables", 1993): O(min(mean, 1)).
int64_t poisson(RandomStream& stream, double mean);
// Poisson with gamma-distributed mean: mean `mean`, variance mean + mean^2 / shape.
int64_t negative_binomial(RandomStream& stream, double mean, double shape);
// Successes in n independent trials. O(n) for small n, O(n p) by waiting times for larger.
int64_t binomial(RandomStream& stream, int64_t n, double p);
// Number of failures before the first success: mean (1 - p) / p. 0 < p <= 1.
int64_t geometric(RandomStream& stream, double p);

// Ranks 1 .. n with P(k) proportional to k^-exponent. Rejection-inversion, Hörmann & Derflinger,
// "Rejection-inversion to generate variates from monotone discrete distributions" (1996): O(1) a
// draw with no tables. n >= 1, exponent > 0 (1 allowed).
class Zipf {
 public:
  Zipf(int64_t n, double exponent);
  int64_t draw(RandomStream& stream) const;

 private:
  double integral(double x) const;          // antiderivative of x^-exponent
  double integral_inverse(double x) const;  // its inverse
  int64_t n_;
  double exponent_;
  double low_, high_;  // bounds of the integral that is inverted
  double squeeze_;     // ranks this near their point are accepted unseen
};

// log(k!), exact to 1e-13 relative; thread-safe (lgamma writes a global).
double log_factorial(int64_t k);

}  // namespace coterie::math
