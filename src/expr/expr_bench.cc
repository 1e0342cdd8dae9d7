// Rows a second of compiled expressions, in batches and row by row. A row of the condition reads 3
// columns (25 bytes with nulls), so the batch form is bound by computing, not by memory.
#include <cstdlib>
#include <vector>

#include <benchmark/benchmark.h>

#include "expr/expr.h"

namespace coterie::expr {
namespace {

constexpr int64_t kRows = 65'536;

struct Table {
  std::vector<int64_t> stock, price;
  std::vector<double> rate;
  std::vector<uint8_t> nulls;

  Table() {
    for (int64_t i = 0; i < kRows; ++i) {
      stock.push_back(i * 7919 % 500);
      price.push_back(i * 104'729 % 20'000);
      rate.push_back(static_cast<double>(i % 1000) / 100);
      nulls.push_back(i % 20 == 0 ? 1 : 0);
    }
  }
};

Expression parse(const char* text) {
  const Schema schema({{"stock", kIntType}, {"price", decimal_type(2)}, {"rate", kRealType}});
  auto parsed = Expression::parse(text, schema);
  if (!parsed.ok()) std::abort();
  return *std::move(parsed);
}

constexpr const char* kTexts[] = {
    "stock > 0 and price between 5.00 and 99.90 and rate >= 2.5e0",
    "round(price * 1.25, 2) + stock",
    "case when rate > 5e0 then ln(rate) * 2e0 when stock > 10 then sqrt(rate) else 0e0 end",
    "concat('p', to_text(stock))",
};

void evaluate_batch(benchmark::State& state) {
  const Table table;
  const Expression expression = parse(kTexts[state.range(0)]);
  std::vector<ColumnData> inputs;
  for (const Column& column : expression.columns()) {
    if (column.name == "stock") {
      inputs.push_back({.integers = table.stock.data(), .nulls = table.nulls.data()});
    } else if (column.name == "price") {
      inputs.push_back({.integers = table.price.data()});
    } else {
      inputs.push_back({.reals = table.rate.data()});
    }
  }
  Workspace workspace(expression);
  ColumnResult result;
  for (auto _ : state) {
    expression.evaluate_batch(inputs, kRows, workspace, result);
    benchmark::DoNotOptimize(result.nulls.data());
  }
  state.SetItemsProcessed(state.iterations() * kRows);
  state.SetLabel(kTexts[state.range(0)]);
}
BENCHMARK(evaluate_batch)->DenseRange(0, 3);

void evaluate_row(benchmark::State& state) {
  const Expression expression = parse(kTexts[state.range(0)]);
  Workspace workspace(expression, 1);
  std::vector<Value> row;
  for (const Column& column : expression.columns()) {
    row.push_back(column.type.is(TypeKind::kReal) ? Value::of_real(7.5) : Value::of_int(1234));
  }
  for (auto _ : state) benchmark::DoNotOptimize(expression.evaluate(row, workspace));
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(kTexts[state.range(0)]);
}
BENCHMARK(evaluate_row)->DenseRange(0, 3);

void parse_and_compile(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse(kTexts[0]));
}
BENCHMARK(parse_and_compile);

}  // namespace
}  // namespace coterie::expr
