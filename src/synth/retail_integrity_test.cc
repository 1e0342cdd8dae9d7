// What must hold in every row of a retail world.

#include <gtest/gtest.h>

#include "data/project/roles.h"
#include "synth/test_world.h"

namespace coterie::synth {
namespace {

void expect_none(const std::string& what, const std::string& from_where) {
  EXPECT_EQ(test_world().count("select count(*) from " + from_where), 0) << what;
}

TEST(RetailIntegrity, ColumnsAreThoseOfTheRoles) {
  for (const data::Role& role : data::all_roles()) {
    const std::string described = fmt::format("(describe {})", role.name);
    for (const data::RoleColumn& column : role.columns) {
      if (!column.required) continue;
      EXPECT_EQ(test_world().count(fmt::format("select count(*) from {} where column_name = '{}'",
                                               described, column.name)),
                1)
          << role.name << "." << column.name;
    }
    std::string known;
    for (const data::RoleColumn& column : role.columns) {
      known += fmt::format("{}'{}'", known.empty() ? "" : ", ", column.name);
    }
    expect_none(fmt::format("columns unknown to role {}", role.name),
                fmt::format("{} where column_name not in ({})", described, known));
  }
}

TEST(RetailIntegrity, KeysAreUnique) {
  for (const data::Role& role : data::all_roles()) {
    if (role.key.empty()) continue;
    std::string key;
    for (const std::string_view column : role.key) {
      key += fmt::format("{}{}", key.empty() ? "" : ", ", column);
    }
    expect_none(
        fmt::format("key of {}", role.name),
        fmt::format("(select {0} from {1} group by {0} having count(*) > 1)", key, role.name));
  }
}

TEST(RetailIntegrity, EveryIdExists) {
  for (const char* table : {"transactions", "orders", "cart", "wishlist", "reviews", "events",
                            "sessions", "truth_customers"}) {
    expect_none(
        fmt::format("customers of {}", table),
        fmt::format("{} where customer_id not in (select customer_id from customers)", table));
  }
  for (const char* table : {"transactions", "order_items", "cart", "wishlist", "reviews", "events",
                            "stock", "competitor_prices", "promotions", "truth_articles"}) {
    expect_none(fmt::format("articles of {}", table),
                fmt::format("{} where article_id not in (select article_id from items)", table));
  }
  expect_none("orders of lines", "order_items anti join orders using (order_id)");
  expect_none("orders of transactions",
              "transactions t anti join orders using (order_id) where order_id is not null");
  expect_none("sessions of events", "events anti join sessions using (session_id, customer_id)");
  expect_none("sessions of carts", "cart anti join sessions using (session_id, customer_id)");
  expect_none("categories of items", "items anti join categories using (category_id)");
  expect_none("parents",
              "categories c anti join categories p on c.parent_id = p.category_id where "
              "c.parent_id is not null");
  expect_none("reviews in the truth", "reviews anti join truth_reviews using (review_id)");
}

TEST(RetailIntegrity, IdsHaveTheirForm) {
  expect_none("customer ids", "customers where not regexp_matches(customer_id, '^[0-9a-f]{16}$')");
  expect_none("article ids", "items where not regexp_matches(article_id, '^0[0-9]{9}$')");
}

TEST(RetailIntegrity, NothingHappensOutsideALifetime) {
  const std::string lives =
      "(select c.customer_id, c.signup_date, t.active_from, t.churned_on from customers c join "
      "truth_customers t using (customer_id))";
  for (const auto& [table, time] : {std::pair{"transactions", "t_dat"},
                                    {"orders", "created_at"},
                                    {"cart", "created_at"},
                                    {"wishlist", "created_at"},
                                    {"reviews", "created_at"},
                                    {"events", "created_at"},
                                    {"sessions", "started_at"},
                                    {"sessions", "ended_at"}}) {
    expect_none(fmt::format("{} before the day after signup or after churn", table),
                fmt::format("{0} f join {1} l using (customer_id) where f.{2}::date <= "
                            "l.signup_date or f.{2}::date < l.active_from or f.{2}::date >= "
                            "l.churned_on or f.{2} >= date '2025-10-01' or f.{2} < date "
                            "'2023-09-27'",
                            table, lives, time));
  }
  EXPECT_GT(test_world().real("select avg((churned_on is not null)::int) from truth_customers"),
            0.1);
}

TEST(RetailIntegrity, EventsLieInsideTheirSessionsWhichDoNotOverlap) {
  expect_none("events outside",
              "events e join sessions s using (session_id) where e.created_at < "
              "s.started_at or e.created_at > s.ended_at");
  expect_none("bounds that no event meets",
              "(select s.session_id from sessions s join events e using (session_id) group by all "
              "having min(e.created_at) <> any_value(s.started_at) or max(e.created_at) <> "
              "any_value(s.ended_at))");
  expect_none("overlaps",
              "(select started_at, lag(ended_at) over (partition by customer_id order by "
              "started_at) as previous from sessions) where started_at < previous");
  expect_none("sessions without exactly one start",
              "(select session_id from events group by session_id having "
              "count(*) filter (event_type = 'session_start') <> 1)");
}

TEST(RetailIntegrity, OnlineOrdersAreTheBuyEventsAndTransactions) {
  const std::string lines =
      "select customer_id, article_id, t_dat as at from transactions where quantity > 0 and "
      "sales_channel_id = '2'";
  const std::string buys =
      "select customer_id, article_id, created_at as at from events where event_type = 'buy'";
  expect_none("transactions without a buy event", fmt::format("({} except all {})", lines, buys));
  expect_none("buy events without a transaction", fmt::format("({} except all {})", buys, lines));
  expect_none("order lines unlike transactions",
              "(select order_id, article_id, quantity, price from order_items except all select "
              "order_id, article_id, quantity, price from transactions where quantity > 0)");
  expect_none("orders whose total is not the sum of their lines",
              "(select o.order_id from orders o join order_items i using (order_id) group by all "
              "having sum(i.quantity * i.price) <> any_value(o.total_amount))");
  expect_none("bought carts without a buy event in the session",
              "cart c anti join (select session_id, article_id from events where event_type = "
              "'buy') b using (session_id, article_id) where c.status = 'bought'");
  expect_none("shop purchases with an order",
              "transactions where (sales_channel_id = '2') <> (order_id is not null)");
}

TEST(RetailIntegrity, ReturnsFollowPurchases) {
  EXPECT_GT(test_world().count("select count(*) from transactions where quantity < 0"), 1000);
  expect_none("returns of what was not bought",
              "transactions r where r.quantity < 0 and not exists (select 1 from transactions t "
              "where t.customer_id = r.customer_id and t.article_id = r.article_id and t.quantity "
              "= -r.quantity and t.t_dat < r.t_dat and t.price = r.price)");
  expect_none("returned orders with something kept",
              "(select o.order_id from orders o join transactions t using (order_id) where "
              "o.status = 'returned' group by all having sum(t.quantity) > 0)");
}

TEST(RetailIntegrity, PricesArePositiveAndThoseOfTheWeek) {
  for (const char* table : {"transactions", "items", "order_items", "competitor_prices"}) {
    expect_none(fmt::format("prices of {}", table), fmt::format("{} where price <= 0", table));
  }
  expect_none("two prices of one article in one week",
              "(select article_id, date_trunc('week', t_dat) from transactions where quantity > 0 "
              "group by all having count(distinct price) > 1)");
  expect_none("prices above the highest",
              "transactions t join truth_articles a using (article_id) where t.price > "
              "a.base_price");
}

TEST(RetailIntegrity, NothingSellsOffSaleOrOutOfStock) {
  expect_none("sales before launch or after the end",
              "transactions t join truth_articles a using (article_id) where quantity > 0 and "
              "(t_dat::date < a.on_sale_from or t_dat::date >= a.on_sale_until)");
  expect_none("sales in a stock-out",
              "transactions t join truth_stock_outs o using (article_id) where quantity > 0 and "
              "t_dat::date >= o.first_day and t_dat::date < o.back_on");
  expect_none("stock while out of stock",
              "stock s join truth_stock_outs o using (article_id) where s.stock <> 0 and s.date >= "
              "o.first_day and s.date < o.back_on");
  expect_none("negative stock", "stock where stock < 0");
  expect_none("events on articles before their launch",
              "events e join items i using (article_id) where e.created_at::date < "
              "i.created_at::date");
  EXPECT_GT(test_world().count("select count(*) from truth_stock_outs"), 500);
}

// Between two rows of the history stock falls by what was sold unless goods were delivered.
TEST(RetailIntegrity, StockNeverFallsByMoreThanWasSold) {
  expect_none(
      "losses",
      "(select s.article_id, s.previous, s.stock, coalesce(sum(t.quantity), 0) as sold from "
      "(select *, lag(stock) over w as previous, lag(date) over w as since from stock "
      "window w as (partition by article_id order by date)) s left join transactions t on "
      "t.article_id = s.article_id and t.quantity > 0 and t.t_dat::date > s.since and "
      "t.t_dat::date <= s.date join truth_articles a on a.article_id = s.article_id where "
      "s.previous is not null and s.date < a.on_sale_until group by all having s.previous "
      "- s.stock > sold)");
}

TEST(RetailIntegrity, FewValuesAreMissing) {
  for (const auto& [table, column] : {std::pair{"customers", "age"},
                                      {"customers", "club_member_status"},
                                      {"customers", "fashion_news_frequency"},
                                      {"items", "detail_desc"}}) {
    const double share =
        test_world().real(fmt::format("select avg(({} is null)::int) from {}", column, table));
    EXPECT_GT(share, 0) << column;
    EXPECT_LT(share, 0.05) << column;
  }
}

}  // namespace
}  // namespace coterie::synth
