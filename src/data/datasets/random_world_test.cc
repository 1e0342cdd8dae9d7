// Random projects for the tests of the datasets: generation, and loading into a warehouse.

#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "data/datasets/random_world_internal.h"
#include "data/engine/sql_text.h"
#include "data/project/roles.h"

namespace coterie::data::testing {
namespace {

class Dice {
 public:
  explicit Dice(std::mt19937_64& random) : random_(random) {}
  int64_t below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  bool chance(double share) { return static_cast<double>(random_() % 1'000'000) < share * 1e6; }
  template <typename T>
  std::optional<T> maybe(double share, T value) {
    return chance(share) ? std::optional<T>(std::move(value)) : std::nullopt;
  }
  std::string of(std::initializer_list<const char*> texts) {
    return texts.begin()[below(static_cast<int64_t>(texts.size()))];
  }

 private:
  std::mt19937_64& random_;
};

// Instants at the edges of days, in bursts that tie, and anywhere.
Micros random_time(Dice& dice, const TimeZone& zone, int first, int last) {
  const auto day = static_cast<int32_t>(first + dice.below(last - first + 1));
  switch (dice.below(4)) {
    case 0:
      return zone.day_start(day);
    case 1:
      return zone.day_end(day);
    case 2:
      return zone.day_start(day) + dice.below(5) * 3600 * kMicrosPerSecond;
    default:
      return std::min(zone.day_start(day) + dice.below(86'000) * kMicrosPerSecond,
                      zone.day_end(day));
  }
}

Number random_arrival(Dice& dice, Micros at) {
  return dice.maybe(0.7, at + dice.below(4) * kMicrosPerDay);
}

void add_sales(World& world, Dice& dice, const TimeZone& zone, const WorldSize& size, int first,
               int last) {
  for (int i = 0; i < size.facts; ++i) {
    Transaction& t = world.transactions.emplace_back();
    t.at = random_time(dice, zone, first, last);
    t.customer = dice.maybe(0.85, dice.below(size.customers));
    t.article = dice.below(size.articles);
    t.price = dice.maybe(0.9, dice.below(5) * 333 + 100);
    t.quantity = dice.maybe(0.8, dice.chance(0.15) ? -1 - dice.below(3) : dice.below(4));
    t.channel = dice.maybe(0.8, dice.of({"1", "2", "web"}));
    t.order = dice.maybe(0.6, fmt::format("o{}", dice.below(size.facts)));
    t.arrived = random_arrival(dice, t.at);
  }
  for (int i = 0; i < size.facts / 3; ++i) {
    Order& order = world.orders.emplace_back();
    order.id = fmt::format("p{}", world.orders.size());
    order.at = random_time(dice, zone, first, last);
    order.customer = dice.below(size.customers);
    order.status = dice.maybe(0.8, dice.of({"paid", "Cancelled", "returned", "shipped"}));
    order.channel = dice.maybe(0.8, dice.of({"1", "2"}));
    for (int64_t items = 1 + dice.below(3); items > 0; --items)
      world.order_items.push_back({order.id, dice.below(size.articles),
                                   dice.maybe(0.8, 1 + dice.below(3)),
                                   dice.maybe(0.9, dice.below(900) + 100)});
  }
}

void add_events(World& world, Dice& dice, const TimeZone& zone, const WorldSize& size, int first,
                int last) {
  for (int i = 0; i < size.facts; ++i) {
    Event& e = world.events.emplace_back();
    e.at = random_time(dice, zone, first, last);
    e.customer = dice.maybe(0.95, dice.below(size.customers));
    e.session = dice.maybe(0.85, fmt::format("s{}", dice.below(size.facts / 5 + 1)));
    e.kind = dice.of(
        {"view", "view", "View", "click", "cart", "wishlist", "buy", "session_start", "scroll"});
    e.article = dice.maybe(0.85, dice.below(size.articles));
    e.device = dice.maybe(0.7, dice.of({"mobile", "desktop"}));
    e.location = dice.maybe(0.7, dice.of({"north", "south"}));
    e.channel = dice.maybe(0.7, dice.of({"app", "web"}));
    e.arrived = random_arrival(dice, e.at);
  }
  for (int i = 0; i < size.facts / 3; ++i) {
    world.cart.push_back({random_time(dice, zone, first, last), dice.below(size.customers),
                          dice.below(size.articles),
                          dice.maybe(0.7, dice.of({"Bought", "removed", "abandoned"}))});
    world.wishlist.push_back({random_time(dice, zone, first, last), dice.below(size.customers),
                              dice.below(size.articles)});
  }
  for (int i = 0; i < size.facts / 5; ++i)
    world.reviews.push_back({fmt::format("r{}", world.reviews.size()),
                             random_time(dice, zone, first, last),
                             dice.maybe(0.8, dice.below(size.customers)), dice.below(size.articles),
                             dice.maybe(0.8, static_cast<double>(dice.below(10)) / 2),
                             dice.maybe(0.8, std::string("it's fine\nreally")),
                             dice.maybe(0.7, dice.below(9)), dice.maybe(0.7, dice.below(20))});
}

void add_masters(World& world, Dice& dice, const TimeZone& zone, const WorldSize& size) {
  for (int64_t a = 0; a < size.articles; ++a) {
    Item item;
    item.article = a;
    // Names repeat: codes of names are not codes of articles.
    item.name = dice.maybe(0.9, fmt::format("Shirt {}", dice.below(size.articles)));
    item.desc = dice.maybe(0.8, std::string("soft, \"warm\""));
    item.type = dice.maybe(0.9, dice.of({"Trousers", "Dress", "Sock"}));
    item.group = dice.maybe(0.9, dice.of({"Lower", "Upper"}));
    item.garment = dice.maybe(0.9, dice.of({"Jersey", "Denim"}));
    item.section = dice.maybe(0.9, dice.of({"Basics", "Sport"}));
    item.colour = dice.maybe(0.9, dice.of({"Black", "Blue"}));
    item.index = dice.maybe(0.9, dice.of({"Ladies", "Men"}));
    item.brand = dice.maybe(0.9, dice.of({"A", "B"}));
    item.category = dice.maybe(0.9, fmt::format("k{}", dice.below(6)));
    item.price = dice.maybe(0.7, dice.below(4) * 500 + 199);
    item.stock = dice.maybe(0.8, dice.below(100));
    item.created = dice.maybe(
        0.8, random_time(dice, zone, size.first_day - 30, size.first_day + size.days - 1));
    world.items.push_back(item);
    for (int day = size.first_day; day < size.first_day + size.days; day += 7)
      world.stock.push_back({a, day, dice.below(50)});
  }
  for (int64_t c = 0; c < size.customers; ++c) {
    if (dice.chance(0.15)) continue;  // some are known from facts alone
    world.customers.push_back(
        {c, dice.maybe(0.8, dice.of({"Ada", "Bo"})), dice.maybe(0.8, dice.of({"Berg", "Lind"})),
         dice.maybe(0.8, 18 + dice.below(60)), dice.maybe(0.8, size.first_day - dice.below(300)),
         dice.maybe(0.8, dice.of({"ACTIVE", "LEFT CLUB"})),
         dice.maybe(0.8, dice.of({"NONE", "Monthly"}))});
  }
  for (int64_t k = 0; k < 5; ++k)  // k5 of some items is in no tree
    world.categories.push_back({fmt::format("k{}", k),
                                k == 0 ? Text() : Text(fmt::format("k{}", dice.below(k))),
                                dice.maybe(0.8, fmt::format("Category {}", k % 3))});
}

void drop_some(World& world, Dice& dice) {
  for (const Role& role : all_roles()) {
    const std::string name(role.name);
    if (dice.chance(0.25)) world.absent.insert(name);
    for (const RoleColumn& column : role.columns) {
      if (!column.required && dice.chance(0.2))
        world.absent.insert(name + "." + std::string(column.name));
    }
  }
  // Without items there is nothing to name, so that is tried less often than the rest.
  if (dice.chance(0.6)) world.absent.erase("items");
}

}  // namespace

TimeZone World::zone() const { return *TimeZone::load(project.timezone); }

std::string customer_text(int64_t id) { return fmt::format("C{:03}", id); }
std::string article_text(int64_t id) { return fmt::format("{:04}", id); }

World random_world(std::mt19937_64& random, const WorldSize& size) {
  Dice dice(random);
  World world;
  world.project.name = "random";
  world.project.timezone = dice.of(
      {"UTC", "Europe/Stockholm", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe"});
  world.project.event_weights = default_event_weights();
  world.project.event_weights["click"] = static_cast<double>(dice.below(20)) / 7;
  world.project.half_life_days = dice.chance(0.5) ? 30 : 0.4 + static_cast<double>(dice.below(60));
  world.project.money.decimals = static_cast<int>(dice.below(4));
  if (!size.everything) drop_some(world, dice);
  const TimeZone zone = world.zone();
  add_masters(world, dice, zone, size);
  add_facts(world, random, size, size.first_day, size.first_day + size.days - 1);
  if (dice.chance(0.4)) {
    const int64_t day = size.first_day + size.days / 2 + dice.below(size.days);
    world.project.as_of = format_utc(day * kMicrosPerDay).substr(0, 10);
  }
  return world;
}

void add_facts(World& world, std::mt19937_64& random, const WorldSize& size, int first, int last) {
  Dice dice(random);
  const TimeZone zone = world.zone();
  add_sales(world, dice, zone, size, first, last);
  add_events(world, dice, zone, size, first, last);
}

}  // namespace coterie::data::testing
