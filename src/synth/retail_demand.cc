#include "synth/retail_demand.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "math/random_distributions.h"
#include "synth/calendar.h"

namespace coterie::synth {
namespace {

constexpr double kWeatherSpread = 0.05;  // log scale, a day
constexpr double kTrendSpread = 0.22;    // log growth a year of a product type
constexpr double kArticleWeekSpread = 0.10;
constexpr double kStockOutsPerYear = 1.6;
constexpr int32_t kStockOutGap = 21;

// A bump around a day of the year, on the circle.
double bump(double day, double centre, double width) {
  double distance = std::abs(day - centre);
  distance = std::min(distance, 365.25 - distance);
  return std::exp(-0.5 * distance * distance / (width * width));
}

// How an article's own demand runs over its life.
double life_curve(const Article& article, double age_days) {
  const double ramp = 1 - std::exp(-(age_days + 4) / 9);
  if (article.basic) return ramp;
  const double life = article.end_day - article.launch_day;
  return ramp * std::exp(-2 * age_days / life);
}

}  // namespace

double DemandCalendar::season(int32_t date) {
  const double day = day_of_year(date);
  return 0.84 + 0.62 * bump(day, 338, 30) + 0.18 * bump(day, 285, 18) + 0.16 * bump(day, 8, 9) +
         0.12 * bump(day, 176, 12) + 0.10 * bump(day, 238, 12) - 0.12 * bump(day, 200, 14) -
         0.10 * bump(day, 45, 18);
}

double DemandCalendar::weekday_factor(int32_t date) {
  constexpr std::array<double, 7> kFactors = {0.86, 0.84, 0.88, 0.95, 1.14, 1.38, 0.95};
  return kFactors[static_cast<size_t>(weekday(date))];
}

double DemandCalendar::named_day_factor(int32_t date) {
  for (const NamedDay& named : named_days(date, date)) {
    if (named.name == "Black Friday") return 1.9;
    if (named.name == "Christmas Day") return 0.25;
    if (named.name == "Christmas Eve" || named.name == "New Year's Day") return 0.4;
    return 0.7;
  }
  const CivilDate civil = civil_date(date);
  const int32_t friday = black_friday(civil.year);
  return date > friday && date <= friday + 3 ? 1.35 : 1;
}

DemandCalendar::DemandCalendar(const RetailScale& scale) {
  math::RandomStream stream = scale.stream(Purpose::kDay, 0);
  cumulative_.push_back(0);
  for (int32_t day = 0; day < scale.days; ++day) {
    const int32_t date = scale.date_of(day);
    const double weather = math::log_normal(stream, 0, kWeatherSpread);
    weights_.push_back(season(date) * weekday_factor(date) * named_day_factor(date) * weather);
    cumulative_.push_back(cumulative_.back() + weights_.back());
  }
  constexpr int32_t kSlices = 4096;
  guide_scale_ = kSlices / cumulative_.back();
  int32_t day = 0;
  for (int32_t slice = 0; slice <= kSlices; ++slice) {
    while (day + 1 < scale.days && before(day + 1) <= slice / guide_scale_) ++day;
    guide_.push_back(day);
  }
}

int32_t DemandCalendar::day_at(double mass) const {
  const auto slice = static_cast<size_t>(std::max(0.0, mass * guide_scale_));
  int32_t day = guide_[std::min(slice, guide_.size() - 1)];
  while (day > 0 && before(day) > mass) --day;
  while (day + 1 < static_cast<int32_t>(weights_.size()) && before(day + 1) <= mass) ++day;
  return day;
}

Availability::Availability(const RetailScale& scale, const Catalogue& catalogue) {
  for (size_t a = 0; a < catalogue.articles.size(); ++a) {
    const Article& article = catalogue.articles[a];
    Entry entry{article.launch_day, article.end_day, static_cast<uint32_t>(stock_outs_.size()), 0};
    math::RandomStream stream = scale.stream(Purpose::kStockOut, static_cast<int64_t>(a));
    const int32_t last = std::min(article.end_day, scale.days) - 7;
    int32_t day = std::max(article.launch_day, 0) + 14;
    while (true) {
      day += static_cast<int32_t>(math::exponential(stream, kStockOutsPerYear / 365.0));
      const int32_t length = stream.between(3, 18);
      if (day + length >= last) break;
      stock_outs_.push_back({day, day + length});
      ++entry.stock_outs;
      day += length + kStockOutGap;
    }
    entries_.push_back(entry);
  }
}

bool Availability::on_sale(int32_t article, int32_t day) const {
  const Entry& entry = entries_[static_cast<size_t>(article)];
  if (day < entry.launch_day || day >= entry.end_day) return false;
  for (const StockOut& out : stock_outs(article)) {
    if (day >= out.first_day && day < out.end_day) return false;
  }
  return true;
}

DemandTables::DemandTables(const RetailScale& scale, const Catalogue& catalogue,
                           const PriceBook& prices, ThreadPool& pool)
    : weeks_(static_cast<size_t>(scale.weeks())) {
  math::RandomStream stream = scale.stream(Purpose::kTypeTrend, 0);
  for (size_t i = 0; i < product_types().size(); ++i) {
    type_trends_.push_back(kTrendSpread * math::normal(stream));
  }
  pool.parallel_for(scale.weeks(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t week = begin; week < end; ++week) {
      weeks_[static_cast<size_t>(week)] =
          make_week(scale, catalogue, prices, static_cast<int32_t>(week));
    }
  });
}

double DemandTables::demand(const RetailScale& scale, const Article& article, int32_t index,
                            int32_t week, const PriceBook& prices) const {
  const int32_t start = std::max(scale.week_start(week), 0);
  const int32_t first = std::max(start, article.launch_day);
  const int32_t end = std::min({scale.week_start(week + 1), article.end_day, scale.days});
  if (first >= end) return 0;
  const ProductType& type = product_types()[static_cast<size_t>(article.type)];
  const double middle = 0.5 * (first + end);
  const double year_week = week_of_year(scale.date_of(first));
  const double season =
      std::exp(type.season_amplitude *
               std::cos(2 * std::numbers::pi * (year_week - type.peak_week) / 52.18));
  const double trend = std::exp(type_trend(article.type) * middle / 365.25);
  math::RandomStream stream =
      scale.stream(Purpose::kArticleWeek, static_cast<int64_t>(index) * scale.weeks() + week);
  const double noise = math::log_normal(stream, 0, kArticleWeekSpread);
  const double price = std::exp(-kMaxSensitivity * prices.at(index, week).elastic_log);
  return article.popularity * life_curve(article, middle - article.launch_day) * season * trend *
         noise * price;
}

DemandTables::Week DemandTables::make_week(const RetailScale& scale, const Catalogue& catalogue,
                                           const PriceBook& prices, int32_t week) const {
  // One list a style, then one of everything.
  std::array<std::vector<double>, kStyles + 1> weights;
  std::array<std::vector<int32_t>, kStyles + 1> labels;
  for (int32_t a = 0; a < scale.articles; ++a) {
    const Article& article = catalogue.articles[static_cast<size_t>(a)];
    const double wanted = demand(scale, article, a, week, prices);
    if (wanted <= 0) continue;
    for (size_t m = 0; m < kMemberships; ++m) {
      const auto style = static_cast<size_t>(article.styles[m]);
      weights[style].push_back(wanted * article.affinities[m]);
      labels[style].push_back(a);
    }
    weights[kStyles].push_back(wanted);
    labels[kStyles].push_back(a);
  }
  Week result;
  size_t total = 0;
  for (size_t z = 0; z <= kStyles; ++z) {
    result.begins[z] = static_cast<uint32_t>(total);
    total += weights[z].size();
  }
  result.begins[kStyles + 1] = static_cast<uint32_t>(total);
  result.entries.resize(total);
  for (size_t z = 0; z <= kStyles; ++z) {
    if (weights[z].empty()) continue;
    math::build_alias(weights[z], labels[z],
                      std::span(result.entries).subspan(result.begins[z], weights[z].size()));
  }
  return result;
}

int32_t DemandTables::draw(int32_t week, int style, math::RandomStream& stream) const {
  const Week& table = weeks_[static_cast<size_t>(week)];
  const uint32_t begin = table.begins[static_cast<size_t>(style)];
  const uint32_t end = table.begins[static_cast<size_t>(style) + 1];
  if (begin == end) return -1;
  return math::draw_alias(std::span(table.entries).subspan(begin, end - begin), stream);
}

}  // namespace coterie::synth
