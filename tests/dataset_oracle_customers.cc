// The slow twin of dataset C.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "dataset_oracle.h"

namespace coterie::data::testing {
namespace {

struct Profile {
  int64_t lines = 0, units = 0, orders = 0, session_events = 0;
  Number spent, last;
  std::set<int64_t> wished;
  int64_t carted = 0, abandoned = 0;
  std::map<std::string, int64_t> channels, engaged;  // -> lines, engagement in 10^-6
  bool acted = false;
};

using Profiles = std::map<int64_t, Profile>;

template <typename T>
void keep_max(std::optional<T>& value, T other) {
  value = std::max(value.value_or(other), other);
}

void add_purchases(const Oracle& oracle, Profiles& profiles) {
  std::map<int64_t, std::set<std::string>> orders;
  for (const Purchase& p : oracle.purchases) {
    if (!p.customer) continue;
    Profile& profile = profiles[*p.customer];
    profile.acted = true;
    profile.units += p.quantity;
    if (p.amount()) profile.spent = profile.spent.value_or(0) + *p.amount();
    if (p.quantity < 0) continue;
    ++profile.lines;
    keep_max(profile.last, int64_t{p.day});
    orders[*p.customer].insert(p.basket ? "b" + *p.basket : std::to_string(p.day));
    if (p.channel) ++profile.channels[*p.channel];
  }
  for (const auto& [customer, baskets] : orders) profiles[customer].orders = std::ssize(baskets);
}

void add_sessions_and_wishes(const Oracle& oracle, Profiles& profiles) {
  const World& world = oracle.world;
  if (world.has("events")) {
    for (const Event& e : world.events) {
      if (!e.customer || !oracle.sees(e.at, e.arrived, "events")) continue;
      profiles[*e.customer].acted = true;
      profiles[*e.customer].session_events += e.session ? 1 : 0;
    }
  }
  const auto wish = [&](int64_t customer, int64_t article) {
    profiles[customer].acted = true;
    profiles[customer].wished.insert(article);
  };
  if (world.has("wishlist")) {
    for (const Wished& w : world.wishlist) {
      if (oracle.sees(w.at, {}, "wishlist")) wish(w.customer, w.article);
    }
  } else if (oracle.events_have("wishlist")) {
    for (const Event& e : world.events) {
      if (lower(e.kind) == "wishlist" && e.customer && e.article &&
          oracle.sees(e.at, e.arrived, "events"))
        wish(*e.customer, *e.article);
    }
  }
}

bool bought_soon(const Oracle& oracle, int64_t customer, int64_t article, int32_t day) {
  return std::ranges::any_of(oracle.purchases, [&](const Purchase& p) {
    return p.customer == customer && p.article == article && p.quantity > 0 && p.day >= day &&
           p.day <= day + 7;
  });
}

void add_carts(const Oracle& oracle, Profiles& profiles) {
  const World& world = oracle.world;
  // customer, article, day -> whether a row says bought; none = no row says anything
  std::map<std::tuple<int64_t, int64_t, int32_t>, std::optional<bool>> carts;
  const auto add = [&](int64_t customer, int64_t article, Micros at, const Text& status) {
    std::optional<bool>& said = carts[{customer, article, oracle.zone.day_of(at)}];
    if (status) said = said.value_or(false) || lower(*status) == "bought";
  };
  if (world.has("cart")) {
    for (const Carted& c : world.cart) {
      if (oracle.sees(c.at, {}, "cart"))
        add(c.customer, c.article, c.at, world.has("cart", "status") ? c.status : Text());
    }
  } else if (oracle.events_have("cart")) {
    for (const Event& e : world.events) {
      if (lower(e.kind) == "cart" && e.customer && e.article &&
          oracle.sees(e.at, e.arrived, "events"))
        add(*e.customer, *e.article, e.at, {});
    }
  }
  for (const auto& [key, said] : carts) {
    const auto [customer, article, day] = key;
    Profile& profile = profiles[customer];
    profile.acted = true;
    ++profile.carted;
    if (!said.value_or(bought_soon(oracle, customer, article, day))) ++profile.abandoned;
  }
}

void add_engagement(const Oracle& oracle, Profiles& profiles) {
  if (oracle.category_column().empty()) return;
  std::map<std::pair<int64_t, int64_t>, std::pair<int64_t, int64_t>> bought;  // lines, kept units
  const auto engage = [&](int64_t customer, int64_t article, int64_t units) {
    const Text category = oracle.category(article);
    if (!category || units == 0) return;
    profiles[customer].acted = true;
    profiles[customer].engaged[*category] += units;
  };
  for (const Purchase& p : oracle.purchases) {
    if (!p.customer || !p.article) continue;
    auto& [lines, kept] = bought[{*p.customer, *p.article}];
    lines += p.quantity > 0 ? 1 : 0;
    kept += p.quantity;
  }
  for (const auto& [ids, sums] : bought) {
    if (sums.second > 0)
      engage(ids.first, ids.second, sums.first * std::llround(oracle.weight("buy") * 1e6));
  }
  for (const Interaction& i : oracle.interactions)
    engage(i.customer, i.article, std::llround(oracle.weight(i.kind) * 1e6));
}

// The key with the largest value, of equals the first.
Cell most(const std::map<std::string, int64_t>& counts) {
  Cell best;
  int64_t highest = 0;
  for (const auto& [key, count] : counts) {
    if (count <= highest) continue;
    highest = count;
    best = key;
  }
  return best;
}

double number_of(const Cell& value) {
  return std::holds_alternative<int64_t>(value) ? static_cast<double>(std::get<int64_t>(value))
                                                : std::get<double>(value);
}

// Fills column `bucket` with the quintile of column `of` among rows that `ranked` lets through.
template <typename Ranked>
void fill_bucket(Rows& rows, size_t of, size_t bucket, bool low_is_best, const Ranked& ranked) {
  std::vector<double> values;
  for (const auto& row : rows) {
    if (ranked(row)) values.push_back(number_of(row[of]));
  }
  for (auto& row : rows) {
    if (!ranked(row)) continue;
    const double value = number_of(row[of]);
    const int64_t worse = std::ranges::count_if(
        values, [&](double other) { return low_is_best ? other > value : other < value; });
    row[bucket] = int64_t{1} + 5 * worse / std::ssize(values);
  }
}

void fill_buckets(Rows& rows) {
  constexpr size_t kBasket = 7, kValue = 8, kRecency = 9, kFrequency = 10, kMonetary = 11;
  constexpr size_t kBuckets = 12, kAbandoned = 19;
  const auto known = [](size_t column) {
    return [column](const std::vector<Cell>& row) { return row[column].index() != 0; };
  };
  const auto buys = [](size_t column) {
    return [column](const std::vector<Cell>& row) {
      return row[kFrequency].index() != 0 && std::get<int64_t>(row[kFrequency]) > 0 &&
             row[column].index() != 0;
    };
  };
  fill_bucket(rows, kRecency, kBuckets, true, known(kRecency));
  fill_bucket(rows, kFrequency, kBuckets + 1, false, buys(kFrequency));
  fill_bucket(rows, kMonetary, kBuckets + 2, false, buys(kMonetary));
  fill_bucket(rows, kBasket, kBuckets + 3, false, known(kBasket));
  fill_bucket(rows, kValue, kBuckets + 4, false, known(kValue));
  fill_bucket(rows, kAbandoned, kAbandoned + 1, false, known(kAbandoned));
}

std::vector<Cell> make_row(const Oracle& oracle, int64_t id, const Customer* customer,
                           const Profile& profile) {
  const World& world = oracle.world;
  const auto text = [&](const char* column, const Text Customer::* field) {
    return customer != nullptr && world.has("customers", column) ? customer->*field : Text();
  };
  const auto number = [&](const char* column, const Number Customer::* field) {
    return customer != nullptr && world.has("customers", column) ? customer->*field : Number();
  };
  const Number signup = number("signup_date", &Customer::signup);
  const Text first = text("first_name", &Customer::first);
  const Text last = text("last_name", &Customer::last);
  const std::string name = first && last ? *first + " " + *last
                           : first       ? *first
                                         : last.value_or("");
  const double scale = std::pow(10, world.project.money.decimals);
  const auto orders = static_cast<double>(profile.orders);
  const Cell spent = oracle.knows_prices() ? Cell(profile.spent.value_or(0)) : Cell();
  const bool sells = oracle.sells();
  const bool wishes = world.has("wishlist") || oracle.events_have("wishlist");
  const bool bought = profile.orders > 0;
  return {
      customer_text(id),
      cell(number("age", &Customer::age)),
      signup ? Cell(oracle.today - *signup) : Cell(),
      cell(text("club_member_status", &Customer::club)),
      cell(text("fashion_news_frequency", &Customer::news)),
      sells ? Cell(profile.lines) : Cell(),
      spent,
      bought ? Cell(static_cast<double>(profile.units) / orders) : Cell(),
      bought && profile.spent ? Cell(static_cast<double>(*profile.spent) / scale / orders) : Cell(),
      profile.last ? Cell(oracle.today - *profile.last) : Cell(),
      sells ? Cell(profile.orders) : Cell(),
      spent,
      Cell(),
      Cell(),
      Cell(),
      Cell(),
      Cell(),
      world.has("events", "session_id") ? Cell(profile.session_events) : Cell(),
      wishes ? Cell(std::ssize(profile.wished)) : Cell(),
      profile.carted > 0
          ? Cell(static_cast<double>(profile.abandoned) / static_cast<double>(profile.carted))
          : Cell(),
      Cell(),
      most(profile.engaged),
      most(profile.channels),
      name.empty() ? Cell() : Cell(name)};
}

}  // namespace

Rows oracle_c(const World& world) {
  const Oracle oracle(world);
  Profiles profiles;
  add_purchases(oracle, profiles);
  add_sessions_and_wishes(oracle, profiles);
  add_carts(oracle, profiles);
  add_engagement(oracle, profiles);
  std::map<int64_t, const Customer*> known;
  if (world.has("customers")) {
    for (const Customer& customer : world.customers) known[customer.customer] = &customer;
  }
  for (const auto& [id, profile] : profiles) {
    if (profile.acted) known.try_emplace(id, nullptr);
  }
  Rows rows;
  for (const auto& [id, customer] : known)
    rows.push_back(make_row(oracle, id, customer, profiles[id]));
  fill_buckets(rows);
  return rows;
}

}  // namespace coterie::data::testing
