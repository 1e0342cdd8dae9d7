// The expression language's two meanings agree: whatever the evaluator says of
// a row, the embedded engine says of the SQL text, to the bit.

#include <cmath>
#include <cstdlib>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/unicode_case.h"
#include "data/engine/engine.h"
#include "expr/expr.h"
#include "expr/utf8.h"
#include "random_expression.h"

namespace coterie::expr {
namespace {

using data::ColumnView;
using data::Connection;
using data::Engine;
using data::EngineOptions;

constexpr int kRows = 64;

uint64_t test_seed() {
  const char* const given = std::getenv("COTERIE_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

// The values of a table's or result's column in the evaluator's form.
struct StoredColumn {
  std::vector<int64_t> integers;
  std::vector<double> reals;
  // Shared, so that moving or copying the column leaves the views valid.
  std::shared_ptr<std::deque<std::string>> kept = std::make_shared<std::deque<std::string>>();
  std::vector<std::string_view> texts;
  std::vector<uint8_t> nulls;

  void add(const ColumnView& view, int64_t row, Type type) {
    const bool null = view.is_null(row);
    nulls.push_back(null ? 1 : 0);
    integers.push_back(0);
    reals.push_back(0);
    texts.emplace_back();
    if (null) return;
    switch (type.kind) {
      case TypeKind::kReal:
        reals.back() = view.as_real(row);
        break;
      case TypeKind::kText:
        texts.back() = kept->emplace_back(view.as_text(row));
        break;
      case TypeKind::kDate:
        integers.back() = view.as_days(row);
        break;
      case TypeKind::kTimestamp:
        integers.back() = view.as_micros(row);
        break;
      default:
        integers.back() = view.as_int(row);
        break;
    }
  }
  ColumnData data() const { return {integers.data(), reals.data(), texts.data(), nulls.data()}; }
};

std::string show(const StoredColumn& column, size_t row, Type type) {
  if (column.nulls[row] != 0) return "null";
  if (type.is(TypeKind::kReal)) return testing::PrintToString(column.reals[row]);
  if (type.is(TypeKind::kText)) return "'" + std::string(column.texts[row]) + "'";
  return std::to_string(column.integers[row]);
}

struct Spec {
  std::string name;
  std::string sql_type;
  std::vector<std::string> values;  // as SQL
};

const std::vector<std::string> kIntsInText = {"0", "1", "-1", "2", "7", "-13", "100", "127"};
const std::vector<std::string> kRealsInText = {"0",     "-0.0",   "0.1",  "2.5",    "-2.5",
                                               "3.5",   "1e-7",   "1e20", "-1e300", "'nan'",
                                               "'inf'", "'-inf'", "0.3"};
const std::vector<std::string> kTextsInText = {"''",
                                               "'a'",
                                               "'aab'",
                                               "' 42 '",
                                               "'-7'",
                                               "'1.5e2'",
                                               "'1e999'",
                                               "'+5'",
                                               "'Ab_C%'",
                                               "'日本語'",
                                               "'ÅÄÖ ß İ'",
                                               "'2024-02-29'",
                                               "'2023-02-29'",
                                               "'0.1'",
                                               "'.5'",
                                               "'nan'",
                                               "'9223372036854775808'",
                                               "chr(160) || 'x' || chr(9)",
                                               "'1e-400'",
                                               "'12,5'",
                                               "'0x10'",
                                               "'1_000'",
                                               "'5.'",
                                               "'-'",
                                               "'it''s'"};

const std::vector<Spec> kAwkwardColumns = {
    {"flag", "BOOLEAN", {"true", "false"}},
    {"other flag", "BOOLEAN", {"true", "false"}},
    {"big",
     "BIGINT",
     {"0", "1", "-1", "3", "-8", "9223372036854775807", "-9223372036854775808", "3037000500",
      "4294967296", "999999999999999999", "1000000000000000000"}},
    {"n", "INTEGER", {"0", "1", "-5", "2147483647", "-2147483648", "46341", "12"}},
    {"tiny", "TINYINT", kIntsInText},
    {"unsigned", "UINTEGER", {"0", "1", "4294967295", "17"}},
    {"huge", "UBIGINT", {"0", "18446744073709551615", "5", "9223372036854775807"}},
    {"price",
     "DECIMAL(18,2)",
     {"0", "0.01", "-0.01", "19.99", "100", "-3.50", "9999999999999999.99", "-9999999999999999.99",
      "90071992547409.93", "0.5"}},
    {"fine", "DECIMAL(18,6)", {"0", "0.000001", "-1.5", "123456789012.345678", "2.5"}},
    {"rate", "DECIMAL(9,3)", {"0", "0.125", "-999999.999", "1", "0.5"}},
    {"wide", "DECIMAL(38,2)", {"0", "1.25", "12345678901234567890.12", "-7.77"}},
    {"x", "DOUBLE", kRealsInText},
    {"y", "DOUBLE", kRealsInText},
    {"f", "FLOAT", {"0", "0.1", "-2.5", "1e30", "16777216"}},
    {"s", "VARCHAR", kTextsInText},
    {"article.name", "VARCHAR", kTextsInText},
    {"d",
     "DATE",
     {"'2024-02-29'", "'1969-12-31'", "'2000-01-01'", "'0001-01-01'", "'11000-06-15'",
      "'0044-03-15 (BC)'"}},
    {"t",
     "TIMESTAMP",
     {"'2024-02-29 23:59:59.999999'", "'1969-12-31 23:00:00'", "'2000-01-01 00:00:00'",
      "'1900-03-01 12:30:00.5'"}},
    {"ns", "TIMESTAMP_NS", {"'2024-02-29 12:00:00.123456'", "'1970-01-01 00:00:00'"}},
    {"tz", "TIMESTAMP WITH TIME ZONE", {"'2024-02-29 12:00:00+02'", "'1970-01-01 00:00:00+00'"}},
};

class ExprSql : public testing::Test {
 protected:
  void SetUp() override {
    EngineOptions options;
    auto engine = Engine::open(options);
    ASSERT_TRUE(engine.ok()) << engine.error().to_text();
    engine_ = std::make_unique<Engine>(*std::move(engine));
    auto connection = engine_->connect();
    ASSERT_TRUE(connection.ok());
    connection_ = std::make_unique<Connection>(*std::move(connection));
    seed_ = test_seed();
    std::printf("seed %llu (COTERIE_TEST_SEED)\n", static_cast<unsigned long long>(seed_));
    random_.seed(seed_);
  }

  void run(const std::string& sql) {
    const Status status = connection_->execute(sql);
    ASSERT_TRUE(status.ok()) << status.error().to_text() << "\n" << sql;
  }

  std::string one_of(const std::vector<std::string>& choices) {
    return choices[std::uniform_int_distribution<size_t>(0, choices.size() - 1)(random_)];
  }

  // A table of awkward values in every storage that a column may have.
  void make_table() {
    specs_ = kAwkwardColumns;
    std::string create = "CREATE OR REPLACE TABLE t (row_number INTEGER";
    for (const Spec& spec : specs_) create += ", \"" + spec.name + "\" " + spec.sql_type;
    run(create + ")");
    for (int row = 0; row < kRows; ++row) {
      std::string insert = "INSERT INTO t VALUES (" + std::to_string(row);
      for (const Spec& spec : specs_) {
        const bool null = std::uniform_int_distribution<int>(0, 7)(random_) == 0;
        insert += null ? ", NULL" : ", CAST(" + one_of(spec.values) + " AS " + spec.sql_type + ")";
      }
      run(insert + ")");
    }
    read_table();
  }

  // What a reader of the table hands to the evaluator: each column in the
  // language's own type.
  void read_table() {
    std::vector<Column> columns;
    stored_.clear();
    for (const Spec& spec : specs_) {
      auto column = column_from_sql(spec.name, spec.sql_type);
      ASSERT_TRUE(column.has_value()) << spec.sql_type;
      columns.push_back(*column);
      std::string cast = "TRY_CAST(\"" + spec.name + "\" AS " + column->type.to_sql() + ")";
      if (spec.name == "tz") cast = "make_timestamp(epoch_us(tz))";
      stored_.push_back(query_column(cast, column->type));
      ASSERT_EQ(stored_.back().nulls.size(), static_cast<size_t>(kRows));
    }
    schema_ = Schema(columns);
  }

  StoredColumn query_column(const std::string& sql, Type type) {
    StoredColumn column;
    const Status status = connection_->for_each_chunk(
        "SELECT " + sql + " FROM t ORDER BY row_number", [&](const data::Chunk& chunk) -> Status {
          const ColumnView view = chunk.column(0);
          for (int64_t row = 0; row < chunk.rows(); ++row) column.add(view, row, type);
          return {};
        });
    EXPECT_TRUE(status.ok()) << status.error().to_text() << "\n" << sql;
    return column;
  }

  StoredColumn evaluate(const Expression& expression) {
    std::vector<ColumnData> inputs;
    std::vector<const StoredColumn*> used;
    for (const Column& column : expression.columns()) {
      for (size_t i = 0; i < specs_.size(); ++i) {
        if (specs_[i].name != column.name) continue;
        inputs.push_back(stored_[i].data());
        used.push_back(&stored_[i]);
      }
    }
    Workspace workspace(expression, 24);
    ColumnResult batch;
    expression.evaluate_batch(inputs, kRows, workspace, batch);
    StoredColumn out;
    Workspace row_workspace(expression, 1);
    for (size_t row = 0; row < kRows; ++row) {
      std::vector<Value> values;
      for (const StoredColumn* column : used) {
        values.push_back({column->integers[row], column->reals[row], column->texts[row],
                          column->nulls[row] != 0});
      }
      const Value value = expression.evaluate(values, row_workspace);
      out.nulls.push_back(value.null ? 1 : 0);
      out.integers.push_back(value.integer);
      out.reals.push_back(value.real);
      out.texts.push_back(out.kept->emplace_back(value.text));
      EXPECT_EQ(batch.nulls[row] != 0, value.null) << expression.to_text();
      if (value.null) continue;
      EXPECT_EQ(batch.integers.empty() ? 0 : batch.integers[row], value.integer);
      EXPECT_EQ(batch.reals.empty() ? 0 : batch.reals[row], value.real);
      EXPECT_EQ(batch.texts.empty() ? "" : batch.texts[row], value.text);
    }
    return out;
  }

  std::string row_text(const Expression& expression, size_t row) {
    std::string text;
    for (const Column& column : expression.columns()) {
      for (size_t i = 0; i < specs_.size(); ++i) {
        if (specs_[i].name != column.name) continue;
        text += " " + column.name + "=" + show(stored_[i], row, column.type);
      }
    }
    return text;
  }

  // Compares what the engine says of `sql` with the evaluator; returns whether all rows agreed.
  bool expect_same(const std::string& sql, const Expression& expression, const StoredColumn& want,
                   const StoredColumn& have) {
    if (want.nulls.size() != kRows) return false;
    for (size_t row = 0; row < kRows; ++row) {
      bool same = want.nulls[row] == have.nulls[row];
      if (same && want.nulls[row] == 0) {
        same = want.integers[row] == have.integers[row] && want.texts[row] == have.texts[row] &&
               want.reals[row] == have.reals[row];
      }
      if (same) continue;
      ADD_FAILURE() << expression.to_text() << "\n  SQL " << sql << "\n  row"
                    << row_text(expression, row) << "\n  engine    "
                    << show(want, row, expression.type()) << "\n  evaluator "
                    << show(have, row, expression.type());
      return false;
    }
    return true;
  }

  // The same condition as a filter, which the engine optimises in ways of its own.
  bool expect_same_filter(const std::string& sql, const Expression& expression,
                          const StoredColumn& have) {
    std::vector<int64_t> want_rows;
    const Status status = connection_->for_each_chunk(
        "SELECT row_number FROM t WHERE " + sql + " ORDER BY row_number",
        [&](const data::Chunk& chunk) -> Status {
          for (int64_t i = 0; i < chunk.rows(); ++i) {
            want_rows.push_back(chunk.column(0).as_int(i));
          }
          return {};
        });
    EXPECT_TRUE(status.ok()) << status.error().to_text() << "\n" << sql;
    std::vector<int64_t> have_rows;
    for (size_t row = 0; row < kRows; ++row) {
      if (have.nulls[row] == 0 && have.integers[row] != 0) {
        have_rows.push_back(static_cast<int64_t>(row));
      }
    }
    EXPECT_EQ(want_rows, have_rows) << "filter " << expression.to_text() << "\n" << sql;
    return want_rows == have_rows;
  }

  bool expect_agreement(const std::string& text) {
    const auto parsed = Expression::parse(text, schema_);
    if (!parsed.ok()) {
      ADD_FAILURE() << parsed.error().to_text() << "\n" << text;
      return false;
    }
    const Expression& expression = *parsed;
    const std::string sql = expression.to_sql();
    const auto described = connection_->describe("SELECT " + sql + " FROM t");
    if (!described.ok()) {
      ADD_FAILURE() << described.error().to_text() << "\n" << text << "\n" << sql;
      return false;
    }
    EXPECT_EQ((*described)[0].sql_type, expression.type().to_sql()) << text << "\n" << sql;
    const StoredColumn have = evaluate(expression);
    if (!expect_same(sql, expression, query_column(sql, expression.type()), have)) return false;
    return !expression.type().is(TypeKind::kBool) || expect_same_filter(sql, expression, have);
  }

  // Several expressions in one query, which shares what they have in common.
  bool expect_agreement_together(const std::vector<std::string>& texts) {
    std::string select;
    std::vector<Expression> expressions;
    for (const std::string& text : texts) {
      auto parsed = Expression::parse(text, schema_);
      if (!parsed.ok()) {
        ADD_FAILURE() << parsed.error().to_text() << "\n" << text;
        return false;
      }
      select += (select.empty() ? "SELECT " : ", ") + parsed->to_sql();
      expressions.push_back(*std::move(parsed));
    }
    std::vector<StoredColumn> want(texts.size());
    const Status status = connection_->for_each_chunk(
        select + " FROM t ORDER BY row_number", [&](const data::Chunk& chunk) -> Status {
          for (size_t i = 0; i < want.size(); ++i) {
            const ColumnView view = chunk.column(static_cast<int>(i));
            for (int64_t row = 0; row < chunk.rows(); ++row) {
              want[i].add(view, row, expressions[i].type());
            }
          }
          return {};
        });
    EXPECT_TRUE(status.ok()) << status.error().to_text() << "\n" << select;
    if (!status.ok()) return false;
    for (size_t i = 0; i < want.size(); ++i) {
      if (!expect_same(select, expressions[i], want[i], evaluate(expressions[i]))) return false;
    }
    return true;
  }

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Connection> connection_;
  uint64_t seed_ = 0;
  std::mt19937_64 random_;
  std::vector<Spec> specs_;
  std::vector<StoredColumn> stored_;
  Schema schema_;
};

TEST_F(ExprSql, RandomExpressionsAgreeOnRandomRows) {
  const char* const scale = std::getenv("COTERIE_TEST_SCALE");
  const int tables = scale != nullptr ? std::atoi(scale) : 1;
  int disagreements = 0;
  for (int table = 0; table < 4 * tables && disagreements < 5; ++table) {
    make_table();
    if (HasFatalFailure()) return;
    RandomExpression random(schema_, random_());
    for (int i = 0; i < 500 && disagreements < 5; ++i) {
      if (!expect_agreement(random.any(i % 5))) ++disagreements;
    }
  }
}

TEST_F(ExprSql, ExpressionsThatShareParts) {
  make_table();
  if (HasFatalFailure()) return;
  RandomExpression random(schema_, random_());
  bool agreed = true;
  for (int i = 0; i < 60 && agreed; ++i) {
    const std::string a = "(" + random.integer(i % 3) + ")";
    const std::string b = "(" + random.decimal(i % 3) + ")";
    const std::string c = "(" + random.real(i % 3) + ")";
    agreed = expect_agreement_together(
        {a + " + big", "(" + a + " + big) * 2", "(" + a + " + big) * 3 > 5", b + " * price",
         b + " * price + 0.01", b + " * price is null", "sqrt(" + c + ")", "sqrt(" + c + ") / 2",
         "if(sqrt(" + c + ") > 1, " + a + " + big, -" + a + ")"});
  }
}

TEST_F(ExprSql, CaseMappingAgreesForEveryCodePoint) {
  const std::string points =
      "FROM (SELECT unnest(range(1, 1114112))::INTEGER "
      "AS c) WHERE c < 55296 OR c > 57343";
  int64_t seen = 0;
  const Status status = connection_->for_each_chunk(
      "SELECT c, unicode(lower(chr(c))), unicode(upper(chr(c))) " + points,
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row, ++seen) {
          const auto code = static_cast<char32_t>(chunk.column(0).as_int(row));
          EXPECT_EQ(lower_code(code), static_cast<char32_t>(chunk.column(1).as_int(row))) << seen;
          EXPECT_EQ(upper_code(code), static_cast<char32_t>(chunk.column(2).as_int(row))) << seen;
        }
        return {};
      });
  ASSERT_TRUE(status.ok()) << status.error().to_text();
  EXPECT_EQ(seen, 1114111 - 2048);
}

TEST_F(ExprSql, DeepAndLongExpressionsRunInTheEngine) {
  make_table();
  std::string sum = "n";
  for (int i = 0; i < 98; ++i) sum += i % 2 == 0 ? " + tiny" : " - n";
  expect_agreement(sum);
  std::string nested = "x";
  for (int i = 0; i < 30; ++i) nested = "nullif(1e0 / (" + nested + "), 0.5)";
  expect_agreement(nested);
  std::string list = "s in ('a'";
  for (int i = 0; i < 1500; ++i) list += ",'v" + std::to_string(i) + "'";
  expect_agreement(list + ")");
}

}  // namespace
}  // namespace coterie::expr
