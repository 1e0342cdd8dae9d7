#include "synth/retail_prices.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/hash.h"
#include "math/random_distributions.h"
#include "synth/calendar.h"

namespace coterie::synth {
namespace {

constexpr double kListChangeShare = 0.25;  // of basic articles get a new list price once
constexpr double kCampaignsPerWeek = 2;
constexpr double kCampaignArticleShare = 0.35;  // of the campaign's product group
constexpr double kClearanceShare = 0.5;         // of seasonal articles, in their last 3 weeks

// Ends in .99 / .49, never above the price it came from.
int32_t reduced_price(int32_t price, double discount) {
  const double target = price * (1 - discount);
  const auto rounded = static_cast<int32_t>(std::lround((target + 1) / 50) * 50 - 1);
  return std::clamp(rounded, 49, price);
}

bool on_sale(const RetailScale& scale, const Article& article, int32_t week) {
  const int32_t start = scale.week_start(week);
  return article.launch_day < start + 7 && article.end_day > start;
}

}  // namespace

PriceBook::PriceBook(const RetailScale& scale, const Catalogue& catalogue)
    : weeks_(scale.weeks()),
      points_(catalogue.articles.size() * static_cast<size_t>(weeks_)),
      reduced_(points_.size()) {
  make_list_prices(scale, catalogue);
  make_campaigns(scale, catalogue);
  make_clearance(scale, catalogue);
  for (size_t a = 0; a < catalogue.articles.size(); ++a) {
    const Article& article = catalogue.articles[a];
    for (int32_t week = 0; week < weeks_; ++week) {
      PricePoint& now = point(static_cast<int32_t>(a), week);
      if (now.price == article.base_price) continue;
      now.elastic_log = static_cast<float>(
          article.elasticity * std::log(static_cast<double>(now.price) / article.base_price));
    }
  }
  reduced_ = {};
}

void PriceBook::make_list_prices(const RetailScale& scale, const Catalogue& catalogue) {
  for (size_t a = 0; a < catalogue.articles.size(); ++a) {
    const Article& article = catalogue.articles[a];
    math::RandomStream stream = scale.stream(Purpose::kCampaign, -1 - static_cast<int64_t>(a));
    int32_t change_week = weeks_;
    int32_t changed_price = article.base_price;
    if (article.basic && stream.chance(kListChangeShare)) {
      change_week = static_cast<int32_t>(stream.below(static_cast<uint32_t>(weeks_)));
      changed_price = reduced_price(article.base_price, stream.uniform(0.06, 0.18));
    }
    for (int32_t week = 0; week < weeks_; ++week) {
      point(static_cast<int32_t>(a), week).price =
          week < change_week ? article.base_price : changed_price;
    }
    list_prices_.push_back(changed_price);
  }
}

bool PriceBook::reduce(int32_t article, int32_t first, int32_t last, double discount) {
  const size_t row = static_cast<size_t>(article) * static_cast<size_t>(weeks_);
  for (int32_t week = first; week <= last; ++week) {
    if (reduced_[row + static_cast<size_t>(week)] != 0) return false;
  }
  for (int32_t week = first; week <= last; ++week) {
    reduced_[row + static_cast<size_t>(week)] = 1;
    int32_t& price = points_[row + static_cast<size_t>(week)].price;
    price = reduced_price(price, discount);
  }
  return true;
}

void PriceBook::add_promotion(const RetailScale& scale, const std::string& id, int32_t article,
                              int32_t first, int32_t last, double discount) {
  last = std::min(last, weeks_ - 1);
  if (!reduce(article, first, last, discount)) return;
  promotions_.push_back({id, article, std::max(0, scale.week_start(first)),
                         std::min(scale.days, scale.week_start(last + 1)) - 1, discount});
}

void PriceBook::run_campaign(const RetailScale& scale, const Catalogue& catalogue, int32_t week,
                             int number, math::RandomStream& stream) {
  constexpr std::array<double, 6> kDiscounts = {0.10, 0.15, 0.20, 0.25, 0.30, 0.40};
  const CivilDate date = civil_date(scale.date_of(scale.week_start(week)));
  const int week_number = 1 + static_cast<int>(week_of_year(scale.date_of(scale.week_start(week))));
  const std::string id = fmt::format("P{}W{:02d}-{}", date.year, week_number, number);
  const auto index_group = static_cast<int32_t>(stream.below(kIndexGroups));
  const auto group = static_cast<int>(stream.below(static_cast<uint32_t>(product_groups().size())));
  const double discount = kDiscounts[stream.below(kDiscounts.size())];
  const int32_t last = week + static_cast<int32_t>(stream.below(2));
  for (size_t a = 0; a < catalogue.articles.size(); ++a) {
    const Article& article = catalogue.articles[a];
    const bool in_scope =
        article.index_group == index_group || product_group_of(article.type) == group;
    if (!in_scope || !on_sale(scale, article, week)) continue;
    if (!stream.chance(kCampaignArticleShare)) continue;
    add_promotion(scale, id, static_cast<int32_t>(a), week, last, discount);
  }
}

void PriceBook::run_sale(const RetailScale& scale, const Catalogue& catalogue, int32_t first,
                         int32_t weeks, const std::string& id, double share, double low,
                         double high) {
  const int32_t last = std::min(first + weeks, weeks_) - 1;
  first = std::max(first, 0);
  if (last < first) return;
  math::RandomStream stream = scale.stream(Purpose::kCampaign, static_cast<int64_t>(hash64(id)));
  for (size_t a = 0; a < catalogue.articles.size(); ++a) {
    const double discount = std::round(stream.uniform(low, high) * 20) / 20;
    if (!stream.chance(share) || !on_sale(scale, catalogue.articles[a], first)) continue;
    add_promotion(scale, id, static_cast<int32_t>(a), first, last, discount);
  }
}

void PriceBook::make_campaigns(const RetailScale& scale, const Catalogue& catalogue) {
  const int last_year = civil_date(scale.date_of(scale.days - 1)).year;
  for (int year = civil_date(scale.first_day).year; year <= last_year; ++year) {
    const auto week_at = [&](int32_t date) { return scale.week_of(date - scale.first_day); };
    const auto sale = [&](const char* name, int32_t date, int32_t weeks, double share, double low,
                          double high) {
      if (date - scale.first_day < -7 * weeks || date - scale.first_day >= scale.days) return;
      run_sale(scale, catalogue, week_at(date), weeks, fmt::format("{}{}", name, year), share, low,
               high);
    };
    sale("BLACKFRIDAY", black_friday(year), 1, 0.40, 0.20, 0.30);
    sale("JANUARYSALE", day_number({year, 1, 2}), 3, 0.40, 0.30, 0.50);
    sale("SUMMERSALE", day_number({year, 6, 18}), 3, 0.35, 0.25, 0.40);
  }
  for (int32_t week = 0; week < weeks_; ++week) {
    math::RandomStream stream = scale.stream(Purpose::kCampaign, week);
    const int64_t campaigns = math::poisson(stream, kCampaignsPerWeek);
    for (int number = 1; number <= campaigns; ++number) {
      run_campaign(scale, catalogue, week, number, stream);
    }
  }
}

void PriceBook::make_clearance(const RetailScale& scale, const Catalogue& catalogue) {
  for (size_t a = 0; a < catalogue.articles.size(); ++a) {
    const Article& article = catalogue.articles[a];
    if (article.basic || article.end_day < 21 || article.end_day > scale.days) continue;
    math::RandomStream stream = scale.stream(Purpose::kStockOut, -1 - static_cast<int64_t>(a));
    if (!stream.chance(kClearanceShare)) continue;
    const int32_t last = scale.week_of(article.end_day - 1);
    const double discount = std::round(stream.uniform(0.30, 0.50) * 20) / 20;
    const CivilDate date = civil_date(scale.date_of(article.end_day));
    add_promotion(scale, fmt::format("CLEARANCE{}-{:02d}", date.year, date.month),
                  static_cast<int32_t>(a), std::max(0, last - 2), last, discount);
  }
}

}  // namespace coterie::synth
