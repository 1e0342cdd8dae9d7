#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <utility>

#include "base/hash.h"
#include "features/window/oracle_internal.h"

namespace coterie::features::oracle {
namespace {

OracleValue real_result(long double value, long double magnitude) {
  OracleValue result;
  result.cell = Cell::kReal;
  result.real = static_cast<double>(value);
  result.null = !std::isfinite(result.real);
  result.magnitude = static_cast<double>(magnitude);
  return result;
}

long double number(const Question& question, const Item& item) {
  return question.cell == Cell::kReal ? static_cast<long double>(item.value->real)
                                      : static_cast<long double>(item.value->integer);
}

uint64_t hash_of(const Question& question, const Item& item) {
  if (question.cell == Cell::kInteger) return mix64(static_cast<uint64_t>(item.value->integer));
  if (question.pool == nullptr) return mix64(static_cast<uint64_t>(item.value->code));
  return hash64(question.pool->at(item.value->code));
}

// Keys of different values, however the column keeps them.
std::map<std::pair<int64_t, double>, int64_t> tally(const Question& question,
                                                    const std::vector<Item>& items) {
  std::map<std::pair<int64_t, double>, int64_t> counts;
  for (const Item& item : items) {
    const EventValue& value = *item.value;
    if (question.cell == Cell::kReal) {
      ++counts[{0, value.real}];
    } else {
      ++counts[{question.cell == Cell::kCode ? value.code : value.integer, 0}];
    }
  }
  return counts;
}

}  // namespace

std::string text_of(const TextPool* pool, int32_t code) {
  return pool != nullptr ? std::string(pool->at(code)) : "#" + std::to_string(code);
}

OracleValue integer_result(Wide value) {
  OracleValue result;
  result.integer = static_cast<int64_t>(value);
  result.null = value != result.integer;
  return result;
}

OracleValue sum_or_mean(const Question& question, const std::vector<Item>& items) {
  const bool mean = question.aggregate->function == Function::kMean;
  Wide exact = 0;
  long double sum = 0;
  long double magnitude = 0;
  for (const Item& item : items) {
    exact += item.value->integer;
    sum += number(question, item);
    magnitude += std::abs(number(question, item));
  }
  const auto n = static_cast<long double>(items.size());
  if (question.cell != Cell::kReal) {
    if (!mean) return integer_result(exact);
    sum = static_cast<long double>(exact);
  }
  return mean ? real_result(sum / n, magnitude / n) : real_result(sum, magnitude);
}

OracleValue deviation(const Question& question, const std::vector<Item>& items) {
  if (items.size() < 2) return {.cell = Cell::kReal};
  const auto n = static_cast<long double>(items.size());
  long double sum = 0;
  long double largest = 0;
  for (const Item& item : items) {
    sum += number(question, item);
    largest = std::max(largest, std::abs(number(question, item)));
  }
  long double squares = 0;
  for (const Item& item : items) {
    const long double off = number(question, item) - sum / n;
    squares += off * off;
  }
  return real_result(std::sqrt(squares / (n - 1)), largest);
}

OracleValue hyper_log_log(const Question& question, const std::vector<Item>& items) {
  constexpr int kRegisters = 4096;
  std::map<uint64_t, int> registers;
  for (const Item& item : items) {
    const uint64_t hash = hash_of(question, item);
    const uint64_t rest = hash << 12;
    const int rank = rest == 0 ? 53 : std::countl_zero(rest) + 1;
    int& kept = registers[hash >> 52];
    kept = std::max(kept, rank);
  }
  const double zeros = kRegisters - static_cast<double>(registers.size());
  double harmonic = zeros;
  for (const auto& [index, rank] : registers) harmonic += std::ldexp(1.0, -rank);
  double estimate = 0.7213 / (1 + 1.079 / kRegisters) * kRegisters * kRegisters / harmonic;
  if (estimate <= 2.5 * kRegisters && zeros > 0) {
    estimate = kRegisters * std::log(kRegisters / zeros);
  }
  return integer_result(std::llround(estimate));
}

OracleValue groups(const Question& question, const std::vector<Item>& items) {
  const Aggregate& aggregate = *question.aggregate;
  std::map<std::string, std::pair<Wide, long double>> sums;
  OracleValue result;
  result.list = true;
  result.null = false;
  for (const Item& item : items) {
    const EventValue& group = item.event->values[aggregate.group];
    if (group.null) continue;
    auto& [exact, sum] = sums[text_of(question.group_pool, group.code)];
    if (aggregate.column < 0) {
      ++exact;
    } else if (question.cell == Cell::kInteger) {
      exact += item.value->integer;
    } else {
      sum += item.value->real;
      result.magnitude += std::abs(item.value->real);
    }
  }
  const bool real = aggregate.column >= 0 && question.cell == Cell::kReal;
  for (const auto& [text, sum] : sums) {
    result.entries.emplace_back(
        text, real ? static_cast<double>(sum.second) : static_cast<double>(sum.first));
  }
  if (aggregate.function == Function::kTopK) {
    std::stable_sort(result.entries.begin(), result.entries.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    const auto k = static_cast<size_t>(aggregate.k);
    if (result.entries.size() > k) result.entries.resize(k);
  }
  return result;
}

OracleValue streak(const Question& question, const std::vector<Item>& items) {
  const Aggregate& aggregate = *question.aggregate;
  int64_t n = 0;
  const Wide q = question.at;
  const Wide period = aggregate.period;
  while (aggregate.window == kLifetime || (n + 1) * period <= aggregate.window) {
    const bool held = std::any_of(items.begin(), items.end(), [&](const Item& item) {
      return item.event->time > q - (n + 1) * period && item.event->time <= q - n * period;
    });
    if (!held) break;
    ++n;
  }
  return integer_result(n);
}

OracleValue distinct(const Question& question, const std::vector<Item>& items) {
  return integer_result(static_cast<Wide>(tally(question, items).size()));
}

OracleValue entropy(const Question& question, const std::vector<Item>& items) {
  long double bits = 0;
  for (const auto& [value, count] : tally(question, items)) {
    const long double share =
        static_cast<long double>(count) / static_cast<long double>(items.size());
    bits -= share * std::log2(share);
  }
  return real_result(bits, bits + 1);
}

OracleValue percentile(const Question& question, const std::vector<Item>& items) {
  std::vector<long double> values;
  for (const Item& item : items) values.push_back(number(question, item));
  std::sort(values.begin(), values.end());
  const double rank = question.aggregate->quantile * static_cast<double>(values.size() - 1);
  const long double value = values[static_cast<size_t>(std::floor(rank))];
  return real_result(value, std::abs(value));
}

OracleValue time_since(const Question& question, const std::vector<Item>& items) {
  Wide least = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const Wide since = static_cast<Wide>(question.at) - items[i].event->time;
    if (i == 0 || since < least) least = since;
  }
  return integer_result(least);
}

}  // namespace coterie::features::oracle
