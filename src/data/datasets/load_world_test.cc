// The rows of a random project as tables of a warehouse, in the stored form of roles.h.

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_results.h"
#include "data/datasets/random_world_internal.h"
#include "data/engine/sql_text.h"
#include "data/project/roles.h"

namespace coterie::data::testing {
namespace {

// One row as SQL literals under the names of the role's columns.
using Row = std::vector<std::pair<std::string, std::string>>;

std::string literal(const Text& text) { return text ? quote_text(*text) : "NULL"; }
std::string literal(const Number& number) { return number ? std::to_string(*number) : "NULL"; }
std::string time_literal(const Number& at) {
  return at ? fmt::format("make_timestamp({})", *at) : "NULL";
}
std::string money_literal(const World& world, const Number& minor) {
  if (!minor) return "NULL";
  return fmt::format("CAST({}::DECIMAL(18,0) / pow(10, {})::INTEGER AS DECIMAL(18,{}))", *minor,
                     world.project.money.decimals, world.project.money.decimals);
}

std::string sql_type(const World& world, const RoleColumn& column) {
  switch (column.kind) {
    case ColumnKind::kId:
      return "INTEGER";
    case ColumnKind::kText:
      return "VARCHAR";
    case ColumnKind::kInteger:
      return "BIGINT";
    case ColumnKind::kReal:
      return "DOUBLE";
    case ColumnKind::kMoney:
      return fmt::format("DECIMAL(18,{})", world.project.money.decimals);
    case ColumnKind::kDate:
      return "DATE";
    case ColumnKind::kTime:
      return "TIMESTAMP";
    case ColumnKind::kBool:
      return "BOOLEAN";
  }
  return "";
}

std::string day_literal(int64_t day) { return fmt::format("DATE '1970-01-01' + {}", day); }

Row with_day(const World& world, const char* column, Micros at, Row row) {
  row.emplace_back(column, time_literal(at));
  row.emplace_back("day", day_literal(world.zone().day_of(at)));
  return row;
}

std::vector<Row> transaction_rows(const World& world) {
  std::vector<Row> rows;
  for (const Transaction& t : world.transactions)
    rows.push_back(with_day(world, "t_dat", t.at,
                            {{"customer_id", literal(t.customer)},
                             {"article_id", literal(t.article)},
                             {"price", money_literal(world, t.price)},
                             {"quantity", literal(t.quantity)},
                             {"sales_channel_id", literal(t.channel)},
                             {"order_id", literal(t.order)},
                             {"arrived_at", time_literal(t.arrived)}}));
  return rows;
}

std::vector<Row> order_rows(const World& world) {
  std::vector<Row> rows;
  for (const Order& o : world.orders)
    rows.push_back(with_day(world, "created_at", o.at,
                            {{"order_id", literal(o.id)},
                             {"customer_id", literal(o.customer)},
                             {"status", literal(o.status)},
                             {"sales_channel_id", literal(o.channel)}}));
  return rows;
}

std::vector<Row> order_item_rows(const World& world) {
  std::vector<Row> rows;
  for (const OrderItem& i : world.order_items)
    rows.push_back({{"order_id", literal(i.order)},
                    {"article_id", literal(i.article)},
                    {"quantity", literal(i.quantity)},
                    {"price", money_literal(world, i.price)}});
  return rows;
}

std::vector<Row> event_rows(const World& world) {
  std::vector<Row> rows;
  for (const Event& e : world.events)
    rows.push_back(with_day(world, "created_at", e.at,
                            {{"customer_id", literal(e.customer)},
                             {"session_id", literal(e.session)},
                             {"event_type", literal(e.kind)},
                             {"article_id", literal(e.article)},
                             {"device", literal(e.device)},
                             {"location", literal(e.location)},
                             {"channel", literal(e.channel)},
                             {"arrived_at", time_literal(e.arrived)}}));
  return rows;
}

std::vector<Row> cart_rows(const World& world) {
  std::vector<Row> rows;
  for (const Carted& c : world.cart)
    rows.push_back(with_day(world, "created_at", c.at,
                            {{"customer_id", literal(c.customer)},
                             {"article_id", literal(c.article)},
                             {"status", literal(c.status)}}));
  return rows;
}

std::vector<Row> wishlist_rows(const World& world) {
  std::vector<Row> rows;
  for (const Wished& w : world.wishlist)
    rows.push_back(
        with_day(world, "created_at", w.at,
                 {{"customer_id", literal(w.customer)}, {"article_id", literal(w.article)}}));
  return rows;
}

std::vector<Row> review_rows(const World& world) {
  std::vector<Row> rows;
  for (const Review& r : world.reviews)
    rows.push_back(with_day(world, "created_at", r.at,
                            {{"review_id", literal(r.id)},
                             {"customer_id", literal(r.customer)},
                             {"article_id", literal(r.article)},
                             {"rating", r.rating ? fmt::format("{}", *r.rating) : "NULL"},
                             {"review_text", literal(r.text)},
                             {"helpful_votes", literal(r.helpful)},
                             {"total_votes", literal(r.total)}}));
  return rows;
}

std::vector<Row> item_rows(const World& world) {
  std::vector<Row> rows;
  for (const Item& i : world.items)
    rows.push_back({{"article_id", literal(i.article)},
                    {"product_name", literal(i.name)},
                    {"detail_desc", literal(i.desc)},
                    {"product_type_name", literal(i.type)},
                    {"product_group_name", literal(i.group)},
                    {"garment_group_name", literal(i.garment)},
                    {"section_name", literal(i.section)},
                    {"colour_group_name", literal(i.colour)},
                    {"index_group_name", literal(i.index)},
                    {"brand", literal(i.brand)},
                    {"category_id", literal(i.category)},
                    {"price", money_literal(world, i.price)},
                    {"stock", literal(i.stock)},
                    {"created_at", time_literal(i.created)}});
  return rows;
}

std::vector<Row> customer_rows(const World& world) {
  std::vector<Row> rows;
  for (const Customer& c : world.customers)
    rows.push_back({{"customer_id", literal(c.customer)},
                    {"first_name", literal(c.first)},
                    {"last_name", literal(c.last)},
                    {"age", literal(c.age)},
                    {"signup_date", c.signup ? day_literal(*c.signup) : "NULL"},
                    {"club_member_status", literal(c.club)},
                    {"fashion_news_frequency", literal(c.news)}});
  return rows;
}

std::vector<Row> category_rows(const World& world) {
  std::vector<Row> rows;
  for (const Category& c : world.categories)
    rows.push_back({{"category_id", literal(c.id)},
                    {"parent_id", literal(c.parent)},
                    {"category_name", literal(c.name)}});
  return rows;
}

std::vector<Row> stock_rows(const World& world) {
  std::vector<Row> rows;
  for (const StockLevel& s : world.stock)
    rows.push_back({{"article_id", literal(s.article)},
                    {"date", day_literal(s.day)},
                    {"stock", literal(s.stock)},
                    {"day", day_literal(s.day)}});
  return rows;
}

const std::vector<std::pair<std::string, std::function<std::vector<Row>(const World&)>>> kRoles = {
    {"transactions", transaction_rows},
    {"orders", order_rows},
    {"order_items", order_item_rows},
    {"events", event_rows},
    {"cart", cart_rows},
    {"wishlist", wishlist_rows},
    {"reviews", review_rows},
    {"items", item_rows},
    {"customers", customer_rows},
    {"categories", category_rows},
    {"stock", stock_rows}};

bool is_daily(const World& world, const Role& role) {
  return !role.time.empty() && world.has(std::string(role.name), std::string(role.time));
}

// SELECT of the rows with the role's columns that the world has, in their types.
std::string role_select(const World& world, const Role& role, const std::vector<Row>& rows) {
  std::string list;
  for (const RoleColumn& column : role.columns) {
    const std::string name(column.name);
    const bool given = !rows.empty() && std::ranges::any_of(rows[0], [&](const auto& cell) {
      return cell.first == name;
    });
    if (!given || !world.has(std::string(role.name), name)) continue;
    list += fmt::format("{}CAST({} AS {}) AS {}", list.empty() ? "" : ", ", name,
                        sql_type(world, column), name);
  }
  if (is_daily(world, role)) list += ", CAST(day AS DATE) AS day";
  std::string values;
  std::string names;
  for (const Row& row : rows) {
    values += values.empty() ? "(" : ", (";
    names.clear();
    for (size_t i = 0; i < row.size(); ++i) {
      values += (i == 0 ? "" : ", ") + row[i].second;
      names += (i == 0 ? "" : ", ") + row[i].first;
    }
    values += ")";
  }
  return fmt::format("SELECT {} FROM (VALUES {}) AS t({})", list, values, names);
}

TableOptions role_options(const World& world, const Role& role) {
  TableOptions options;
  for (const RoleColumn& column : role.columns) {
    const std::string name(column.name);
    if (!column.entity.empty() && world.has(std::string(role.name), name))
      options.entities.emplace_back(name, column.entity);
  }
  if (is_daily(world, role)) options.day_column = "day";
  return options;
}

}  // namespace

WorldWarehouse::WorldWarehouse(int threads)
    : engine(take(Engine::open({.threads = threads, .memory_bytes = int64_t{1} << 30}))),
      warehouse(take(Warehouse::open(folder / "warehouse"))) {}

void WorldWarehouse::load(const World& world) {
  WriteTransaction transaction = take(warehouse.begin("load"));
  Connection connection = take(engine.connect());
  must(take(warehouse.snapshot()).attach(connection));
  // Zero-padded, so that codes are the numbers.
  must(transaction.encode_ids("customer", connection,
                              "SELECT format('C{:03d}', range) FROM range(1000)"));
  must(transaction.encode_ids("article", connection,
                              "SELECT format('{:04d}', range) FROM range(100)"));
  for (const auto& [name, rows_of] : kRoles) {
    if (!world.has(name)) continue;
    const std::vector<Row> rows = rows_of(world);
    if (rows.empty()) continue;
    const Role& role = *find_role(name);
    TableOptions options = role_options(world, role);
    options.reshape = true;
    take(transaction.replace(name, connection, role_select(world, role, rows), options));
  }
  take(transaction.commit());
}

void WorldWarehouse::append(const World& world, const World& before) {
  WriteTransaction transaction = take(warehouse.begin("append"));
  Connection connection = take(engine.connect());
  for (const auto& [name, rows_of] : kRoles) {
    if (!world.has(name)) continue;
    std::vector<Row> rows = rows_of(world);
    const std::vector<Row> old = rows_of(before);
    rows.erase(rows.begin(), rows.begin() + std::ssize(old));
    if (rows.empty()) continue;
    const Role& role = *find_role(name);
    take(transaction.append(name, connection, role_select(world, role, rows),
                            role_options(world, role)));
  }
  take(transaction.commit());
}

void WorldWarehouse::replace_days(const World& world, const std::string& name, int first,
                                  int last) {
  for (const auto& [role_name, rows_of] : kRoles) {
    if (role_name != name) continue;
    const Role& role = *find_role(name);
    WriteTransaction transaction = take(warehouse.begin("replace"));
    Connection connection = take(engine.connect());
    take(transaction.replace_days(name, connection,
                                  fmt::format("SELECT * FROM ({}) WHERE day BETWEEN {} AND {}",
                                              role_select(world, role, rows_of(world)),
                                              day_literal(first), day_literal(last)),
                                  first, last, role_options(world, role)));
    take(transaction.commit());
  }
}

}  // namespace coterie::data::testing
