#include "synth/retail_scale.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "data/project/roles.h"
#include "synth/calendar.h"

namespace coterie::synth {
namespace {

// The catalogue grows more slowly than the clientele: 105k articles at 1.37M customers.
constexpr double kFullCustomers = 1'370'000;
constexpr double kFullArticles = 105'000;
constexpr double kArticleGrowth = 0.75;
constexpr int64_t kTransactionsPerCustomer = 23;
constexpr int64_t kFewestArticles = 300;

Status check_range(const char* option, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return {};
  return invalid_input(fmt::format("{} is {}", option, value))
      .for_key(option)
      .with_mend(fmt::format("use a number from {} to {}", low, high));
}

Status check_roles(const std::vector<std::string>& roles) {
  for (const std::string& role : roles) {
    if (data::find_role(role) != nullptr) continue;
    return invalid_input(fmt::format("there is no role '{}'", role))
        .for_key("only")
        .with_mend(nearest_mend(role, data::role_names(),
                                fmt::format("roles are {}", fmt::join(data::role_names(), ", "))));
  }
  return {};
}

}  // namespace

int32_t RetailScale::first_weekday() const { return weekday(first_day); }

Result<RetailScale> resolve_scale(const RetailOptions& options) {
  RETURN_IF_ERROR(check_range("customers", options.customers, 100, 50'000'000));
  RETURN_IF_ERROR(check_range("days", options.days, 60, 3'660));
  RETURN_IF_ERROR(check_range("end_day", options.end_day, 4'000, 40'000));
  RETURN_IF_ERROR(check_roles(options.only));
  RetailScale scale;
  scale.customers = options.customers;
  const double share = static_cast<double>(options.customers) / kFullCustomers;
  const auto default_articles =
      static_cast<int64_t>(std::llround(kFullArticles * std::pow(share, kArticleGrowth)));
  const int64_t articles =
      options.articles == 0 ? std::max(kFewestArticles, default_articles) : options.articles;
  RETURN_IF_ERROR(check_range("articles", articles, kFewestArticles, 1'500'000));
  scale.articles = static_cast<int32_t>(articles);
  scale.transactions = options.transactions == 0 ? kTransactionsPerCustomer * options.customers
                                                 : options.transactions;
  RETURN_IF_ERROR(
      check_range("transactions", scale.transactions, options.customers, 400 * options.customers));
  scale.days = options.days;
  scale.first_day = options.end_day - options.days + 1;
  scale.seed = options.seed;
  return scale;
}

}  // namespace coterie::synth
