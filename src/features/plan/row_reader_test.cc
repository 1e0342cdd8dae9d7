// Pushed rows become events: types, times, keys, computed columns, filters, and errors as users
// read them. That expressions mean the same as in SQL is tests/row_reader_sql_test.cc's subject.
#include "features/plan/row_reader.h"

#include <limits>
#include <map>

#include <gtest/gtest.h>

namespace coterie::features {
namespace {

using Row = std::map<std::string, PushedValue>;

expr::Column column(const std::string& name, const std::string& sql_type) {
  return *expr::column_from_sql(name, sql_type);
}

SourceSchema sales_schema() {
  SourceSchema schema;
  schema.columns = {{column("customer_id", "VARCHAR"), "customer"},
                    {column("shop", "BIGINT"), ""},
                    {column("ts", "TIMESTAMP"), ""},
                    {column("arrived_at", "TIMESTAMP"), ""},
                    {column("day", "DATE"), ""},
                    {column("price", "DECIMAL(18,2)"), ""},
                    {column("weight", "FLOAT"), ""},
                    {column("amount", "BIGINT"), ""},
                    {column("gift", "BOOLEAN"), ""},
                    {column("channel", "VARCHAR"), ""}};
  schema.timestamp_field = "ts";
  schema.arrived_at = "arrived_at";
  return schema;
}

class Rows : public testing::Test {
 protected:
  void open(const SourceSchema& schema = sales_schema()) {
    auto opened = SourcePlan::open(source_, entity_, schema);
    ASSERT_TRUE(opened.ok()) << opened.error().to_text();
    plan_ = *std::move(opened);
  }
  int field(const std::string& text) { return plan_.add_field(text, source_.node).value(); }
  int filter(const std::string& text) { return plan_.add_filter(text, source_.node).value(); }
  void start() {
    std::vector<TextPool*> pools;
    for (const Field& each : plan_.fields)
      pools.push_back(each.cell == Cell::kCode ? &pool_ : nullptr);
    reader_.emplace(plan_, pools, zone_);
  }
  Result<PushedRow> read(Row row) {
    std::vector<PushedValue> values;
    for (const std::string& name : reader_->columns()) {
      values.push_back(row[name]);
      row.erase(name);
    }
    return reader_->read(values);
  }
  std::string error(const Row& row) {
    const auto got = read(row);
    return got.ok() ? "" : got.error().to_text();
  }

  Rows() {
    source_.name = "sales";
    source_.table = "transactions";
    entity_.name = "customer";
    entity_.join_keys = {"customer_id"};
  }

  Source source_;
  Entity entity_;
  TimeZone zone_ = TimeZone::load("Europe/Stockholm").value();
  SourcePlan plan_;
  TextPool pool_;
  std::optional<RowReader> reader_;
};

Row minimal() {
  return {{"customer_id", PushedValue::of_text("0042")},
          {"ts", PushedValue::of_text("2024-01-31T23:30:00Z")}};
}
Row with(const std::string& name, PushedValue value) {
  Row row = minimal();
  row[name] = value;
  return row;
}

constexpr Micros kEvening = 1'706'743'800'000'000;  // 2024-01-31T23:30:00Z

TEST_F(Rows, AskForWhatTheyNeedAlone) {
  source_.columns = {{"unused", "price * 2"}, {"used", "amount + 1"}};
  open();
  field("used");
  filter("channel = 'web'");
  start();
  EXPECT_EQ(reader_->columns(),
            (std::vector<std::string>{"customer_id", "ts", "arrived_at", "amount", "channel"}));
}

TEST_F(Rows, BecomeEvents) {
  source_.columns = {{"paid", "price * 2"}};
  open();
  const auto paid = static_cast<size_t>(field("paid"));
  const auto channel = static_cast<size_t>(field("upper(channel)"));
  const auto day = static_cast<size_t>(field("day"));
  const auto weight = static_cast<size_t>(field("weight"));
  filter("gift");
  filter("amount > 2");
  start();
  Row row = minimal();
  row["price"] = PushedValue::of_real(19.9);
  row["channel"] = PushedValue::of_text("web");
  row["weight"] = PushedValue::of_real(0.1);
  row["amount"] = PushedValue::of_real(3.0);
  const auto got = read(row);
  ASSERT_TRUE(got.ok()) << got.error().to_text();
  EXPECT_EQ(got->key, "0042");
  EXPECT_TRUE(got->counts);
  EXPECT_EQ(got->event.time, kEvening);
  EXPECT_EQ(got->event.arrived, kEvening);
  EXPECT_EQ(got->event.values[paid].integer, 3980);
  EXPECT_EQ(pool_.at(got->event.values[channel].code), "WEB");
  EXPECT_EQ(got->event.values[day].integer, 19'754);  // 2024-02-01 in Stockholm
  EXPECT_EQ(got->event.values[weight].real, static_cast<double>(0.1F));
  EXPECT_EQ(got->event.passes[0], 0);  // null
  EXPECT_EQ(got->event.passes[1], 1);
}

TEST_F(Rows, OfWhichWhereIsNotTrueAreNoEvents) {
  source_.where = "amount > 0";
  open();
  start();
  EXPECT_TRUE(read(with("amount", PushedValue::of_integer(1)))->counts);
  EXPECT_FALSE(read(with("amount", PushedValue::of_integer(0)))->counts);
  EXPECT_FALSE(read(minimal())->counts);
}

TEST_F(Rows, TimesInAllForms) {
  open();
  start();
  const auto time = [&](PushedValue value) { return read(with("ts", value))->event.time; };
  EXPECT_EQ(time(PushedValue::of_integer(kEvening)), kEvening);
  EXPECT_EQ(time(PushedValue::of_text("2024-02-01T00:30:00+01:00")), kEvening);
  EXPECT_EQ(time(PushedValue::of_text("2024-01-31 18:00:00.000000-05:30")), kEvening);
  EXPECT_EQ(time(PushedValue::of_text("2024-01-31 23:30:00")), kEvening);
  // The last microsecond of the day in Stockholm.
  EXPECT_EQ(time(PushedValue::of_text("2024-02-01")), 1'706'828'399'999'999);
  const Row late = with("arrived_at", PushedValue::of_integer(kEvening + 5));
  EXPECT_EQ(read(late)->event.arrived, kEvening + 5);
}

TEST_F(Rows, TextsOfIdsMayBeIntegers) {
  open();
  start();
  Row row = minimal();
  row["customer_id"] = PushedValue::of_integer(42);
  EXPECT_EQ(read(row)->key, "42");
}

TEST_F(Rows, SeveralJoinKeysAreOneText) {
  entity_.join_keys = {"customer_id", "shop"};
  open();
  start();
  Row row = minimal();
  row["customer_id"] = PushedValue::of_text("a|b\\c");
  row["shop"] = PushedValue::of_integer(7);
  EXPECT_EQ(read(row)->key, "a\\|b\\\\c|7");
  const std::vector<std::string_view> parts = {"a|b\\c", "7"};
  EXPECT_EQ(entity_key(parts), "a\\|b\\\\c|7");
}

TEST_F(Rows, OfStaticSourcesHaveNoTime) {
  SourceSchema schema;
  schema.columns = {{column("customer_id", "VARCHAR"), ""}, {column("age", "INTEGER"), ""}};
  source_.is_static = true;
  open(schema);
  field("age");
  start();
  const auto got =
      read({{"customer_id", PushedValue::of_text("1")}, {"age", PushedValue::of_integer(30)}});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->event.time, kStaticTime);
  EXPECT_EQ(got->event.values[0].integer, 30);
}

TEST_F(Rows, NameWhatIsWrong) {
  open();
  for (const char* const name : {"price", "weight", "amount", "gift", "channel", "day"})
    field(name);
  start();
  EXPECT_EQ(error({}), "sales.customer_id: the row has no value of the join key\n  mend: send one");
  EXPECT_EQ(error({{"customer_id", PushedValue::of_text("")}}),
            "sales.customer_id: the row has no value of the join key\n  mend: send one");
  EXPECT_EQ(error({{"customer_id", PushedValue::of_text("1")}}),
            "sales.ts: the row has no time\n  mend: send one");
  EXPECT_EQ(error(with("ts", PushedValue::of_text("yesterday"))),
            "sales.ts: not a value of the type timestamp: 'yesterday'\n  mend: send a time as "
            "2024-01-31T09:05:00Z, or microseconds since 1970");
  EXPECT_EQ(error(with("ts", PushedValue::of_integer(std::numeric_limits<int64_t>::min()))),
            "sales.ts: the time lies outside the years 1 to 9999\n  mend: send a time as "
            "2024-01-31T09:05:00Z, or microseconds since 1970");
  EXPECT_EQ(error(with("price", PushedValue::of_text("19.999"))),
            "sales.price: not a value of the type decimal(2): '19.999'\n  mend: send a number or "
            "text with at most 2 digits after the point");
  EXPECT_EQ(error(with("price", PushedValue::of_integer(10'000'000'000'000'000))),
            "sales.price: not a value of the type decimal(2): 10000000000000000\n  mend: send a "
            "number or text with at most 2 digits after the point");
  EXPECT_EQ(error(with("weight", PushedValue::of_real(1e300))),
            "sales.weight: not a value of the type real: 1e+300\n  mend: send a finite number");
  EXPECT_EQ(error(with("weight", PushedValue::of_real(std::numeric_limits<double>::quiet_NaN()))),
            "sales.weight: not a value of the type real: nan\n  mend: send a finite number");
  EXPECT_EQ(error(with("amount", PushedValue::of_real(1.5))),
            "sales.amount: not a value of the type int: 1.5\n  mend: send an integer of 64 bits");
  EXPECT_EQ(error(with("gift", PushedValue::of_integer(1))),
            "sales.gift: not a value of the type bool: 1\n  mend: send true or false");
  EXPECT_EQ(error(with("channel", PushedValue::of_integer(1))),
            "sales.channel: not a value of the type text: 1\n  mend: send a text of UTF-8");
  EXPECT_EQ(error(with("channel", PushedValue::of_text("\xFF"))),
            "sales.channel: not a value of the type text: 1 bytes that are not UTF-8\n  mend: send "
            "a text of UTF-8");
  const std::string long_key(kMaxEntityKeyBytes + 1, 'k');
  EXPECT_EQ(error(with("customer_id", PushedValue::of_text(long_key))),
            "sales.customer_id: a join key of 257 bytes\n  mend: send at most 256 bytes");
}

}  // namespace
}  // namespace coterie::features
