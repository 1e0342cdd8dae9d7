// A pushed row becomes the event that batch execution makes of the same row in SQL: random tables,
// random computed columns, conditions, fields and filters.

#include <cmath>
#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_results.h"
#include "data/engine/engine.h"
#include "features/offline/event_sql.h"
#include "features/plan/row_reader.h"
#include "random_expression.h"

namespace coterie::features {
namespace {

constexpr int kRows = 80;

struct Spec {
  const char* name;
  const char* sql_type;
  std::vector<const char*> values;  // as SQL
};
const std::vector<Spec> kColumns = {
    {"ts", "TIMESTAMP", {"'2024-02-29 23:59:59.999999'", "'1969-12-31 23:00:00'", "'2024-05-01'"}},
    {"seen", "TIMESTAMP", {"'2024-03-02 01:00:00'", "'1960-01-01'"}},
    {"flag", "BOOLEAN", {"true", "false"}},
    {"n", "INTEGER", {"0", "1", "-5", "2147483647", "-2147483648", "46341"}},
    {"big", "BIGINT", {"0", "1", "-8", "9223372036854775807", "-9223372036854775808", "3"}},
    {"price",
     "DECIMAL(18,2)",
     {"0", "0.01", "-0.01", "19.99", "100", "-3.50", "9999999999999999.99", "0.5"}},
    {"fine", "DECIMAL(18,6)", {"0", "0.000001", "-1.5", "123456789012.345678", "2.5"}},
    {"x", "DOUBLE", {"0", "-0.0", "0.1", "2.5", "-2.5", "1e-7", "1e20", "-1e300"}},
    {"f", "FLOAT", {"0", "0.1", "-2.5", "1e30", "16777216"}},
    {"s", "VARCHAR", {"''", "'a'", "' 42 '", "'1.5e2'", "'Ab_C%'", "'ÅÄÖ ß İ'", "'2024-02-29'"}},
    {"d", "DATE", {"'2024-02-29'", "'1969-12-31'", "'2000-01-01'"}},
};

// What a client would send of a value that the engine shows as `text`.
class Sender {
 public:
  explicit Sender(std::mt19937_64& random) : random_(random) {}

  PushedValue value(const expr::Type& type, const std::string& text) {
    const bool other_form = random_() % 2 == 0;
    switch (type.kind) {
      case expr::TypeKind::kBool:
        return PushedValue::of_bool(text == "true");
      case expr::TypeKind::kInt: {
        const int64_t number = std::stoll(text);
        if (other_form && std::abs(static_cast<double>(number)) < 1e15)
          return PushedValue::of_real(static_cast<double>(number));
        return PushedValue::of_integer(number);
      }
      case expr::TypeKind::kReal:
        return PushedValue::of_real(std::stod(text));
      case expr::TypeKind::kDecimal:
        if (other_form && std::abs(std::stod(text)) < 1e6)
          return PushedValue::of_real(std::stod(text));
        return PushedValue::of_text(kept_.emplace_back(text));
      case expr::TypeKind::kTimestamp:
        // A bare date would mean the day's end.
        if (other_form) return PushedValue::of_text(kept_.emplace_back(text + "Z"));
        return PushedValue::of_integer(*parse_instant(text, utc_));
      default:
        return PushedValue::of_text(kept_.emplace_back(text));
    }
  }

 private:
  std::mt19937_64& random_;
  std::deque<std::string> kept_;
  TimeZone utc_ = take(TimeZone::load("UTC"));
};

class RowReaderSql : public testing::Test {
 protected:
  RowReaderSql() : engine_(take(data::Engine::open({}))), connection_(take(engine_.connect())) {
    const char* const given = std::getenv("COTERIE_TEST_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    random_.seed(seed_);
    source_.name = "sales";
    source_.sql = "SELECT * FROM t";
    entity_.name = "customer";
    entity_.join_keys = {"id"};
  }

  // A table t of random rows, and what is pushed of each.
  void make_table() {
    schema_ = {};
    std::string create = "CREATE OR REPLACE TABLE t (number BIGINT, id VARCHAR";
    std::string texts = "SELECT number, id";
    schema_.columns = {{*expr::column_from_sql("number", "BIGINT"), ""},
                       {*expr::column_from_sql("id", "VARCHAR"), ""}};
    for (const Spec& spec : kColumns) {
      create += fmt::format(", {} {}", spec.name, spec.sql_type);
      texts += fmt::format(", CAST({} AS VARCHAR)", spec.name);
      schema_.columns.push_back({*expr::column_from_sql(spec.name, spec.sql_type), ""});
    }
    schema_.timestamp_field = random_() % 3 == 0 ? "d" : "ts";
    schema_.arrived_at = "seen";
    schema_.zone = take(TimeZone::load("America/New_York"));
    must(connection_.execute(create + ")"));
    for (int row = 0; row < kRows; ++row) {
      std::string insert = fmt::format("INSERT INTO t VALUES ({}, 'c{}'", row, row % 7);
      for (const Spec& spec : kColumns) {
        const bool timed =
            spec.name == std::string_view("ts") || spec.name == schema_.timestamp_field;
        const bool null = !timed && random_() % 6 == 0;
        insert += null ? ", NULL"
                       : fmt::format(", CAST({} AS {})",
                                     spec.values[random_() % spec.values.size()], spec.sql_type);
      }
      must(connection_.execute(insert + ")"));
    }
    read_pushed(texts + " FROM t ORDER BY number");
  }

  void read_pushed(const std::string& select) {
    pushed_.clear();
    must(connection_.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
      for (int64_t row = 0; row < chunk.rows(); ++row) {
        auto& values = pushed_.emplace_back();
        values["number"] = PushedValue::of_integer(chunk.column(0).as_int(row));
        values["id"] = sender_.value(expr::kTextType, std::string(chunk.column(1).as_text(row)));
        for (size_t c = 2; c < schema_.columns.size(); ++c) {
          const expr::Column& column = schema_.columns[c].column;
          const data::ColumnView view = chunk.column(static_cast<int>(c));
          if (!view.is_null(row))
            values[column.name] = sender_.value(column.type, std::string(view.as_text(row)));
        }
      }
      return {};
    }));
  }

  // Computed columns, a condition, fields and filters that name them.
  SourcePlan random_plan() {
    std::vector<expr::Column> columns;
    for (const SourceColumn& each : schema_.columns) columns.push_back(each.column);
    const expr::Schema schema(columns);
    expr::RandomExpression over_table(schema, random_());
    source_.columns = {{"first computed", over_table.any(2)}};
    const auto first = take(expr::Expression::parse(source_.columns[0].second, schema));
    if (first.type().is(expr::TypeKind::kNull)) source_.columns.clear();
    source_.where = random_() % 2 == 0 ? over_table.condition(2) : "";
    SourcePlan plan = take(SourcePlan::open(source_, entity_, schema_));
    expr::RandomExpression over_all(plan.schema, random_());
    take(plan.add_field("number", source_.node));
    for (const char* const bare : {"f", "price", "s", "d"})
      take(plan.add_field(bare, source_.node));
    for (int i = 0; i < 6; ++i) {
      const std::string text = over_all.any(3);
      const auto parsed = take(expr::Expression::parse(text, plan.schema));
      if (!parsed.type().is(expr::TypeKind::kNull)) take(plan.add_field(text, source_.node));
    }
    for (int i = 0; i < 3; ++i) take(plan.add_filter(over_all.condition(3), source_.node));
    return plan;
  }

  static std::string shown(const SourcePlan& plan, const PushedRow& row, const TextPool& pool) {
    std::string text = fmt::format("{} at {} seen {}:", row.key, row.event.time, row.event.arrived);
    for (size_t f = 0; f < plan.fields.size(); ++f) {
      const EventValue& value = row.event.values[f];
      text += value.null                           ? " null"
              : plan.fields[f].cell == Cell::kReal ? fmt::format(" {}", value.real + 0.0)
              : plan.fields[f].cell == Cell::kCode ? fmt::format(" '{}'", pool.at(value.code))
                                                   : fmt::format(" {}", value.integer);
    }
    for (const uint8_t pass : row.event.passes) text += pass != 0 ? " pass" : " no";
    return text;
  }
  // The same of a row of event_sql(): key, time, arrival, fields, filters.
  static std::string shown(const SourcePlan& plan, const data::Chunk& chunk, int64_t row) {
    const auto moment = [&](const data::ColumnView& view) {
      return view.type() == data::ValueType::kDate ? plan.table.zone.day_end(view.as_days(row))
                                                   : view.as_micros(row);
    };
    const Micros time = moment(chunk.column(1));
    const Micros seen = chunk.column(2).is_null(row) ? time : moment(chunk.column(2));
    std::string text = fmt::format("{} at {} seen {}:", chunk.column(0).as_text(row), time, seen);
    for (size_t f = 0; f < plan.fields.size(); ++f) {
      const data::ColumnView view = chunk.column(static_cast<int>(3 + f));
      const expr::TypeKind kind = plan.fields[f].type.kind;
      text += view.is_null(row)                    ? " null"
              : kind == expr::TypeKind::kReal      ? fmt::format(" {}", view.as_real(row) + 0.0)
              : kind == expr::TypeKind::kText      ? fmt::format(" '{}'", view.as_text(row))
              : kind == expr::TypeKind::kTimestamp ? fmt::format(" {}", view.as_micros(row))
              : kind == expr::TypeKind::kDate      ? fmt::format(" {}", view.as_days(row))
                                                   : fmt::format(" {}", view.as_int(row));
    }
    for (size_t p = 0; p < plan.filters.size(); ++p) {
      const data::ColumnView view = chunk.column(static_cast<int>(3 + plan.fields.size() + p));
      text += !view.is_null(row) && view.as_int(row) != 0 ? " pass" : " no";
    }
    return text;
  }

  uint64_t seed_ = 0;
  std::mt19937_64 random_;
  Sender sender_{random_};
  data::Engine engine_;
  data::Connection connection_;
  Source source_;
  Entity entity_;
  SourceSchema schema_;
  std::vector<std::map<std::string, PushedValue>> pushed_;
};

TEST_F(RowReaderSql, APushedRowIsTheEventThatSqlMakesOfIt) {
  SCOPED_TRACE(fmt::format("COTERIE_TEST_SEED={}", seed_));
  for (int round = 0; round < 25; ++round) {
    if (round % 5 == 0) make_table();
    const SourcePlan plan = random_plan();
    const std::string sql = event_sql(plan, "", {});
    std::map<int64_t, std::string> want;
    must(connection_.for_each_chunk(sql, [&](const data::Chunk& chunk) -> Status {
      for (int64_t row = 0; row < chunk.rows(); ++row)
        want[chunk.column(3).as_int(row)] = shown(plan, chunk, row);
      return {};
    }));
    TextPool pool;
    std::vector<TextPool*> pools;
    for (const Field& field : plan.fields)
      pools.push_back(field.cell == Cell::kCode ? &pool : nullptr);
    RowReader reader(plan, pools, plan.table.zone);
    std::map<int64_t, std::string> got;
    for (auto& values : pushed_) {
      std::vector<PushedValue> row;
      for (const std::string& name : reader.columns()) row.push_back(values[name]);
      const auto read = reader.read(row);
      ASSERT_TRUE(read.ok()) << read.error().to_text();
      if (read->counts) got[values["number"].integer] = shown(plan, *read, pool);
    }
    ASSERT_EQ(got, want) << sql;
  }
}

}  // namespace
}  // namespace coterie::features
