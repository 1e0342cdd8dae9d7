// The slow twins of datasets B and D.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "dataset_oracle.h"

namespace coterie::data::testing {
namespace {

std::string category_path(const Oracle& oracle, const Item& item) {
  const World& world = oracle.world;
  std::string path;
  if (world.has("categories") && world.has("items", "category_id")) {
    Text id = item.category;
    while (id) {
      const auto known = std::ranges::find(world.categories, *id, &Category::id);
      if (known == world.categories.end()) break;
      const bool named = world.has("categories", "category_name") && known->name;
      const std::string name = named ? *known->name : known->id;
      path = path.empty() ? name : name + " > " + path;
      id = world.has("categories", "parent_id") ? known->parent : Text();
    }
    return path;
  }
  const auto add = [&](const char* column, const Text& text) {
    if (world.has("items", column) && text) path += (path.empty() ? "" : " > ") + *text;
  };
  add("index_group_name", item.index);
  add("product_group_name", item.group);
  add("product_type_name", item.type);
  const bool any = world.has("items", "index_group_name") ||
                   world.has("items", "product_group_name") ||
                   world.has("items", "product_type_name");
  return any ? path : oracle.category(item.article).value_or("");
}

// Mean paid for a unit on the last day on which the article was bought at a known price.
Number last_paid(const Oracle& oracle, int64_t article) {
  int32_t last = INT32_MIN;
  int64_t amount = 0, units = 0;
  for (const Purchase& p : oracle.purchases) {
    if (p.article != article || p.quantity < 0 || !p.price) continue;
    if (p.day > last) {
      last = p.day;
      amount = units = 0;
    }
    if (p.day < last) continue;
    amount += *p.amount();
    units += p.quantity;
  }
  if (units == 0) return {};
  return (2 * amount + units) / (2 * units);
}

Number stock_of(const Oracle& oracle, const Item& item) {
  if (oracle.world.has("items", "stock")) return item.stock;
  Number stock;
  if (!oracle.world.has("stock")) return stock;
  for (const StockLevel& level : oracle.world.stock) {
    if (level.article == item.article && level.day <= oracle.today) stock = level.stock;
  }
  return stock;
}

std::vector<Item> known_items(const Oracle& oracle) {
  if (oracle.world.has("items")) return oracle.world.items;
  std::set<int64_t> seen;
  for (const Purchase& p : oracle.purchases) {
    if (p.article) seen.insert(*p.article);
  }
  for (const Interaction& i : oracle.interactions) seen.insert(i.article);
  std::vector<Item> items;
  for (const int64_t article : seen) items.emplace_back().article = article;
  return items;
}

double minor_factor(const World& world) { return std::pow(10, world.project.money.decimals); }

struct Sums {
  int64_t units = 0, returned = 0, paid_units = 0;
  Number revenue, paid;
};

using Sales = std::map<std::pair<int64_t, int32_t>, Sums>;  // article, first day of the period

Sales sum_sales(const Oracle& oracle, int32_t period_days) {
  Sales sales;
  for (const Purchase& p : oracle.purchases) {
    if (!p.article) continue;
    const int32_t weekday = ((p.day + 3) % 7 + 7) % 7;
    Sums& sums = sales[{*p.article, period_days == 7 ? p.day - weekday : p.day}];
    sums.units += p.quantity;
    if (p.quantity < 0) sums.returned -= p.quantity;
    if (!p.price) continue;
    sums.revenue = sums.revenue.value_or(0) + *p.amount();
    if (p.quantity < 0) continue;
    sums.paid = sums.paid.value_or(0) + *p.amount();
    sums.paid_units += p.quantity;
  }
  return sales;
}

// ISO 8601: a week belongs to the year of its Thursday.
int iso_week(int32_t day) {
  const int32_t thursday = day - ((day + 3) % 7 + 7) % 7 + 3;
  int32_t first = thursday;  // 1 January of that year
  const std::string year = format_utc(int64_t{thursday} * kMicrosPerDay).substr(0, 4);
  first = static_cast<int32_t>(*parse_utc(year + "-01-01") / kMicrosPerDay);
  return (thursday - first) / 7 + 1;
}

// Index of each category and week.
std::map<std::pair<Text, int>, double> seasonality(const Oracle& oracle) {
  std::map<std::pair<Text, int>, double> index;
  int32_t first = INT32_MAX;
  for (const Purchase& p : oracle.purchases) {
    if (p.quantity > 0) first = std::min(first, p.day);
  }
  if (first == INT32_MAX || oracle.today - first + 1 < 365) return index;
  std::map<int, double> days;
  for (int32_t day = first; day <= oracle.today; ++day) days[iso_week(day)] += 1;
  std::map<Text, std::map<int, double>> units;
  for (const Purchase& p : oracle.purchases) {
    if (p.article)
      units[oracle.category(*p.article)][iso_week(p.day)] += static_cast<double>(p.quantity);
  }
  for (auto& [category, by_week] : units) {
    double level = 0;
    for (const auto& [week, count] : days) level += by_week[week] / count;
    level /= static_cast<double>(days.size());
    for (const auto& [week, count] : days)
      index[{category, week}] = level > 0 ? by_week[week] / count / level : 1;
  }
  return index;
}

Rows oracle_d(const World& world, bool weekly) {
  const Oracle oracle(world);
  const Sales sales = sum_sales(oracle, weekly ? 7 : 1);
  const auto index = seasonality(oracle);
  const int32_t back = weekly ? 21 : 6;
  Rows rows;
  for (const auto& [key, sums] : sales) {
    const auto [article, date] = key;
    double trailing = 0;
    for (int32_t day = date - back; day <= date; ++day) {
      const auto found = sales.find({article, day});
      if (found != sales.end()) trailing += static_cast<double>(found->second.units);
    }
    const double days = weekly ? std::min(7, oracle.today - date + 1) : 1;
    const auto seasonal = index.find({oracle.category(article), iso_week(date)});
    const double revenue = static_cast<double>(sums.revenue.value_or(0)) / minor_factor(world);
    std::vector<Cell> row = {
        article_text(article),
        int64_t{date},
        weekly ? Cell(static_cast<double>(sums.units) / days) : Cell(sums.units),
        !sums.revenue ? Cell()
        : weekly      ? Cell(revenue / days)
                      : Cell(*sums.revenue),
        sums.paid_units > 0 ? Cell(static_cast<double>(*sums.paid) / minor_factor(world) /
                                   static_cast<double>(sums.paid_units))
                            : Cell(),
        trailing / (weekly ? 21 + days : 7),
        seasonal == index.end() ? 1.0 : seasonal->second,
        oracle.name(article),
        sums.returned};
    if (weekly) row.insert(row.end(), {sums.units, cell(sums.revenue)});
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

Rows oracle_b(const World& world) {
  const Oracle oracle(world);
  const std::vector<Item> items = known_items(oracle);
  std::map<int64_t, Number> prices;
  std::map<Text, std::vector<double>> by_category;
  for (const Item& item : items) {
    const Number list = world.has("items", "price") ? item.price : Number();
    const Number price = list ? list : last_paid(oracle, item.article);
    prices[item.article] = price;
    if (price)
      by_category[oracle.category(item.article)].push_back(static_cast<double>(*price) /
                                                           minor_factor(world));
  }
  Rows rows;
  for (const Item& item : items) {
    const auto text = [&](const char* column, const Text& value) {
      return world.has("items", column) ? cell(value) : Cell();
    };
    const Number price = prices[item.article];
    Cell zscore;
    if (price) {
      const std::vector<double>& all = by_category[oracle.category(item.article)];
      double mean = 0, square = 0;
      for (const double other : all) mean += other / static_cast<double>(all.size());
      for (const double other : all) square += (other - mean) * (other - mean);
      const double deviation = std::sqrt(square / static_cast<double>(all.size()));
      const double value = static_cast<double>(*price) / minor_factor(world);
      const bool equal = std::ranges::all_of(all, [&](double other) { return other == all[0]; });
      zscore = equal ? 0.0 : (value - mean) / deviation;
    }
    const std::string path = category_path(oracle, item);
    const Number created = world.has("items", "created_at") ? item.created : Number();
    rows.push_back({article_text(item.article), text("product_name", item.name),
                    text("detail_desc", item.desc), text("product_type_name", item.type),
                    text("product_group_name", item.group),
                    text("garment_group_name", item.garment), text("section_name", item.section),
                    text("colour_group_name", item.colour), text("index_group_name", item.index),
                    text("brand", item.brand), path.empty() ? Cell() : Cell(path), cell(price),
                    zscore, cell(stock_of(oracle, item)), cell(created),
                    created ? Cell(int64_t{oracle.today - oracle.zone.day_of(*created)}) : Cell(),
                    Cell(), Cell(), cell(oracle.category(item.article))});
  }
  return rows;
}

Rows oracle_d_daily(const World& world) { return oracle_d(world, false); }
Rows oracle_d_weekly(const World& world) { return oracle_d(world, true); }

}  // namespace coterie::data::testing
