#pragma once
// When people buy, and what is wanted when: the calendar of demand, stock-outs, and the tables from
// which articles are drawn.

#include <cstdint>
#include <span>
#include <vector>

#include "base/threads.h"
#include "math/alias_table.h"
#include "synth/retail_catalogue.h"
#include "synth/retail_prices.h"
#include "synth/retail_scale.h"
#include "synth/retail_tastes.h"

namespace coterie::synth {

// The shape of the year: weekday, season (October to December peak, January sale, summer dip),
// Black Friday, days on which shops are shut, and a little weather. Mean weight about 1.
class DemandCalendar {
 public:
  explicit DemandCalendar(const RetailScale& scale);

  double weight(int32_t day) const { return weights_[static_cast<size_t>(day)]; }
  // Sum of weights of days [0, day).
  double before(int32_t day) const { return cumulative_[static_cast<size_t>(day)]; }
  // The day in which the running sum reaches `mass` in [0, before(days)).
  int32_t day_at(double mass) const;
  // Without weather: what a model can know of a date.
  static double season(int32_t date);
  static double weekday_factor(int32_t date);
  static double named_day_factor(int32_t date);

 private:
  std::vector<double> weights_, cumulative_;
  std::vector<int32_t> guide_;  // first candidate day for a slice of the mass
  double guide_scale_ = 0;
};

struct StockOut {
  int32_t first_day = 0;
  int32_t end_day = 0;  // first day on sale again
};

// When each article can be bought. Thread-safe.
class Availability {
 public:
  Availability(const RetailScale& scale, const Catalogue& catalogue);
  bool on_sale(int32_t article, int32_t day) const;
  std::span<const StockOut> stock_outs(int32_t article) const {
    const Entry& entry = entries_[static_cast<size_t>(article)];
    return std::span(stock_outs_).subspan(entry.first_stock_out, entry.stock_outs);
  }

 private:
  struct Entry {
    int32_t launch_day, end_day;
    uint32_t first_stock_out, stock_outs;
  };
  std::vector<Entry> entries_;
  std::vector<StockOut> stock_outs_;
};

// What is wanted in a week. Immutable after construction; thread-safe.
class DemandTables {
 public:
  DemandTables(const RetailScale& scale, const Catalogue& catalogue, const PriceBook& prices,
               ThreadPool& pool);

  // An article of `style` by its demand at kMaxSensitivity, or -1 if the style has none that week.
  int32_t draw(int32_t week, int style, math::RandomStream& stream) const;
  // The same over all styles.
  int32_t draw_any(int32_t week, math::RandomStream& stream) const {
    return draw(week, kStyles, stream);
  }
  // log growth a year of a product type's demand.
  double type_trend(int type) const { return type_trends_[static_cast<size_t>(type)]; }

 private:
  struct Week {
    std::vector<math::AliasEntry> entries;
    std::array<uint32_t, kStyles + 2> begins{};
  };
  // Relative demand of an article in a week before affinity; 0 if it is not on sale.
  double demand(const RetailScale& scale, const Article& article, int32_t index, int32_t week,
                const PriceBook& prices) const;
  Week make_week(const RetailScale& scale, const Catalogue& catalogue, const PriceBook& prices,
                 int32_t week) const;

  std::vector<double> type_trends_;
  std::vector<Week> weeks_;
};

}  // namespace coterie::synth
