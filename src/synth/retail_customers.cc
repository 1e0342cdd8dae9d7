#include "synth/retail_customers.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/hash.h"
#include "math/random_distributions.h"
#include "synth/people.h"

namespace coterie::synth {
namespace {

constexpr double kSignedUpBefore = 0.55;  // share of customers from before the period
constexpr uint32_t kOldestSignup = 1500;  // days before the period
constexpr double kRateShape = 1.1;        // of the gamma distribution of rates
constexpr double kChurnShape = 1.6;
// Rows of `transactions` that a purchased article leads to: itself and, at times, its return, less
// what is dropped when a basket would hold the same article twice.
constexpr double kRowsPerLine = 1.026;
// Sessions without a purchase, per row of `transactions`.
constexpr double kBrowsePerTransaction = 0.21;
constexpr double kAgeUntold = 0.011;
constexpr double kBasketSpread = 0.35;

double mass(const DemandCalendar& calendar, const Customer& customer) {
  return calendar.before(customer.active_until) - calendar.before(customer.active_from);
}

struct Expected {
  double lines = 0;
  double browses = 0;
};

}  // namespace

std::string_view device_name(int device) {
  constexpr std::array<std::string_view, kDevices> kNames = {"mobile", "desktop", "tablet"};
  return kNames[static_cast<size_t>(device)];
}

CustomerModel::CustomerModel(const RetailScale& scale, const Tastes& tastes,
                             const DemandCalendar& calendar, ThreadPool& pool)
    : scale_(scale), tastes_(tastes), calendar_(calendar) {
  for (int s = 0; s < kSegments; ++s) style_tables_.emplace_back(tastes.style_shares(s));
  std::vector<double> shares;
  for (const Country& country : countries()) shares.push_back(country.share);
  country_table_ = math::AliasTable(shares);
  const auto expect = [&](int64_t begin, int64_t end) {
    Expected sum;
    for (int64_t i = begin; i < end; ++i) {
      const Customer customer = draw(i);
      const double days = mass(calendar_, customer);
      sum.lines += customer.rate * days * customer.basket_articles;
      sum.browses += customer.browse_rate * days;
    }
    return sum;
  };
  const auto add = [](const Expected& a, const Expected& b) {
    return Expected{a.lines + b.lines, a.browses + b.browses};
  };
  const auto total = pool.parallel_reduce(scale.customers, 4096, Expected{}, expect, add);
  const auto transactions = static_cast<double>(scale.transactions);
  rate_scale_ = transactions / kRowsPerLine / total.lines;
  browse_scale_ = transactions * kBrowsePerTransaction / total.browses;
}

Customer CustomerModel::make(int64_t index) const {
  Customer customer = draw(index);
  customer.rate *= rate_scale_;
  customer.browse_rate *= browse_scale_;
  return customer;
}

std::string CustomerModel::id(int64_t index) const {
  return fmt::format("{:016x}", mix64(static_cast<uint64_t>(index) ^ mix64(scale_.seed)));
}

Customer CustomerModel::draw(int64_t index) const {
  math::RandomStream stream = scale_.stream(Purpose::kProfile, index);
  Customer customer;
  customer.segment = tastes_.draw_segment(stream);
  const Segment& segment = segments()[static_cast<size_t>(customer.segment)];
  const double menswear = segment.index_group_shares[1];
  customer.woman = stream.chance(menswear > 0.5 ? 0.12 : 0.85 - menswear / 2);
  const double age = segment.age_mean + segment.age_sd * math::normal(stream);
  customer.age = static_cast<int>(std::clamp(age, 16.0, 95.0));
  if (stream.chance(kAgeUntold)) customer.age = -1;
  customer.country = country_table_.draw(stream);
  const auto& towns = countries()[static_cast<size_t>(customer.country)].towns;
  // The first town of a country is its largest.
  customer.town = static_cast<int>(std::min(stream.below(static_cast<uint32_t>(towns.size())),
                                            stream.below(static_cast<uint32_t>(towns.size()))));
  choose_styles(stream, customer);
  choose_lifetime(stream, customer);
  customer.rate = segment.rate * math::gamma(stream, kRateShape, 1 / kRateShape);
  customer.basket_articles =
      1 + (segment.basket_articles - 1) *
              math::log_normal(stream, -0.5 * kBasketSpread * kBasketSpread, kBasketSpread);
  customer.sensitivity = std::clamp(
      segment.price_sensitivity * math::log_normal(stream, -0.03, 0.25), 0.1, kMaxSensitivity);
  customer.online_share =
      math::beta(stream, 3 * segment.online_share, 3 * (1 - segment.online_share));
  customer.browse_rate = (0.15 + customer.online_share) * (0.3 + customer.rate) *
                         math::log_normal(stream, -0.125, 0.5);
  customer.review_rate = segment.review_rate * math::gamma(stream, 0.5, 2);
  const double device = stream.uniform();
  const double mobile = customer.age > 50 ? 0.45 : 0.72;
  customer.device = device < mobile ? 0 : device < 0.93 ? 1 : 2;
  return customer;
}

void CustomerModel::choose_styles(math::RandomStream& stream, Customer& customer) const {
  const math::AliasTable& table = style_tables_[static_cast<size_t>(customer.segment)];
  const int wanted = stream.between(2, kCustomerStyles);
  auto& styles = customer.styles;
  for (int attempt = 0; attempt < 20 && customer.style_count < wanted; ++attempt) {
    const int style = table.draw(stream);
    const auto end = styles.begin() + customer.style_count;
    if (std::find(styles.begin(), end, style) == end) {
      styles[static_cast<size_t>(customer.style_count++)] = style;
    }
  }
  const auto count = static_cast<size_t>(customer.style_count);
  const std::array<double, kCustomerStyles> alpha = {1.5, 1.5, 1.5, 1.5};
  math::dirichlet(stream, std::span(alpha).first(count),
                  std::span(customer.style_weights).first(count));
  std::ranges::sort(customer.style_weights, std::greater<>());
}

void CustomerModel::choose_lifetime(math::RandomStream& stream, Customer& customer) const {
  const Segment& segment = segments()[static_cast<size_t>(customer.segment)];
  customer.signup_day =
      stream.chance(kSignedUpBefore)
          ? -1 - static_cast<int32_t>(stream.below(kOldestSignup))
          : static_cast<int32_t>(stream.below(static_cast<uint32_t>(scale_.days)));
  customer.active_from = std::min(std::max(customer.signup_day + 1, 0), scale_.days);
  const double hazard =
      segment.churn_a_year * math::gamma(stream, kChurnShape, 1 / kChurnShape) / 365.25;
  const double lifetime = math::exponential(stream, std::max(hazard, 1e-6));
  const double end = customer.active_from + 1 + lifetime;
  customer.churned = end < scale_.days;
  customer.active_until = customer.churned ? static_cast<int32_t>(end) : scale_.days;
}

}  // namespace coterie::synth
