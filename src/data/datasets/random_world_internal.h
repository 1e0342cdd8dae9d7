#pragma once
// For tests: a small random project, as plain rows and as tables of a warehouse.

#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/temporary_folder.h"
#include "base/timezone.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data::testing {

using Text = std::optional<std::string>;
using Number = std::optional<int64_t>;

// Ids are numbers; none = null. Money is in minor units.
struct Transaction {
  Micros at;
  Number customer, article, price, quantity;
  Text channel, order;
  Number arrived;
};
struct Order {
  std::string id;
  Micros at;
  Number customer;
  Text status, channel;
};
struct OrderItem {
  std::string order;
  int64_t article;
  Number quantity, price;
};
struct Event {
  Micros at;
  Number customer;
  Text session;
  std::string kind;
  Number article;
  Text device, location, channel;
  Number arrived;
};
struct Carted {
  Micros at;
  int64_t customer, article;
  Text status;
};
struct Wished {
  Micros at;
  int64_t customer, article;
};
struct Review {
  std::string id;
  Micros at;
  Number customer;
  int64_t article;
  std::optional<double> rating;
  Text text;
  Number helpful, total;
};
struct Item {
  int64_t article;
  Text name, desc, type, group, garment, section, colour, index, brand, category;
  Number price, stock, created;
};
struct Customer {
  int64_t customer;
  Text first, last;
  Number age, signup;  // signup: a day
  Text club, news;
};
struct Category {
  std::string id;
  Text parent, name;
};
struct StockLevel {
  int64_t article;
  int32_t day;
  int64_t stock;
};

struct World {
  Project project;
  std::set<std::string> absent;  // "role" or "role.column"
  std::vector<Transaction> transactions;
  std::vector<Order> orders;
  std::vector<OrderItem> order_items;
  std::vector<Event> events;
  std::vector<Carted> cart;
  std::vector<Wished> wishlist;
  std::vector<Review> reviews;
  std::vector<Item> items;
  std::vector<Customer> customers;
  std::vector<Category> categories;
  std::vector<StockLevel> stock;

  bool has(const std::string& role) const { return !absent.contains(role); }
  bool has(const std::string& role, const std::string& column) const {
    return has(role) && !absent.contains(role + "." + column);
  }
  TimeZone zone() const;
};

struct WorldSize {
  int days = 60;
  int customers = 12;
  int articles = 10;
  int facts = 150;          // of each role
  bool everything = false;  // no role or column is absent
  int first_day = 18'300;   // 2020-02-08
};

World random_world(std::mt19937_64& random, const WorldSize& size);
// More facts on days [first, last].
void add_facts(World& world, std::mt19937_64& random, const WorldSize& size, int first, int last);

std::string customer_text(int64_t id);  // "C07"
std::string article_text(int64_t id);   // "0012": keeps its zeros

// A warehouse in a folder of its own with the world's roles.
class WorldWarehouse {
 public:
  explicit WorldWarehouse(int threads = 2);
  // Replaces all roles, or appends the facts from these places on (daily roles only).
  void load(const World& world);
  void append(const World& world, const World& before);
  // Writes the days of one role again with the world's rows.
  void replace_days(const World& world, const std::string& role, int first, int last);

  TemporaryFolder folder;
  Engine engine;
  Warehouse warehouse;
};

}  // namespace coterie::data::testing
